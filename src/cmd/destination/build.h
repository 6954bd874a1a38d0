/* SPDX-License-Identifier: Apache-2.0
 * The properties of a destination, from the words of a command line. */
#pragma once

#include "cmd/line/command.h"

/** All of them: what the flags say over what -c says; a password without more goes to the key store.
 * ret is an array where -c has one. RC_INVALID with exit 2; RC_IO. */
MUST_USE enum rc destination_build(const struct command_line *line, struct value **ret, struct err *reterr);
/** Those that flags of their own name. */
void destination_set_flags(const struct command_line *line, struct value *destination);
/** Those of --set KEY=VALUE. RC_INVALID with exit 2. */
MUST_USE enum rc destination_set_pairs(const struct command_line *line, struct value *destination,
				       struct err *reterr);
/** Set a property to the password that is given; required: RC_INVALID with exit 2 where none is. RC_IO. */
MUST_USE enum rc destination_set_secret(const struct command_line *line, struct value *destination,
					const char *property, bool required, struct err *reterr);
