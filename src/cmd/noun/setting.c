/* SPDX-License-Identifier: Apache-2.0
 * Settings that count at the next request, without a restart. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/ask.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	struct print_column columns[SETTING_COUNT + 1] = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *name = setting_rows[i].name;
		if (setting_rows[i].when == SETTING_AT_RUN_TIME) {
			columns[n++] = (struct print_column){ name, name };
		}
	}
	return ask_get(line, "/admin/v1/settings", columns, reterr);
}

/* What the server knows and this program does not is sent as it was typed. */
static enum rc set_value(struct value *body, const char *name, const char *text, struct err *reterr)
{
	enum setting setting;
	uint64_t number;
	if (!text) {
		value_set(body, "value", value_null());
	} else if (setting_find(str_of(name), &setting)) {
		TRY(setting_parse(setting, str_of(text), &number, reterr));
		value_set(body, "value", setting_to_value(setting, text, number));
	} else {
		value_set_c(body, "value", text);
	}
	return RC_OK;
}

static enum rc set_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	const char *name = command_argument(line, 0), *value = command_argument(line, 1);
	value_set_c(body, "name", name);
	TRY(set_value(body, name, value, reterr));
	TRY(ask_call(line, "POST", "/admin/v1/settings", body, NULL, reterr));
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
