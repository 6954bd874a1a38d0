/* SPDX-License-Identifier: Apache-2.0
 * Members of what is sent to the server: from options, from files. */
#pragma once

#include "cmd/line/command.h"

/** The usual limit of a file that goes to the server [bytes]. */
#define BODY_FILE_MAX ((size_t)10 * 1024 * 1024)

/** Parse an option that is JSON or @FILE, an object. RC_INVALID with exit 2. */
MUST_USE enum rc body_json_option(const struct command_line *line, const char *name, struct value **ret,
				  struct err *reterr);
/** The same, where an array of objects is taken, too. */
MUST_USE enum rc body_json_array_option(const struct command_line *line, const char *name, struct value **ret,
					struct err *reterr);
/** Set what a person gave; what says in the sentence what it is: "The password".
 * RC_INVALID it is no UTF-8: JSON would alter it. */
MUST_USE enum rc body_set_text(struct value *object, const char *member, const char *what, struct str text,
			       struct err *reterr);
/** Read a file and set it as base64 member of an object. */
MUST_USE enum rc body_set_file(struct value *object, const char *member, const char *path, size_t max,
			       struct err *reterr);
/** Set --key-password-file, where it is given, as a member of an object. RC_IO. */
MUST_USE enum rc body_set_key_password(const struct command_line *line, struct value *object,
				       const char *member, struct err *reterr);
/**
 * Set what the options of a command that stand for fields say, each checked by its field's row first.
 * What is not given is left out, so that the server's default holds. RC_INVALID with exit 2.
 */
MUST_USE enum rc body_set_options(struct value *object, const struct command_line *line, struct err *reterr);
