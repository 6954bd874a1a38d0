/* SPDX-License-Identifier: Apache-2.0
 * Help, suggestions, completion and manual, all made from the table of commands. */
#pragma once

#include "cmd/line/command.h"

#include <stdio.h>

/** Print the overview of all nouns. */
void help_overview(FILE *out);
/** Print the verbs of a noun. */
void help_noun(const struct command *noun, FILE *out);
/** Print usage, options, examples and exit codes of one command to standard output. */
void help_command(const struct command *command);
/** The noun (noun NULL) or verb nearest to a word that is none; NULL when none is near. */
const char *help_nearest(const struct command *noun, const char *word);
/** What an option is for, with what it takes and its default: "port of the gateway;
 * 1 to 65535, … (default 8443)". Appended.
 * command  whose option it is; NULL of any */
void help_add_option(const struct command_option *option, const struct command *command, struct buf *out);
/** An environment variable that every command may read. */
struct help_variable {
	const char *name;
	const char *text; /* what it holds, without full stop */
};
/** Those that are no option's of a command's own; ends with an empty row. */
extern const struct help_variable help_variables[];
/** What a command line looks like: "postern role create NAME [options]". */
void help_usage(const struct command *command, struct buf *out);
