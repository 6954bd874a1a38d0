/* SPDX-License-Identifier: Apache-2.0
 * Integration flows on the command line. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#define BUNDLE_MAX ((size_t)12 * 1024 * 1024)
#define REPLY_MAX ((size_t)1024 * 1024)

static const struct print_column list_columns[] = {
	{ "ID", "id" },     { "VERSION", "version" }, { "STATUS", "status" },     { "ADDRESS", "address" },
	{ "ROLE", "role" }, { "CSRF", "csrf" },       { "DEPLOYED", "deployed" }, { NULL, NULL },
};
static const struct print_column get_columns[] = {
	{ "Id", "id" },
	{ "Name", "name" },
	{ "Version", "version" },
	{ "Status", "status" },
	{ "URL", "url" },
	{ "Address", "address" },
	{ "Role", "role" },
	{ "CSRF", "csrf" },
	{ "Maximum body", "max_body" },
	{ "Deployed", "deployed" },
	{ NULL, NULL },
};

static enum rc print_made(struct command_line *line, const struct value *answer, const char *word)
{
	const char *url = value_get_c(answer, "url"), *id = value_get_c(answer, "id");
	print_warnings(answer);
	if (command_json(line)) {
		return RC_OK;
	}
	output_say("%s %s.", word, id ? id : "");
	if (url) {
		output_data("%s\n", url);
	}
	output_next("postern service-instance create runtime --service it-rt --plan integration-flow "
		    "-c '{\"grant-types\":[\"client_credentials\"],\"roles\":[\"ESBMessaging.send\"]}'");
	return RC_OK;
}

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	AUTO_BUF(reply, REPLY_MAX);
	const char *role = command_option(line, "role"), *to = command_option(line, "to");
	if (to && command_option(line, "reply")) {
		return command_usage_error(reterr, "Give --to or --reply, not both.");
	}
	value_set_c(body, "name", command_argument(line, 0));
	value_set_c(body, "address", command_option(line, "address"));
	value_set_bool(body, "csrf", command_flag(line, "csrf"));
	if (role) {
		value_set_c(body, "role", role);
	}
	if (to) {
		value_set_c(body, "to", to);
	}
	if (command_option(line, "reply")) {
		TRY(command_text(command_option(line, "reply"), REPLY_MAX, &reply, reterr));
		TRY(body_set_text(body, "reply", "The reply", buf_str(&reply), reterr));
	}
	TRY(ask_call(line, "POST", "/admin/v1/artifacts/create", body, &answer, reterr));
	return print_made(line, answer, "Deployed");
}

static enum rc deploy_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	TRY(body_set_file(body, "content", command_argument(line, 0), BUNDLE_MAX, reterr));
	TRY(ask_call(line, "POST", "/admin/v1/artifacts", body, &answer, reterr));
	return print_made(line, answer, "Deployed");
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/artifacts", list_columns, reterr);
}

static enum rc get_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/artifacts/%s", command_argument(line, 0));
	return ask_get(line, path, get_columns, reterr);
}

static enum rc undeploy_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/artifacts/%s", command_argument(line, 0));
	return ask_delete(line, path, "artifact", command_argument(line, 0), reterr);
}

static const struct command_option create_options[] = {
	{ .name = "address",
	  .argument = "/A",
	  .help = "address below /http of the gateway",
	  .object = &object_artifact,
	  .required = true },
	{ .name = "role",
	  .argument = "R",
	  .help = "user role that callers need (default ESBMessaging.send); made if not known",
	  .object = &object_artifact },
	{ .name = "csrf", .object = &object_artifact },
	{ .name = "to",
	  .argument = "URL",
	  .help = "send each message on to this receiver and answer with its answer",
	  .object = &object_artifact },
	{ .name = "reply",
	  .argument = "TEXT|@FILE",
	  .help = "answer with this text (default: what was sent)",
	  .object = &object_artifact },
	{ 0 },
};

const struct command artifact_commands[] = {
	{ .noun = "artifact",
	  .verb = "create",
	  .arguments = "NAME",
	  .summary = "write and deploy an integration flow, and print its URL",
	  .options = create_options,
	  .examples =
		  (const char *const[]){
			  "postern artifact create orders --address /orders --reply \"order taken\"",
			  "postern artifact create forward --address /forward --to "
			  "https://erp.example.com/in",
			  NULL },
	  .run = create_run },
	{ .noun = "artifact",
	  .verb = "deploy",
	  .arguments = "FILE",
	  .summary = "deploy an integration flow bundle (zip)",
	  .examples = (const char *const[]){ "postern artifact deploy orders.zip", NULL },
	  .run = deploy_run },
	{ .noun = "artifact",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list what is deployed",
	  .examples = (const char *const[]){ "postern artifact list", NULL },
	  .run = list_run },
	{ .noun = "artifact",
	  .verb = "get",
	  .arguments = "NAME",
	  .summary = "show one artifact and its URL",
	  .examples = (const char *const[]){ "postern artifact get orders", NULL },
	  .run = get_run },
	{ .noun = "artifact",
	  .verb = "undeploy",
	  .arguments = "NAME",
	  .summary = "take an artifact out of service",
	  .examples = (const char *const[]){ "postern artifact undeploy orders", NULL },
	  .run = undeploy_run },
	{ 0 },
};
