/* SPDX-License-Identifier: Apache-2.0
 * Lists of header names and patterns separated by "|", matched in linear time. */
#pragma once

#include "base/str.h"

/** Longest list [bytes], most patterns in it, most atoms in a pattern. */
#define FILTER_MAX_BYTES 8192
#define FILTER_MAX_PATTERNS 256
#define FILTER_MAX_ATOMS 63

/**
 * Check a list such as "X-Order-Id|SAP_.*" or "*". An element is a name, or a regular expression of literals,
 * ".",
 * "[a-z]", "\x" and the repetitions "*", "+", "?"; groups and counts are not served (RC_UNSUPPORTED), so that
 * nothing can blow up. RC_INVALID malformed, RC_LIMIT too long. The empty list is good and matches nothing.
 */
MUST_USE enum rc filter_check(struct str list, struct err *reterr);

/** Whether a header name matches an element of a list as a whole, without regard to case. An element
 * that filter_check() refuses matches as plain text alone. Time is bounded by the product of both lengths. */
bool filter_match(struct str list, struct str name);

/** Whether an element of a list is the name itself, letter by letter but for case; patterns do not count. */
bool filter_names(struct str list, struct str name);
