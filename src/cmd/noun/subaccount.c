/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts on the command line. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/ask.h"
#include "cmd/line/host_hint.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

static const struct print_column columns[] = {
	{ "NAME", "name" },       { "GATEWAY", "gateway" }, { "MANAGEMENT", "management" },
	{ "CREATED", "created" }, { NULL, NULL },
};

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *made = NULL;
	const char *name = command_argument(line, 0);
	value_set_c(body, "name", name);
	TRY(ask_call(line, "POST", "/admin/v1/subaccounts", body, &made, reterr));
	const char *password = value_get_c(made, "admin_password");
	const char *gateway = value_get_c(made, "gateway");
	const char *management = value_get_c(made, "management");
	output_say("Created the subaccount %s.", name);
	output_say("  management   %s   (admin / %s, shown once)", management ? management : "",
		   password ? password : "");
	output_say("  integration  %s/http/...", gateway ? gateway : "");
	host_hint_say(gateway);
	output_say("Next: postern service-instance list --subaccount %s", name);
	return RC_OK;
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/subaccounts", columns, reterr);
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path(command_flag(line, "force") ? "/admin/v1/subaccounts/%s?force=true"
								       : "/admin/v1/subaccounts/%s",
					   command_argument(line, 0));
	return ask_delete(line, path, "subaccount", command_argument(line, 0), reterr);
}

static const struct command_option delete_options[] = {
	{ .name = "force",
	  .help = "delete it with its instances, keys, flows, destinations and messages",
	  .object = &object_force },
	{ 0 },
};

const struct command subaccount_commands[] = {
	{ .noun = "subaccount",
	  .verb = "create",
	  .arguments = "NAME",
	  .summary = "create a subaccount, served at NAME. in front of the host name",
	  .text = "It has a CA, token keys, keystore, roles, instances, flows, destinations and messages of "
		  "its own;\n"
		  "nothing of one subaccount is visible in another. Prints its administrator's password, "
		  "this once.\n"
		  "Every command takes --subaccount NAME.",
	  .examples = (const char *const[]){ "postern subaccount create acme",
					     "postern keystore list --subaccount acme", NULL },
	  .run = create_run },
	{ .noun = "subaccount",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list the subaccounts",
	  .examples = (const char *const[]){ "postern subaccount list", NULL },
	  .run = list_run },
	{ .noun = "subaccount",
	  .verb = "delete",
	  .arguments = "NAME",
	  .summary = "delete a subaccount",
	  .options = delete_options,
	  .examples = (const char *const[]){ "postern subaccount delete acme --force", NULL },
	  .run = delete_run },
	{ 0 },
};
