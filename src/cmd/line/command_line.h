/* SPDX-License-Identifier: Apache-2.0
 * Inside of a parsed command line; only the files that read and serve it need it. */
#pragma once

#include "base/memory.h"
#include "cmd/line/command.h"

struct command_given {
	const struct command_option *option;
	const char *value; /* borrowed from argv; "1" for a flag */
};

struct command_line {
	const struct command *command;
	struct command_given *given; /* in the order typed */
	size_t n_given;
	const char **arguments;
	size_t n_arguments;
	int exit_code;
	bool stdin_taken; /* a secret or a file came from standard input */
	char *state_dir;
	struct client *client;
};

/** Read the words behind noun and verb. line is zeroed before;
 * give it back with command_line_fini() also on failure. */
MUST_USE enum rc command_line_parse(struct command_line *line, const struct command *command, int argc,
				    char *argv[], struct err *reterr);
/** Give back what a line owns. */
void command_line_fini(struct command_line *line);
