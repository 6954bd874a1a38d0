/* SPDX-License-Identifier: Apache-2.0
 * Settings of the server: from flags, environment, file and defaults, in this order. */
#include "cmd/settings.h"
#include "base/memory.h"
#include "cmd/command_line.h"
#include "http/host.h"
#include "os/socket.h"
#include "http/host.h"
#include "os/socket.h"

#include <stdlib.h>
#include <unistd.h>

#define CONFIG_FILE "/etc/postern/postern.conf"
#define CONFIG_MAX ((size_t)65536)
#define WORKERS_MAX 64
#define DRAIN_MAX_S 3600
#define BYTES_MIN ((uint64_t)1024 * 1024)
#define BYTES_MAX (UINT64_C(1) << 50)

enum check {
	CHECK_TEXT,
	CHECK_PORT,
	CHECK_COUNT,
	CHECK_BOOL,
	CHECK_HOST,
	CHECK_TELL,
	CHECK_STALE,
	CHECK_SECONDS,
	CHECK_BYTES,
	CHECK_NAME
};

static const struct {
	const char *name;
	const char *flag;
	const char *defaults[2]; /* serve, dev */
	enum check check;
} rows[] = {
#define SETTING(name, flag, env, argument, dev, serve, check, help) \
	{ #name, flag, { serve, dev }, CHECK_##check },
#include "cmd/settings.def"
#undef SETTING
};

const struct command_option settings_options[] = {
#define SETTING(name_, flag_, env_, argument_, dev_, serve_, check_, help_) \
	{ .name = flag_, .argument = argument_, .env = env_, .help = help_ },
#include "cmd/settings.def"
#undef SETTING
	{ .name = "config",
	  .argument = "FILE",
	  .env = "POSTERN_CONFIG",
	  .help = "settings file (default " CONFIG_FILE " where there is one)" },
	{ 0 },
};

const struct command_option settings_dev_options[] = {
#define SETTING(name_, flag_, env_, argument_, dev_, serve_, check_, help_) \
	{ .name = flag_, .argument = argument_, .env = env_, .help = help_ },
#include "cmd/settings.def"
#undef SETTING
	{ 0 },
};

static enum rc fail(struct err *reterr, size_t i, const char *what)
{
	err_set(reterr, RC_INVALID, "The setting %s %s.", rows[i].name, what);
	return err_field(reterr, rows[i].name);
}

bool settings_is_loopback(const char *host)
{
	return host_is_loopback(str_of(host)) || strcmp(host, "[::1]") == 0;
}

enum rc settings_parse_bytes(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	struct str s = str_of(text);
	unsigned shift = 0;
	uint64_t n = 0;
	for (unsigned i = 0; s.n > 0 && units[i]; i++) {
		if ((s.p[s.n - 1] & ~0x20) == units[i]) {
			shift = 10 * (i + 1);
			s = str_first(s, s.n - 1);
			break;
		}
	}
	if (str_parse_uint(s, BYTES_MAX >> shift, &n) != RC_OK)
		return RC_INVALID;
	*ret = n << shift;
	return *ret == 0 || *ret >= BYTES_MIN ? RC_OK : RC_INVALID;
}

/* What may stand in a URL as its host. */
static bool is_name(struct str s)
{
	struct host host;
	return host_split(s, &host) == RC_OK && host.port == 0 && s.p[s.n - 1] != ':';
}

/* As socket_listen_tcp() takes it. */
static bool is_address(const char *text)
{
	struct socket_address address;
	return strcmp(text, "*") == 0 || strcmp(text, "localhost") == 0 ||
	       socket_address_literal(text, 0, &address) == RC_OK;
}

static enum rc check_one(size_t i, const char *text, struct err *reterr)
{
	uint64_t number;
	struct str s = str_of(text);
	switch (rows[i].check) {
	case CHECK_TEXT: return RC_OK;
	case CHECK_PORT:
		return str_parse_uint(s, 65535, &number) == RC_OK ? RC_OK
								  : fail(reterr, i, "is a port, 0 to 65535");
	case CHECK_COUNT:
		return str_parse_uint(s, WORKERS_MAX, &number) == RC_OK
			       ? RC_OK
			       : fail(reterr, i, "is a number, 0 to 64");
	case CHECK_SECONDS:
		return str_parse_uint(s, DRAIN_MAX_S, &number) == RC_OK
			       ? RC_OK
			       : fail(reterr, i, "is a number of seconds, 0 to 3600");
	case CHECK_BYTES:
		return settings_parse_bytes(text, &number) == RC_OK
			       ? RC_OK
			       : fail(reterr, i,
				      "is a number of bytes as 64M, at least 1M, or 0 for a default");
	case CHECK_BOOL:
		return str_is(s, "on") || str_is(s, "off") || str_is(s, "1") || str_is(s, "0") ||
				       str_is(s, "yes") || str_is(s, "no") || str_is(s, "true") ||
				       str_is(s, "false")
			       ? RC_OK
			       : fail(reterr, i, "is on or off");
	case CHECK_NAME:
		return is_name(s) ? RC_OK
				  : fail(reterr, i, "is a host name or an address, without quotes and port");
	case CHECK_HOST:
		return is_address(text)
			       ? RC_OK
			       : fail(reterr, i, "is localhost, an IP address, or * for all, without quotes");
	case CHECK_TELL:
		return str_is(s, "always") || str_is(s, "trusted") || str_is(s, "never")
			       ? RC_OK
			       : fail(reterr, i, "is always, trusted or never");
	case CHECK_STALE:
		return str_is(s, "refuse") || str_is(s, "warn") ? RC_OK
								: fail(reterr, i, "is refuse or warn");
	}
	return RC_OK;
}

/* A wrong value in the file is told with its line, even where a flag counts first. */
static enum rc check_line(size_t i, struct str value, unsigned number, struct err *reterr)
{
	AUTO_FREE char *text = str_dup(value);
	struct err err = { 0 };
	enum rc rc = check_one(i, text, &err);
	if (rc != RC_OK)
		(void)err_set(reterr, rc, "Line %u of the settings: %s", number, err.text);
	return rc;
}

static enum rc parse_line(struct settings *s, struct str line, unsigned number, struct err *reterr)
{
	char shown[64];
	struct str name = line, value;
	size_t equals = str_find(line, '=');
	if (equals == line.n)
		return err_set(reterr, RC_INVALID, "Line %u of the settings is not \"key = value\".", number);
	name.n = equals;
	name = str_trim(name);
	value = str_trim(str_skip(line, equals + 1));
	if (str_is(name, "state_dir")) {
		s->state_dir = s->state_dir ? s->state_dir : str_dup(value);
		return RC_OK;
	}
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (!str_is(name, rows[i].name))
			continue;
		if (!s->text[i])
			s->text[i] = str_dup(value);
		return check_line(i, value, number, reterr);
	}
	return err_set(reterr, RC_INVALID, "Line %u of the settings: there is no setting %s.", number,
		       str_printable(name, shown, sizeof(shown)));
}

enum rc settings_parse(struct settings *s, struct str text, struct err *reterr)
{
	struct str line;
	for (unsigned number = 1; text.p && str_split(&text, '\n', &line); number++) {
		line = str_trim(line);
		if (line.n && line.p[0] != '#')
			TRY(parse_line(s, line, number, reterr));
	}
	return RC_OK;
}

static enum rc read_file(struct settings *s, const struct command_line *line, struct err *reterr)
{
	AUTO_BUF(text, CONFIG_MAX);
	const char *file = command_option(line, "config");
	if (!file && access(CONFIG_FILE, F_OK) != 0)
		return RC_OK;
	TRY(command_read_file(file ? file : CONFIG_FILE, CONFIG_MAX, &text, reterr));
	return settings_parse(s, buf_str(&text), reterr);
}

static enum rc read_all(struct settings *s, struct command_line *line, struct err *reterr)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		s->text[i] = mem_strdup(command_option(line, rows[i].flag));
	if (!s->dev) {
		if (command_option(line, "state-dir"))
			s->state_dir = mem_strdup(command_state_dir(line));
		TRY(read_file(s, line, reterr));
	}
	if (!s->state_dir)
		s->state_dir = mem_strdup(command_state_dir(line));
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (!s->text[i])
			s->text[i] = mem_strdup(rows[i].defaults[s->dev]);
		TRY(check_one(i, s->text[i], reterr));
	}
	/* systemd hands secrets over in a folder that only the service sees. */
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	if (!s->dev && !s->text[SETTING_master_key_file][0] && credentials) {
		mem_free(s->text[SETTING_master_key_file]);
		s->text[SETTING_master_key_file] = mem_printf("%s/master.key", credentials);
	}
	if (s->state_dir[0] != '/')
		return err_set(reterr, RC_INVALID, "The state folder must be an absolute path.");
	if (!settings_is_loopback(s->text[SETTING_management_host]) &&
	    !command_is_true(s->text[SETTING_management_tls])) {
		fail(reterr, SETTING_management_host, "is beyond loopback, and management_tls is off");
		return err_fix(reterr, "management_tls = on, or management_host = localhost");
	}
	if (s->dev && (!settings_is_loopback(s->text[SETTING_gateway_host]) ||
		       !settings_is_loopback(s->text[SETTING_management_host])))
		return err_set(reterr, RC_INVALID,
			       "postern dev listens on loopback only; postern serve listens elsewhere.");
	return RC_OK;
}

enum rc settings_read(struct settings *ret, struct command_line *line, bool dev, struct err *reterr)
{
	struct settings s = { .dev = dev };
	enum rc rc = read_all(&s, line, reterr);
	if (rc == RC_OK)
		*ret = s;
	else
		settings_fini(&s);
	return rc;
}

void settings_fini(struct settings *s)
{
	mem_free(s->state_dir);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		mem_free(s->text[i]);
	memset(s, 0, sizeof(*s));
}
