/* SPDX-License-Identifier: Apache-2.0
 * The table of commands: what a row says, how a command line is read against it, and what a running command
 * may ask. */
#pragma once

#include "base/buf.h"
#include "json/value.h"
#include "model/object.h"
#include "setting/setting.h"

struct command_line; /* one parsed command line */

/* What the program exits with; 11 to 15 are COMMAND_EXIT_STEP + the first broken step of the doctor. */
enum command_exit {
	COMMAND_EXIT_DONE = 0,
	COMMAND_EXIT_FAILED = 1,
	COMMAND_EXIT_USAGE = 2,
	COMMAND_EXIT_NOT_FOUND = 3,
	COMMAND_EXIT_LOGIN = 4,
	COMMAND_EXIT_CONFLICT = 5,
	COMMAND_EXIT_STEP = 10,
};

/** One option of a command. A table of them ends with an empty row. */
struct command_option {
	const char *name;     /* long name without dashes */
	char letter;          /* short name, 0 when none */
	const char *argument; /* name of its value in help, NULL for a flag */
	const char *env;      /* environment variable that stands in for it, or NULL */
	const char *help;     /* one line, without full stop at its end; NULL: its field's */
	bool repeat;          /* may be given several times; otherwise the last one counts */
	bool required;        /* usage error when neither it nor its environment variable is given */
	const struct setting_row *setting; /* that it stands for, of which help tells the limits; or NULL */
	const char *initial; /* default to tell; NULL or "" where there is none, or its field's stands */
	/* a field of which it sets, of which help tells limits and default; NULL: none */
	const struct object *object;
	const char *field; /* name of that; NULL: its own, with _ for - */
};

/** One command. A noun's table of them ends with an empty row. */
struct command {
	const char *noun;
	const char *verb; /* NULL where the noun is the command */
	/* "INSTANCE KEY [PATH] [FILE...]"; brackets make optional, dots take the rest; "" for none */
	const char *arguments;
	const char *synopsis;                 /* replaces the generated usage behind noun and verb, or NULL */
	const char *summary;                  /* one line, imperative, without full stop */
	const char *text;                     /* paragraphs for help and manual, or NULL */
	const struct command_option *options; /* own options beside the common ones, or NULL */
	const char *const *examples;          /* each a command line as typed; ends with NULL; or NULL */
	bool service; /* it is about a service: the default of the state folder is that of `serve` */
	bool hidden;  /* not in help, completion and manual */
	bool raw;     /* arguments are not read: everything behind the verb is passed on */
	/**
	 * Do it. On failure reterr is told to the user and its code becomes the exit code
	 * (command_exit_code()).
	 * A command that wants another exit code sets it with command_set_exit() and returns RC_OK.
	 */
	enum rc (*run)(struct command_line *line, struct err *reterr);
};

/* The nouns, in the order of the help; each is defined in its file.
 * Helper rows: command_nouns[] ends with NULL. */
extern const struct command *const command_nouns[];

/** The field that an option sets; NULL: none. */
const struct field *command_option_field(const struct command_option *option);
/** The value of an option, or of its environment variable; NULL when neither is given.
 * Lives as long as line. */
const char *command_option(const struct command_line *line, const char *name);
/** The i-th value of an option that repeats; NULL behind the last. */
const char *command_option_at(const struct command_line *line, const char *name, size_t i);
/** Whether a flag is given. Its environment variable counts unless it is empty, "0", "no", "off" or
 * "false". */
bool command_flag(const struct command_line *line, const char *name);
/** A decimal option. otherwise when not given; a usage error when it is no number or above max. */
MUST_USE enum rc command_number(const struct command_line *line, const char *name, uint64_t otherwise,
				uint64_t max, uint64_t *ret, struct err *reterr);
/** The i-th argument; NULL behind the last. */
const char *command_argument(const struct command_line *line, size_t i);
/** Whether --json is given. */
bool command_json(const struct command_line *line);
/** The row that is run. */
const struct command *command_row(const struct command_line *line);
/** Exit with code although the command returns RC_OK. */
void command_set_exit(struct command_line *line, int code);

/** Fill an error that ends the program with exit 2 and points to the help. Returns RC_INVALID. */
enum rc command_usage_error(struct err *reterr, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** The exit code that an error stands for. */
int command_exit_code(const struct err *err);
/** The row of noun and verb (verb NULL: the noun's only command); NULL when there is none. */
const struct command *command_find(const char *noun, const char *verb);
/** The first row of a noun; NULL when there is none. */
const struct command *command_find_noun(const char *noun);
/** Whether the noun has verbs, that is, its first row has one. */
bool command_has_verbs(const struct command *noun);
/** The common options that every command takes; ends with an empty row. */
extern const struct command_option command_common_options[];
