/* SPDX-License-Identifier: Apache-2.0
 * What a command reads and writes beside its words: secrets, files, standard input, the state folder, the
 * server. */
#include "cmd/line/input.h"

#include "client/client.h"
#include "cmd/line/command_line.h"
#include "cmd/line/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_MAX 1024

static enum rc read_all(int fd, const char *what, size_t max, struct buf *ret, struct err *reterr)
{
	for (;;) {
		size_t want = max - ret->n < 65536 ? max - ret->n : 65536;
		if (want == 0) {
			char more;
			if (read(fd, &more, 1) > 0) {
				return err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", what, max);
			}
			return RC_OK;
		}
		char *room = buf_reserve(ret, want);
		if (!room) {
			return err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", what, max);
		}
		ssize_t n = read(fd, room, want);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return err_errno(reterr, "Cannot read %s", what);
		}
		if (n == 0) {
			return RC_OK;
		}
		buf_added(ret, (size_t)n);
	}
}

enum rc command_read_file(const char *path, size_t max, struct buf *ret, struct err *reterr)
{
	if (strcmp(path, "-") == 0) {
		return read_all(STDIN_FILENO, "standard input", max, ret, reterr);
	}
	char shown[256];
	str_printable(str_of(path), shown, sizeof(shown));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return err_errno(reterr, "Cannot open %s", shown);
	}
	enum rc rc = read_all(fd, shown, max, ret, reterr);
	close(fd);
	return rc;
}

static enum rc write_all(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return RC_IO;
		}
		bytes = str_skip(bytes, (size_t)n);
	}
	return RC_OK;
}

enum rc command_write_file(const char *path, struct str bytes, unsigned mode, struct err *reterr)
{
	if (strcmp(path, "-") == 0) {
		output_bytes(bytes);
		return RC_OK;
	}
	char shown[256];
	str_printable(str_of(path), shown, sizeof(shown));
	struct stat there;
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
		/* A pipe or /dev/stdout cannot be renamed over. */
		int direct = open(path, O_WRONLY | O_CLOEXEC);
		enum rc rc = direct < 0 ? RC_IO : write_all(direct, bytes);
		if (direct >= 0) {
			close(direct);
		}
		return rc == RC_OK ? RC_OK : err_errno(reterr, "Cannot write %s", shown);
	}
	AUTO_FREE char *temporary = mem_printf("%s.new-%ld", path, (long)getpid());
	unlink(temporary);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0) {
		return err_errno(reterr, "Cannot write %s", shown);
	}
	bool good = write_all(fd, bytes) == RC_OK;
	good = close(fd) == 0 && good;
	if (good && rename(temporary, path) == 0) {
		return RC_OK;
	}
	enum rc rc = err_errno(reterr, "Cannot write %s", shown);
	unlink(temporary);
	return rc;
}

enum rc command_text(const char *text_or_at_file, size_t max, struct buf *ret, struct err *reterr)
{
	if (text_or_at_file[0] == '@') {
		return command_read_file(text_or_at_file + 1, max, ret, reterr);
	}
	if (strlen(text_or_at_file) > max || !buf_add_c(ret, text_or_at_file)) {
		return err_set(reterr, RC_LIMIT, "The text is longer than %zu bytes.", max);
	}
	return RC_OK;
}

/* The first line alone: editors end files with a line break that is no part of the password. */
static void cut_line(struct buf *b)
{
	size_t end = str_find(buf_str(b), '\n');
	if (end > 0 && end <= b->n && b->p[end - 1] == '\r') {
		end--;
	}
	if (end < b->n) {
		mem_wipe(b->p + end, b->n - end);
		b->n = end;
	}
}

static bool has_bytes(const struct buf *b, size_t at, const char *bytes)
{
	return b->n >= at + 2 && memcmp(b->p + at, bytes, 2) == 0;
}

/* UTF-16 says so by its mark, or by the zero of a first letter that is ASCII. */
static bool is_utf16(const struct buf *b, bool *ret_is_little, size_t *ret_mark)
{
	*ret_mark = has_bytes(b, 0, "\xff\xfe") || has_bytes(b, 0, "\xfe\xff") ? 2 : 0;
	*ret_is_little = *ret_mark ? b->p[0] == '\xff' : b->n >= 2 && b->p[1] == 0;
	return b->n >= 2 && (*ret_mark || b->p[0] == 0 || b->p[1] == 0);
}

static void add_utf8(struct buf *out, uint32_t c)
{
	static const uint8_t heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	(void)buf_add_char(out, (char)(heads[n == 1 ? 0 : n] | c >> (6 * (n - 1))));
	while (--n) {
		(void)buf_add_char(out, (char)(0x80 | (c >> (6 * (n - 1)) & 0x3f)));
	}
}

/* What editors and shells of Windows write, as UTF-8 without a mark.
 * Half a surrogate pair stays what it is. */
static void add_as_utf8(const struct buf *b, struct buf *ret)
{
	bool is_little;
	size_t at;
	uint32_t high = 0;
	struct str text = buf_str(b);
	if (!is_utf16(b, &is_little, &at)) {
		(void)buf_add(ret, str_skip(text, str_starts_with(text, STR("\xef\xbb\xbf")) ? 3 : 0));
		return;
	}
	for (; at + 1 < b->n; at += 2) {
		uint32_t first = (uint8_t)b->p[at], second = (uint8_t)b->p[at + 1];
		uint32_t unit = is_little ? second << 8 | first : first << 8 | second;
		if (unit >= 0xd800 && unit < 0xdc00 && !high) {
			high = unit;
			continue;
		}
		add_utf8(ret, high && unit >= 0xdc00 && unit < 0xe000
				      ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00)
				      : unit);
		high = 0;
	}
}

static enum rc read_password(const char *file, struct buf *ret, struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, 2 * PASSWORD_MAX + 6);
	TRY(command_read_file(file, 2 * PASSWORD_MAX + 6, &bytes, reterr));
	add_as_utf8(&bytes, ret);
	return RC_OK;
}

static void warn_of_blank(const struct buf *b, const char *file)
{
	char shown[256];
	if (b->n && (b->p[b->n - 1] == ' ' || b->p[b->n - 1] == '\t')) {
		output_say("The password in %s ends in a blank, which is taken as part of it.",
			   str_printable(str_of(file), shown, sizeof(shown)));
	}
}

static enum rc prompt_password(const char *prompt, struct buf *ret, struct err *reterr)
{
	struct termios before, quiet;
	if (tcgetattr(STDIN_FILENO, &before) != 0) {
		return err_errno(reterr, "Cannot turn the terminal's echo off");
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(stderr, "%s: ", prompt);
	fflush(stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	char c;
	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
		if (!buf_add_char(ret, c)) {
			break;
		}
	}
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return RC_OK;
}

enum rc command_password(const struct command_line *line, const char *name, const char *prompt,
			 struct buf *ret, bool *ret_given, struct err *reterr)
{
	char option[64];
	const char *environment = strcmp(name, "password") == 0 ? getenv("POSTERN_PASSWORD") : NULL;
	*ret_given = true;
	snprintf(option, sizeof(option), "%s-file", name);
	const char *file = command_option(line, option);
	snprintf(option, sizeof(option), "%s-stdin", name);
	if (file) {
		TRY(read_password(file, ret, reterr));
	} else if (command_flag(line, option)) {
		TRY(command_read_file("-", PASSWORD_MAX + 2, ret, reterr));
	} else if (environment) {
		buf_add_c(ret, environment);
	} else if (prompt && isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
		TRY(prompt_password(prompt, ret, reterr));
	} else {
		*ret_given = false;
		return RC_OK;
	}
	cut_line(ret);
	if (file) {
		warn_of_blank(ret, file);
	}
	/* An empty password is one too: its pointer must not be NULL. */
	if (!ret->p && !buf_reserve(ret, 1)) {
		return err_set(reterr, RC_BUG, "The password's buffer has no room.");
	}
	if (ret->n > PASSWORD_MAX || ret->overflow) {
		return err_set(reterr, RC_LIMIT, "The password is longer than %d bytes.", PASSWORD_MAX);
	}
	return RC_OK;
}

const char *command_state_dir(struct command_line *line)
{
	if (line->state_dir) {
		return line->state_dir;
	}
	const char *given = command_option(line, "state-dir"), *data = getenv("XDG_DATA_HOME"),
		   *home = getenv("HOME");
	if (given && given[0] == '/') {
		line->state_dir = mem_strdup(given);
	} else if (given) {
		AUTO_FREE char *here = realpath(".", NULL);
		line->state_dir = mem_printf("%s/%s", here ? here : ".", given);
	} else if (data && data[0] == '/') {
		line->state_dir = mem_printf("%s/postern", data);
	} else {
		line->state_dir = mem_printf("%s/.local/share/postern", home && *home ? home : "");
	}
	return line->state_dir;
}

enum rc command_client(struct command_line *line, struct client **ret, struct err *reterr)
{
	if (!line->client) {
		AUTO_BUF_SECRET(login, PASSWORD_MAX * 2);
		const char *file = command_option(line, "login-file");
		if (file) {
			TRY(command_read_file(file, PASSWORD_MAX, &login, reterr));
			cut_line(&login);
		}
		struct client_options options = {
			.state_dir = command_state_dir(line),
			.server = command_option(line, "server"),
			.token = getenv("POSTERN_TOKEN"),
			.login = login.n ? buf_c(&login) : NULL,
			.subaccount = command_option(line, "subaccount"),
			.ca_file = getenv("POSTERN_CA_FILE"),
		};
		TRY(client_open(&line->client, &options, reterr));
	}
	*ret = line->client;
	return RC_OK;
}

enum rc command_write_out(const struct command_line *line, struct str text, unsigned mode, struct err *reterr)
{
	const char *out = command_option(line, "out");
	if (!out) {
		output_bytes(text);
		return RC_OK;
	}
	TRY(command_write_file(out, text, mode, reterr));
	if (strcmp(out, "-") != 0) {
		output_say("Written: %s", out);
	}
	return RC_OK;
}

const char *command_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}
