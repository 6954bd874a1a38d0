/* SPDX-License-Identifier: Apache-2.0
 * Where the processes of a server begin: the program starts itself as `postern part NAME`, which people do
 * not type. */
#include "cmd/line/command.h"
#include "cmd/nouns.h"
#include "gateway/worker.h"
#include "helper/job_run.h"
#include "log/log.h"
#include "manager/manager.h"
#include "os/process.h"
#include "registry/compaction.h"
#include "setting/settings.h"

#include <stdio.h>
#include <stdlib.h>

/* The supervisor hands them down as JSON; they hold no secret. */
static enum rc part_settings(struct value **ret, struct err *reterr)
{
	const char *text = getenv(PROCESS_PART_SETTINGS);
	if (!text) {
		return command_usage_error(reterr, "The parts of the server are started by postern serve.");
	}
	return value_parse(ret, str_of(text), 65536, reterr);
}

static enum rc be_manager(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *settings = NULL;
	TRY(part_settings(&settings, reterr));
	log_start("manager", LOG_INFO);
	command_set_exit(line, manager_run(settings));
	return RC_OK;
}

static enum rc be_gateway(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *settings = NULL;
	struct err err = { 0 };
	char name[32];
	TRY(part_settings(&settings, reterr));
	snprintf(name, sizeof(name), "gateway-%d", (int)value_get_int(settings, "worker", 0));
	log_start(name, LOG_INFO);
	if (worker_run(settings, &err) != RC_OK) {
		log_err(LOG_ERROR, "gateway_failed", &err);
		command_set_exit(line, COMMAND_EXIT_FAILED);
	}
	return RC_OK;
}

static enum rc be_job(struct command_line *line, struct err *reterr)
{
	command_set_exit(line, job_run());
	return RC_OK;
}

static enum rc be_compaction(struct command_line *line, struct err *reterr)
{
	command_set_exit(line, registry_compaction_run(command_argument(line, 0)));
	return RC_OK;
}

const struct command part_commands[] = {
	{ .noun = PROCESS_PART,
	  .verb = "manager",
	  .arguments = "",
	  .summary = "be the manager",
	  .hidden = true,
	  .raw = true,
	  .run = be_manager },
	{ .noun = PROCESS_PART,
	  .verb = "gateway",
	  .arguments = "",
	  .summary = "be a gateway",
	  .hidden = true,
	  .raw = true,
	  .run = be_gateway },
	{ .noun = PROCESS_PART,
	  .verb = "job",
	  .arguments = "",
	  .summary = "be a job",
	  .hidden = true,
	  .raw = true,
	  .run = be_job },
	{ .noun = PROCESS_PART,
	  .verb = "compaction",
	  .arguments = "NUMBER",
	  .summary = "write the registry's base file of this number",
	  .hidden = true,
	  .raw = true,
	  .run = be_compaction },
	{ 0 },
};
