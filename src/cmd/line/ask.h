/* SPDX-License-Identifier: Apache-2.0
 * Calls to the server that print its answer. */
#pragma once

#include "cmd/line/print.h"

/** Call, and with --json print the answer. ret_body may be NULL. */
MUST_USE enum rc ask_call(struct command_line *line, const char *method, const char *path,
			  const struct value *body, struct value **ret_body, struct err *reterr);
/** GET path and print the array. */
MUST_USE enum rc ask_list(struct command_line *line, const char *path, const struct print_column *columns,
			  struct err *reterr);
/** GET path and print the object. */
MUST_USE enum rc ask_get(struct command_line *line, const char *path, const struct print_column *columns,
			 struct err *reterr);
/** DELETE path and say so: "Deleted role X." */
MUST_USE enum rc ask_delete(struct command_line *line, const char *path, const char *kind, const char *name,
			    struct err *reterr);
