/* SPDX-License-Identifier: Apache-2.0
 * The commands that run a server: dev, serve, and validate for its settings. */
#include "cmd/line/output.h"
#include "cmd/nouns.h"
#include "cmd/server/preflight.h"
#include "cmd/server/settings.h"
#include "log/log.h"
#include "supervisor/supervisor.h"

#define SAMPLE_MAX ((size_t)65536)

static void tell(struct str text)
{
	output_bytes(text);
	output_flush();
}

static enum rc run(struct command_line *line, bool dev, struct err *reterr)
{
	AUTO(settings_fini) struct settings settings = { 0 };
	TRY(settings_read(&settings, line, dev, reterr));
	const struct supervisor_options options = { .settings = &settings, .tell = tell, .look = preflight };
	log_start("supervisor", LOG_INFO);
	return supervisor_run(&options, reterr);
}

static enum rc dev_run(struct command_line *line, struct err *reterr)
{
	return run(line, true, reterr);
}

static enum rc sample_print(void)
{
	AUTO_BUF(sample, SAMPLE_MAX);
	settings_add_sample(&sample);
	output_data("%s", buf_c(&sample));
	return RC_OK;
}

static enum rc serve_run(struct command_line *line, struct err *reterr)
{
	if (command_flag(line, "sample")) {
		return sample_print();
	}
	return run(line, false, reterr);
}

static enum rc validate_run(struct command_line *line, struct err *reterr)
{
	AUTO(settings_fini) struct settings settings = { 0 };
	TRY(settings_read(&settings, line, false, reterr));
	TRY(preflight(&settings, -1, reterr));
	if (!command_json(line)) {
		output_say("The settings are good.");
		return RC_OK;
	}
	AUTO_VALUE *v = value_object();
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		value_set_c(v, setting_rows[i].name, settings.text[i]);
	}
	return output_json(v, reterr);
}

const struct command dev_commands[] = {
	{ .noun = "dev",
	  .arguments = "",
	  .summary = "run a server for one person: everything below one folder, loopback only",
	  .text = "Prints where it listens and, at the first start, the administrator's password.\n"
		  "Ends at Ctrl-C or SIGTERM; what runs is finished first.",
	  .options = settings_dev_options,
	  .examples =
		  (const char *const[]){
			  "postern dev",
			  "postern dev --state-dir ./state --gateway-port 0 --management-port 0", NULL },
	  .run = dev_run },
	{ 0 },
};

const struct command serve_commands[] = {
	{ .noun = "serve",
	  .arguments = "",
	  .summary = "run the server as a service",
	  .text = "Each setting is a flag, an environment variable, or a line \"key = value\" of the "
		  "settings file\n"
		  "(with _ in place of -); flags count first, then the environment, then the file.\n"
		  "SIGHUP reads the settings and the program at its path anew and replaces the processes one "
		  "by one, with no\n"
		  "request cut; bad settings or a bad program leave the old ones. SIGTERM finishes what "
		  "runs, "
		  "then ends.",
	  .options = settings_serve_options,
	  .service = true,
	  .examples = (const char *const[]){ "postern serve --sample > /etc/postern/postern.conf",
					     "postern serve --state-dir /var/lib/postern", NULL },
	  .run = serve_run },
	{ 0 },
};

const struct command validate_commands[] = {
	{ .noun = "validate",
	  .arguments = "",
	  .summary = "check the settings without starting a server",
	  .options = settings_validate_options,
	  .service = true,
	  .examples = (const char *const[]){ "postern validate --config postern.conf", NULL },
	  .run = validate_run },
	{ 0 },
};
