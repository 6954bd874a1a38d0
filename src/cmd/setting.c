/* SPDX-License-Identifier: Apache-2.0
 * Settings that count at the next request, without a restart. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/noun.h"
#include "cmd/nouns.h"
#include "cmd/output.h"

static const struct noun_column columns[] = {
	{ "tell_reason", "tell_reason" },
	{ "crl_stale", "crl_stale" },
	{ "offer_ca_names", "offer_ca_names" },
	{ NULL, NULL },
};

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return noun_get(line, "/admin/v1/settings", columns, reterr);
}

static enum rc set_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	const char *name = command_argument(line, 0), *value = command_argument(line, 1);
	value_set_c(body, "name", name);
	if (!value)
		value_set(body, "value", value_null());
	else if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
		value_set_bool(body, "value", strcmp(value, "on") == 0);
	else
		value_set_c(body, "value", value);
	TRY(noun_call(line, "POST", "/admin/v1/settings", body, NULL, reterr));
	output_say(value ? "The setting %s is changed." : "The setting %s is the server's again.", name);
	return RC_OK;
}

const struct command setting_commands[] = {
	{ .noun = "setting",
	  .verb = "list",
	  .arguments = "",
	  .summary = "show the settings that can change while the server runs",
	  .examples = (const char *const[]){ "postern setting list", NULL },
	  .run = list_run },
	{ .noun = "setting",
	  .verb = "set",
	  .arguments = "NAME [VALUE]",
	  .summary = "change one; without a value it is what the server was started with",
	  .examples = (const char *const[]){ "postern setting set crl_stale warn", NULL },
	  .run = set_run },
	{ 0 },
};
