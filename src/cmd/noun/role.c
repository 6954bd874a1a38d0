/* SPDX-License-Identifier: Apache-2.0
 * User roles on the command line; and the hidden verbs with which the supervisor starts the parts of the server. */
#include "manager/manager.h"
#include "api/route.h"
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/noun.h"
#include "cmd/nouns.h"
#include "cmd/line/output.h"
#include "gateway/worker.h"
#include "helper/job_run.h"
#include "log/log.h"
#include "registry/compaction.h"

#include <stdio.h>
#include <stdlib.h>

static const struct noun_column columns[] = {
	{ "NAME", "name" },
	{ "DESCRIPTION", "description" },
	{ NULL, NULL },
};

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	const char *description = command_option(line, "description");
	value_set_c(body, "name", command_argument(line, 0));
	value_set_c(body, "description", description ? description : "");
	TRY(noun_call(line, "POST", "/admin/v1/roles", body, NULL, reterr));
	output_say("Created the role %s.", command_argument(line, 0));
	return RC_OK;
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return noun_list(line, "/admin/v1/roles", columns, reterr);
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path("/admin/v1/roles/%s", command_argument(line, 0));
	return noun_delete(line, path, "role", command_argument(line, 0), reterr);
}

/* The supervisor hands the settings down as JSON; they hold no secret. */
static enum rc role_settings(struct value **ret, struct err *reterr)
{
	const char *text = getenv("POSTERN_ROLE_SETTINGS");
	if (!text)
		return command_usage_error(reterr, "The parts of the server are started by postern serve.");
	return value_parse(ret, str_of(text), 65536, reterr);
}

static enum rc manager_role_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *settings = NULL;
	TRY(role_settings(&settings, reterr));
	log_start("manager", LOG_INFO);
	command_set_exit(line, manager_run(settings));
	return RC_OK;
}

static enum rc gateway_role_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *settings = NULL;
	struct err err = { 0 };
	char name[32];
	TRY(role_settings(&settings, reterr));
	snprintf(name, sizeof(name), "gateway-%d", (int)value_get_int(settings, "worker", 0));
	log_start(name, LOG_INFO);
	if (gateway_run(settings, &err) != RC_OK) {
		log_err(LOG_ERROR, "gateway_failed", &err);
		command_set_exit(line, COMMAND_EXIT_FAILED);
	}
	return RC_OK;
}

/* Every management route with its right: for those who test that none was left open. */
static enum rc routes_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *list = value_array();
	for (const struct route *route = route_table; route->method; route++) {
		struct value *v = value_object();
		AUTO_BUF(roles, 512);
		subjects_format_roles(route->serves, &roles);
		value_set_c(v, "method", route->method);
		value_set_c(v, "path", route->path);
		value_set_c(v, "right", subjects_name(route->serves));
		value_set_c(v, "roles", roles.n > 0 ? buf_c(&roles) : NULL);
		value_append(list, v);
	}
	return output_json(list, reterr);
}

static enum rc job_role_run(struct command_line *line, struct err *reterr)
{
	command_set_exit(line, job_run());
	return RC_OK;
}

static enum rc compaction_role_run(struct command_line *line, struct err *reterr)
{
	command_set_exit(line, registry_compaction_run(command_argument(line, 0)));
	return RC_OK;
}

static const struct command_option create_options[] = {
	{ .name = "description", .argument = "TEXT", .help = "what the role is for" },
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
	{ .noun = "role",
	  .verb = "manager",
	  .arguments = "",
	  .summary = "be the manager",
	  .hidden = true,
	  .raw = true,
	  .run = manager_role_run },
	{ .noun = "role",
	  .verb = "gateway",
	  .arguments = "",
	  .summary = "be a gateway worker",
	  .hidden = true,
	  .raw = true,
	  .run = gateway_role_run },
	{ .noun = "role",
	  .verb = "routes",
	  .arguments = "",
	  .summary = "print the management routes and their rights",
	  .hidden = true,
	  .run = routes_run },
	{ .noun = "role",
	  .verb = "job",
	  .arguments = "",
	  .summary = "be a job",
	  .hidden = true,
	  .raw = true,
	  .run = job_role_run },
	{ .noun = "role",
	  .verb = "compaction",
	  .arguments = "NUMBER",
	  .summary = "write the registry's base file of this number",
	  .hidden = true,
	  .raw = true,
	  .run = compaction_role_run },
	{ 0 },
};
