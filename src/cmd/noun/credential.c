/* SPDX-License-Identifier: Apache-2.0
 * User credentials on the command line: what receivers with Basic authentication log in with. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

static const struct print_column columns[] = {
	{ "NAME", "name" },
	{ "USER", "user" },
	{ NULL, NULL },
};

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_BUF_SECRET(password, 2048);
	bool given;
	TRY(command_password(line, "password", "Password", &password, &given, reterr));
	if (!given) {
		return command_usage_error(
			reterr,
			"Give the password with --password-file, --password-stdin or POSTERN_PASSWORD.");
	}
	value_set_c(body, "name", command_argument(line, 0));
	TRY(body_set_options(body, line, reterr));
	TRY(body_set_text(body, "password", "The password", buf_str(&password), reterr));
	TRY(ask_call(line, "POST", "/admin/v1/credentials", body, NULL, reterr));
	output_say("Stored the credential %s.", command_argument(line, 0));
	return RC_OK;
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/credentials", columns, reterr);
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/credentials/%s", command_argument(line, 0));
	return ask_delete(line, path, "credential", command_argument(line, 0), reterr);
}

static const struct command_option create_options[] = {
	{ .name = "user", .argument = "NAME", .object = &object_credential, .required = true },
	COMMAND_PASSWORD_OPTIONS,
	{ 0 },
};

const struct command credential_commands[] = {
	{ .noun = "credential",
	  .verb = "create",
	  .arguments = "NAME",
	  .summary = "store user and password for receivers with Basic authentication; replaces one of that "
		     "name",
	  .options = create_options,
	  .examples = (const char *const[]){ "postern credential create ERP --user sender --password-file pw",
					     NULL },
	  .run = create_run },
	{ .noun = "credential",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list the user credentials",
	  .examples = (const char *const[]){ "postern credential list", NULL },
	  .run = list_run },
	{ .noun = "credential",
	  .verb = "delete",
	  .arguments = "NAME",
	  .summary = "delete a user credential",
	  .examples = (const char *const[]){ "postern credential delete ERP", NULL },
	  .run = delete_run },
	{ 0 },
};
