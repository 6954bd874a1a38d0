/* SPDX-License-Identifier: Apache-2.0
 * What the files of the nouns share: printing what the server answered, and calls that print. */
#pragma once

#include "cmd/line/command.h"

/** One column of a table: its title and the member shown, "a.b" for a member of a member. Ends with an empty row. */
struct noun_column {
	const char *title;
	const char *member;
};

/** The usual limit of a file that goes to the server [bytes]. */
#define NOUN_FILE_MAX ((size_t)10 * 1024 * 1024)

/** A member as text for people; path may have dots. Arrays are joined with ", ", booleans are yes and no. */
void noun_text(const struct value *object, const char *path, struct buf *out);
/** Print an array as a table, or as JSON with --json. */
MUST_USE enum rc noun_print_list(const struct command_line *line, const struct value *list,
				 const struct noun_column *columns, struct err *reterr);
/** Print an object as "Title: value" lines, or as JSON with --json. */
MUST_USE enum rc noun_print_object(const struct command_line *line, const struct value *object,
				   const struct noun_column *columns, struct err *reterr);
/** GET path and print the array. */
MUST_USE enum rc noun_list(struct command_line *line, const char *path, const struct noun_column *columns,
			   struct err *reterr);
/** GET path and print the object. */
MUST_USE enum rc noun_get(struct command_line *line, const char *path, const struct noun_column *columns,
			  struct err *reterr);
/** DELETE path and say so: "Deleted role X." */
MUST_USE enum rc noun_delete(struct command_line *line, const char *path, const char *kind, const char *name,
			     struct err *reterr);
/** Call, and with --json print the answer. ret_body may be NULL. */
MUST_USE enum rc noun_call(struct command_line *line, const char *method, const char *path,
			   const struct value *body, struct value **ret_body, struct err *reterr);
/** Parse an option that is JSON or @FILE, an object. RC_INVALID with exit 2. */
MUST_USE enum rc noun_json_option(const struct command_line *line, const char *name, struct value **ret,
				  struct err *reterr);
/** The same, where an array of objects is taken, too. */
MUST_USE enum rc noun_json_array_option(const struct command_line *line, const char *name, struct value **ret,
					struct err *reterr);
/** Set what a person gave; what says in the sentence what it is: "The password". RC_INVALID it is no UTF-8: JSON would alter it. */
MUST_USE enum rc noun_set_text(struct value *object, const char *member, const char *what, struct str text,
			       struct err *reterr);
/** Set --key-password-file, where it is given, as a member of an object. RC_IO. */
MUST_USE enum rc noun_set_key_password(const struct command_line *line, struct value *object,
				       const char *member, struct err *reterr);
/** Read a file and set it as base64 member of an object. */
MUST_USE enum rc noun_set_file(struct value *object, const char *member, const char *path, size_t max,
			       struct err *reterr);
/** Say each text of the "warnings" array, and each finding's code, text and fix of "findings", on standard error. */
void noun_say_warnings(const struct value *answer);
/** Write text to the file of option "out", or to standard output. mode e.g. 0644. */
MUST_USE enum rc noun_write_out(const struct command_line *line, struct str text, unsigned mode,
				struct err *reterr);
/** The last part of a path. */
const char *noun_base_name(const char *path);
