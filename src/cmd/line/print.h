/* SPDX-License-Identifier: Apache-2.0
 * Answers of the server for people: tables, "Title: value" lines, warnings. */
#pragma once

#include "cmd/line/command.h"

/** One column of a table: its title and the member shown, "a.b" for a member of a member.
 * Ends with an empty row. */
struct print_column {
	const char *title;
	const char *member;
};

/** A member as text for people; path may have dots. Arrays are joined with ", ", booleans are yes and no. */
void print_text_of(const struct value *object, const char *path, struct buf *out);
/** Print an array as a table, or as JSON with --json. */
MUST_USE enum rc print_list(const struct command_line *line, const struct value *list,
			    const struct print_column *columns, struct err *reterr);
/** Print an object as "Title: value" lines, or as JSON with --json. */
MUST_USE enum rc print_object(const struct command_line *line, const struct value *object,
			      const struct print_column *columns, struct err *reterr);
/** Say each text of the "warnings" array, and each finding's code, text and fix of "findings", on standard
 * error. */
void print_warnings(const struct value *answer);
