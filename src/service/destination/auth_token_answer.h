/* SPDX-License-Identifier: Apache-2.0
 * What the answer to a token call means, as Find tells it. Pure. */
#pragma once

#include "json/value.h"

/** [{"type":"","value":"","error":text}]; owned. */
struct value *auth_token_answer_error(const char *text);

/**
 * Read the answer of the outbound job, or its error.
 *
 * ret_lifetime  how long the token is good [s]; 0: it says nothing, or there is no token
 *
 * The array to answer; owned, holds secrets. Never fails: what went wrong is its element's "error".
 */
struct value *auth_token_answer(const struct value *request, const struct value *answer,
				const struct err *err, int64_t *ret_lifetime);
