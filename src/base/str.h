/* SPDX-License-Identifier: Apache-2.0
 * Slices: borrowed bytes with a length. */
#pragma once

#include "base/char.h"
#include "base/result.h"

#include <stdint.h>
#include <string.h>

/** Borrowed bytes, not NUL-terminated; p may be NULL when n is 0. */
struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/** For printf's "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_of(const char *c)
{
	return (struct str){ c, c ? strlen(c) : 0 };
}
static inline struct str str_from(const void *p, size_t n)
{
	return (struct str){ (const char *)p, n };
}
static inline bool str_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_is(struct str a, const char *c)
{
	return str_equal(a, str_of(c));
}

/** Whether eight bytes are all printable or above ASCII: none below 0x20, none 0x7f.
 * What comes from the wire nearly always is. */
static inline bool str_eight_printable(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
	uint64_t eight;
	memcpy(&eight, p, sizeof(eight));
	uint64_t below = (eight - ones * 0x20) & ~eight & highs;
	uint64_t delete = eight ^ ones * 0x7f;
	return (below | ((delete -ones) & ~delete &highs)) == 0;
}

/** Put a text in lower case, where it stands. */
void str_lower(char *text);
/** The same in upper case. */
void str_upper(char *text);
/** Whether all bytes are among those of alphabet, as CHAR_LOWER CHAR_DIGITS "-"; of nothing, too. */
bool str_all_of(struct str s, const char *alphabet);

/** Equal but for the case of A to Z; both n bytes long. */
bool str_equal_nocase_bytes(const char *a, const char *b, size_t n);
/** Equal but for the case of A to Z. */
static inline bool str_equal_nocase(struct str a, struct str b)
{
	return a.n == b.n && str_equal_nocase_bytes(a.p, b.p, a.n);
}
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);

/** Length of the well-formed UTF-8 sequence at the front [bytes]; 0 where there is none. NUL is one.
 * Source: Unicode 15, table 3-7. */
size_t str_utf8_first(struct str s);
/** Whether all of it is text: UTF-8 without NUL. What is not has to be refused, or shown with U+FFFD in its
 * place. */
bool str_is_text(struct str s);

/** Index of the first byte c, or s.n where there is none. */
size_t str_find(struct str s, char c);
/** Index of the first occurrence of needle, or s.n where there is none. */
size_t str_find_str(struct str s, struct str needle);

/** The part from byte index from on; empty where from is at or past the end. */
struct str str_skip(struct str s, size_t from);
/** The first n bytes at most. */
struct str str_first(struct str s, size_t n);
/** Without leading and trailing spaces, tabs, CR and LF. */
struct str str_trim(struct str s);

/** Split at the first c: ret_head before it, *s after it (empty, with p past the end, when none left).
 * Returns false when *s was exhausted (s->p == NULL). */
bool str_split(struct str *s, char c, struct str *ret_head);

/** Free the bytes of a slice that owns them; accepts STR_NONE. */
void str_free(struct str owned);
/** Owned NUL-terminated copy; free with mem_free(). Bytes are copied as they are. */
char *str_dup(struct str s);

/** Parse decimal digits only (no sign, no space), at most max. RC_INVALID or RC_LIMIT. */
MUST_USE enum rc str_parse_uint(struct str s, uint64_t max, uint64_t *ret);

/** Copy s into out as printable ASCII, other bytes as \xNN, cut to size - 1 [bytes]; for logs.
 * Returns out. */
const char *str_printable(struct str s, char *out, size_t size);
