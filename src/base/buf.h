/* SPDX-License-Identifier: Apache-2.0
 * A growing byte buffer with a maximum and a sticky overflow.
 * What is larger than an ordinary message is tried only: where there is no memory for it, that is an overflow
 * too. */
#pragma once

#include "base/str.h"

/**
 * Growing bytes. Caller's storage; start with buf_init() or BUF(max), end with buf_fini().
 * p is always NUL-terminated one byte behind n once something was added.
 */
struct buf {
	char *p;
	size_t n;      /* used [bytes] */
	size_t size;   /* allocated [bytes] */
	size_t max;    /* most that may be used [bytes] */
	bool overflow; /* an addition was refused; sticky, contents before it are whole */
	bool secret;   /* wipe on growth and at the end */
};

#define BUF(max_bytes) ((struct buf){ .max = (max_bytes) })
#define BUF_SECRET(max_bytes) ((struct buf){ .max = (max_bytes), .secret = true })
/** Local buffer freed at the end of its scope: AUTO_BUF(b, 4096); */
#define AUTO_BUF(name, max_bytes) AUTO(buf_fini) struct buf name = BUF(max_bytes)
#define AUTO_BUF_SECRET(name, max_bytes) AUTO(buf_fini) struct buf name = BUF_SECRET(max_bytes)

/** Start an empty buffer that may hold max [bytes]. */
void buf_init(struct buf *b, size_t max);
/** Give its memory back (wiped when secret); accepts a zeroed buffer, leaves an empty one. */
void buf_fini(struct buf *b);

/** Append; returns false (and marks overflow) when it would pass max, or there is no memory.
 * Nothing is added then. */
bool buf_add(struct buf *b, struct str s);
bool buf_add_c(struct buf *b, const char *s);
bool buf_add_char(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** Room for n more bytes at the end, or NULL as buf_add() fails; follow with buf_added(). */
MUST_USE char *buf_reserve(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);

/** Drop the first n bytes. */
void buf_drop(struct buf *b, size_t n);
/** Empty it; keeps the memory, clears overflow. */
void buf_clear(struct buf *b);
static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}
/** Contents as C string, "" when empty; lives until the next change. */
const char *buf_c(struct buf *b);
/** Move the contents out as an owned C string (mem_free()); the buffer is empty after. */
char *buf_take(struct buf *b);
