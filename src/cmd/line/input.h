/* SPDX-License-Identifier: Apache-2.0
 * What a command reads and writes beside its words: secrets, files, standard input, the state folder, the
 * server. */
#pragma once

#include "cmd/line/command.h"

struct client;

/** Rows to splice into an option table: the secret options that command_password() reads. */
#define COMMAND_PASSWORD_OPTIONS \
	{ .name = "password-file", \
	  .argument = "FILE", \
	  .help = "read the password from the first line of FILE" }, \
	{ \
		.name = "password-stdin", .help = "read the password from standard input" \
	}

/** Row of the option that command_password() reads as "key-password", where a file is opened. */
#define COMMAND_KEY_PASSWORD_OPTION \
	{ \
		.name = "key-password-file", .argument = "FILE", \
		.help = "read the password of the key from FILE, where it is not the file's" \
	}

/**
 * A secret: NAME-file, NAME-stdin, else (for "password") POSTERN_PASSWORD, else a prompt without echo when
 * prompt is not NULL and standard input is a terminal.
 *
 * name       "password", "out-password", ...: the options are NAME-file and NAME-stdin;
 *            the latter may be missing
 * ret        filled with the first line without its line break; at most 1024 [bytes]; give it BUF_SECRET.
 *            A file that an editor wrote as UTF-16, or with a byte order mark, is read as such
 * ret_given  false (and ret empty) when there is none anywhere; that is no failure
 */
MUST_USE enum rc command_password(const struct command_line *line, const char *name, const char *prompt,
				  struct buf *ret, bool *ret_given, struct err *reterr);
/** The text of an option or argument that may be @FILE (or @- for standard input), at most max [bytes]. */
MUST_USE enum rc command_text(const char *text_or_at_file, size_t max, struct buf *ret, struct err *reterr);
/** Read a whole file ("-" is standard input) of at most max [bytes];
 * any failure is RC_IO or RC_LIMIT: exit 1. */
MUST_USE enum rc command_read_file(const char *path, size_t max, struct buf *ret, struct err *reterr);
/** Write a file with mode (0600 for what holds a key), by way of a new file and a rename;
 * "-" is standard output. */
MUST_USE enum rc command_write_file(const char *path, struct str bytes, unsigned mode, struct err *reterr);

/** The management API of the server meant by --server, --state-dir or the environment; owned by line. */
MUST_USE enum rc command_client(struct command_line *line, struct client **ret, struct err *reterr);
/** The state folder meant by --state-dir, POSTERN_STATE_DIR or XDG_DATA_HOME; lives as long as line. */
const char *command_state_dir(struct command_line *line);
/** Write text to the file of option "out", or to standard output. mode e.g. 0644. */
MUST_USE enum rc command_write_out(const struct command_line *line, struct str text, unsigned mode,
				   struct err *reterr);
/** The last part of a path. */
const char *command_base_name(const char *path);
