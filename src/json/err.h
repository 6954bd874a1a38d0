/* SPDX-License-Identifier: Apache-2.0
 * Errors as JSON: whole between our own processes, and as our own API tells them. */
#pragma once

#include "json/value.h"

/** The whole error: {"rc","native","source","reason","field","text","fix"}. Owned. */
struct value *err_to_value(const struct err *err);
/** The reverse, member for member. RC_BUG stands for a code that is none.
 * Returns the error's code, for the caller to end with. */
enum rc err_from_value(struct err *reterr, const struct value *v);

/** {"code","field","text","fix"}: the code is the reason where there is one, else the name of the kind of
 * failure. Owned. */
struct value *err_to_api(const struct err *err);
/**
 * The reverse. error NULL, or without a code that names the kind of failure: it is told by the status.
 * What is not said is "".
 * Returns the error's code.
 */
enum rc err_from_api(struct err *reterr, int status, const struct value *error);
