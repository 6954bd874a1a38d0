/* SPDX-License-Identifier: Apache-2.0
 * Members of what a use case is given, each read with its limits. */
#pragma once

#include "base/random.h"
#include "model/object.h"

/** A text member that has to be there and not empty, at most max [bytes].
 * RC_INVALID, RC_LIMIT (err->field name). */
MUST_USE enum rc input_text(const struct value *input, const char *name, size_t max, const char **ret,
			    struct err *reterr);
/** A name of an instance or a key: 1 to 32 of A-Z a-z 0-9 . _ -. RC_INVALID (err->field "name"). */
MUST_USE enum rc input_name(const struct value *input, const char **ret, struct err *reterr);
/** The id of what is to be made: "id" where the caller chose one, so that it knows its own again, else a new
 * one. RC_INVALID
 * (err->field "id") it is no UUID in lower case. */
MUST_USE enum rc input_id(const struct value *input, char ret[RANDOM_UUID_SIZE], struct err *reterr);
/** The bytes of a member that is base64, PEM or other text. RC_INVALID, RC_LIMIT. */
MUST_USE enum rc input_bytes(const struct value *input, const char *name, size_t max, struct buf *out,
			     struct err *reterr);
/** Whether every member's name is known. RC_INVALID another one, with sentence telling those there are;
 * field "parameters". */
MUST_USE enum rc input_known(const struct value *object, const char *const *known, size_t n_known,
			     const char *sentence, struct err *reterr);
/** The same of the fields of an object. */
MUST_USE enum rc input_known_fields(const struct value *input, const struct object *object,
				    const char *sentence, struct err *reterr);
