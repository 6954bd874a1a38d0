/* SPDX-License-Identifier: Apache-2.0
 * Service instances on the command line. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

static const struct print_column list_columns[] = {
	{ "NAME", "name" }, { "SERVICE", "service" },        { "PLAN", "plan" },
	{ "KEYS", "keys" }, { "ROLES", "parameters.roles" }, { "CREATED", "created" },
	{ NULL, NULL },
};
static const struct print_column get_columns[] = {
	{ "Name", "name" },
	{ "Id", "id" },
	{ "Service", "service" },
	{ "Plan", "plan" },
	{ "Roles", "parameters.roles" },
	{ "Grant types", "parameters.grant-types" },
	{ "Parameters", "parameters" },
	{ "Keys", "keys" },
	{ "Created", "created" },
	{ NULL, NULL },
};

static enum rc parameters_of(const struct command_line *line, struct value *body, struct err *reterr)
{
	AUTO_VALUE *parameters = NULL;
	if (!command_option(line, "config")) {
		return RC_OK;
	}
	TRY(body_json_option(line, "config", &parameters, reterr));
	value_set(body, "parameters", TAKE(parameters));
	return RC_OK;
}

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	const char *name = command_argument(line, 0), *service = command_option(line, "service"),
		   *plan = command_option(line, "plan");
	service = service ? service : "it-rt";
	value_set_c(body, "name", name);
	value_set_c(body, "service", service);
	value_set_c(body, "plan",
		    plan                                  ? plan
		    : strcmp(service, "destination") == 0 ? "lite"
							  : "integration-flow");
	TRY(parameters_of(line, body, reterr));
	TRY(ask_call(line, "POST", "/admin/v1/service-instances", body, &answer, reterr));
	output_say("Created the service instance %s.", name);
	print_warnings(answer);
	if (strcmp(service, "destination") == 0) {
		output_next("postern bind %s --vcap", name);
	} else {
		output_next("postern service-key create %s KEY --certificate leaf.cer", name);
	}
	return RC_OK;
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/service-instances", list_columns, reterr);
}

static enum rc get_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/service-instances/%s", command_argument(line, 0));
	return ask_get(line, path, get_columns, reterr);
}

static enum rc update_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *answer = NULL;
	AUTO_FREE char *path = client_path("/admin/v1/service-instances/%s", command_argument(line, 0));
	TRY(parameters_of(line, body, reterr));
	TRY(ask_call(line, "PATCH", path, body, &answer, reterr));
	output_say("Updated the service instance %s.", command_argument(line, 0));
	print_warnings(answer);
	return RC_OK;
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/service-instances/%s", command_argument(line, 0));
	return ask_delete(line, path, "service instance", command_argument(line, 0), reterr);
}

static const struct command_option create_options[] = {
	{ .name = "service", .argument = "NAME", .initial = "it-rt", .object = &object_service_instance },
	{ .name = "plan",
	  .argument = "NAME",
	  .help = "its plan (default integration-flow, of destination lite)",
	  .object = &object_service_instance },
	{ .name = "config",
	  .letter = 'c',
	  .argument = "JSON|@FILE",
	  .help = "parameters: grant-types, roles, ...",
	  .object = &object_service_instance,
	  .field = "parameters" },
	{ 0 },
};
static const struct command_option update_options[] = {
	{ .name = "config",
	  .letter = 'c',
	  .argument = "JSON|@FILE",
	  .help = "parameters to change",
	  .object = &object_service_instance_update,
	  .field = "parameters",
	  .required = true },
	{ 0 },
};

const struct command service_instance_commands[] = {
	{ .noun = "service-instance",
	  .verb = "create",
	  .arguments = "NAME",
	  .summary = "create a service instance",
	  .options = create_options,
	  .examples =
		  (const char *const[]){
			  "postern service-instance create runtime --service it-rt --plan integration-flow "
			  "-c '{\"grant-types\":[\"client_credentials\"],\"roles\":[\"ESBMessaging.send\"]}'",
			  NULL },
	  .run = create_run },
	{ .noun = "service-instance",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list the service instances",
	  .examples = (const char *const[]){ "postern service-instance list", NULL },
	  .run = list_run },
	{ .noun = "service-instance",
	  .verb = "get",
	  .arguments = "NAME",
	  .summary = "show a service instance",
	  .examples = (const char *const[]){ "postern service-instance get runtime", NULL },
	  .run = get_run },
	{ .noun = "service-instance",
	  .verb = "update",
	  .arguments = "NAME",
	  .summary = "change a service instance's parameters",
	  .options = update_options,
	  .examples = (const char *const[]){ "postern service-instance update runtime "
					     "-c '{\"roles\":[\"ESBMessaging.send\",\"Orders.send\"]}'",
					     NULL },
	  .run = update_run },
	{ .noun = "service-instance",
	  .verb = "delete",
	  .arguments = "NAME",
	  .summary = "delete a service instance without keys",
	  .examples = (const char *const[]){ "postern service-instance delete runtime", NULL },
	  .run = delete_run },
	{ 0 },
};
