/* SPDX-License-Identifier: Apache-2.0
 * Hexadecimal, base64, base64url and percent encoding. */
#pragma once

#include "base/buf.h"

/** Value of one hex digit of either case; -1 of any other character. */
int hex_digit(char c);
/** Append bytes as upper-case hex without separators. */
bool hex_encode(struct buf *out, struct str bytes);
/** Append the bytes of an even number of hex digits (either case).
 * RC_INVALID otherwise, RC_LIMIT at out's maximum. */
MUST_USE enum rc hex_decode(struct buf *out, struct str text);
/** Write n bytes as 2n upper-case digits and a NUL; out has room for 2n + 1 [bytes]. */
void hex_format(const uint8_t *bytes, size_t n, char *out);

/** Append as base64 with padding. Source: RFC 4648 §4. */
bool base64_encode(struct buf *out, struct str bytes);
/** Append as base64url without padding. Source: RFC 4648 §5. */
bool base64url_encode(struct buf *out, struct str bytes);
/** Append the bytes of base64 or base64url text, padding optional; white space is skipped when lenient.
 * RC_INVALID at any other byte or a dangling digit, RC_LIMIT at out's maximum. */
MUST_USE enum rc base64_decode(struct buf *out, struct str text, bool lenient);

/** Append with everything but RFC 3986 unreserved characters as %XX. */
bool percent_encode(struct buf *out, struct str bytes);
/** Append decoded; plus_is_space for form data. RC_INVALID at a broken %, RC_LIMIT at out's maximum. */
MUST_USE enum rc percent_decode(struct buf *out, struct str text, bool plus_is_space);
