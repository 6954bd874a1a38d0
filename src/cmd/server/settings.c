/* SPDX-License-Identifier: Apache-2.0
 * Settings of the server: from flags, environment, file and defaults, in this order. */
#include "cmd/server/settings.h"

#include "base/memory.h"
#include "cmd/line/input.h"
#include "http/host.h"

#include <stdlib.h>
#include <unistd.h>

#define CONFIG_FILE "/etc/postern/postern.conf"
#define CONFIG_MAX ((size_t)65536)

/* A row as an option; INITIAL is defined as the default that its table shows. */
#define SETTING(name_, flag_, env_, argument_, type_, limits_, serve_, dev_, when_, readers_, help_) \
	{ .name = flag_, \
	  .argument = argument_, \
	  .env = env_, \
	  .help = help_, \
	  .setting = &setting_rows[SETTING_##name_], \
	  .initial = INITIAL(serve_, dev_) },
#define CONFIG_OPTION \
	{ \
		.name = "config", .argument = "FILE", .env = "POSTERN_CONFIG", \
		.help = "settings file (default " CONFIG_FILE " where there is one)" \
	}
#define SAMPLE_OPTION \
	{ \
		.name = "sample", .help = "print a settings file with every setting at its default, and end" \
	}

#define INITIAL(serve, dev) serve
const struct command_option settings_serve_options[] = {
#define SETTING_COMMON(...)
#include "setting/settings.def"
	CONFIG_OPTION,
	SAMPLE_OPTION,
	{ 0 },
};

const struct command_option settings_validate_options[] = {
#define SETTING_COMMON(...)
#include "setting/settings.def"
	CONFIG_OPTION,
	{ 0 },
};
#undef INITIAL

#define INITIAL(serve, dev) dev
const struct command_option settings_dev_options[] = {
#define SETTING_COMMON(...)
#include "setting/settings.def"
	{ 0 },
};
#undef INITIAL
#undef SETTING

static enum rc fail(enum setting setting, const char *what, struct err *reterr)
{
	(void)err_set(reterr, RC_INVALID, "The setting %s %s.", setting_rows[setting].name, what);
	return err_field(reterr, setting_rows[setting].name);
}

/* Written as an address of its own kind, [::1] too. */
static bool is_loopback(const struct settings *s, enum setting setting)
{
	const char *host = settings_text(s, setting);
	return host_is_loopback(str_of(host)) || strcmp(host, "[::1]") == 0;
}

static enum rc read_file(struct settings *s, const struct command_line *line, struct err *reterr)
{
	AUTO_BUF(text, CONFIG_MAX);
	const char *file = command_option(line, "config");
	if (!file && access(CONFIG_FILE, F_OK) != 0) {
		return RC_OK;
	}
	TRY(command_read_file(file ? file : CONFIG_FILE, CONFIG_MAX, &text, reterr));
	return settings_parse(s, buf_str(&text), reterr);
}

/* A folder that is named on the command line is one below the present folder. */
static void read_flags(struct settings *s, struct command_line *line)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *given = command_option(line, setting_rows[i].flag);
		if (given) {
			s->text[i] = mem_strdup(i == SETTING_state_dir ? command_state_dir(line) : given);
		}
	}
}

/* What a default leaves to the place where the server runs. */
static void find_places(struct settings *s, struct command_line *line)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	const char *key = s->text[SETTING_master_key_file];
	if (s->dev && !s->state_dir) {
		s->state_dir = mem_strdup(command_state_dir(line));
	}
	/* systemd hands secrets over in a folder that only the service sees. */
	if (!s->dev && credentials && !(key && *key)) {
		mem_free(s->text[SETTING_master_key_file]);
		s->text[SETTING_master_key_file] = mem_printf("%s/master.key", credentials);
	}
}

/* Passwords and tokens do not cross a network in the clear. */
static enum rc check_exposure(const struct settings *s, struct err *reterr)
{
	bool management = is_loopback(s, SETTING_management_host);
	if (!management && !settings_is_on(s, SETTING_management_tls)) {
		(void)fail(SETTING_management_host, "is beyond loopback, and management_tls is off", reterr);
		return err_fix(reterr, "management_tls = on, or management_host = localhost");
	}
	if (s->dev && (!management || !is_loopback(s, SETTING_gateway_host))) {
		return err_set(reterr, RC_INVALID,
			       "postern dev listens on loopback only; postern serve listens elsewhere.");
	}
	return RC_OK;
}

static enum rc read_all(struct settings *s, struct command_line *line, struct err *reterr)
{
	read_flags(s, line);
	if (!s->dev) {
		TRY(read_file(s, line, reterr));
	}
	find_places(s, line);
	TRY(settings_check(s, reterr));
	return check_exposure(s, reterr);
}

enum rc settings_read(struct settings *ret, struct command_line *line, bool dev, struct err *reterr)
{
	struct settings s = { .dev = dev };
	enum rc rc = read_all(&s, line, reterr);
	if (rc == RC_OK) {
		*ret = s;
	} else {
		settings_fini(&s);
	}
	return rc;
}
