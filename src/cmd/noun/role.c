/* SPDX-License-Identifier: Apache-2.0
 * User roles on the command line. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

static const struct print_column columns[] = {
	{ "NAME", "name" },
	{ "DESCRIPTION", "description" },
	{ NULL, NULL },
};

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	value_set_c(body, "name", command_argument(line, 0));
	TRY(body_set_options(body, line, reterr));
	TRY(ask_call(line, "POST", "/admin/v1/roles", body, NULL, reterr));
	output_say("Created the role %s.", command_argument(line, 0));
	return RC_OK;
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/roles", columns, reterr);
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/roles/%s", command_argument(line, 0));
	return ask_delete(line, path, "role", command_argument(line, 0), reterr);
}

static const struct command_option create_options[] = {
	{ .name = "description", .argument = "TEXT", .help = "what the role is for", .object = &object_role },
	{ 0 },
};

const struct command role_commands[] = {
	{ .noun = "role",
	  .verb = "create",
	  .arguments = "NAME",
	  .summary = "create a user role that endpoints can ask for",
	  .options = create_options,
	  .examples = (const char *const[]){ "postern role create Orders.send", NULL },
	  .run = create_run },
	{ .noun = "role",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list the roles",
	  .examples = (const char *const[]){ "postern role list", NULL },
	  .run = list_run },
	{ .noun = "role",
	  .verb = "delete",
	  .arguments = "NAME",
	  .summary = "delete a role that nothing uses",
	  .examples = (const char *const[]){ "postern role delete Orders.send", NULL },
	  .run = delete_run },
	{ 0 },
};
