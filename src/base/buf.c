/* SPDX-License-Identifier: Apache-2.0
 * Growing within bounds. */
#include "base/buf.h"

#include "base/memory.h"

#include <stdio.h>

void buf_init(struct buf *b, size_t max)
{
	*b = BUF(max);
}

void buf_fini(struct buf *b)
{
	if (b->secret) {
		mem_wipe(b->p, b->size);
	}
	mem_free(b->p);
	*b = (struct buf){ .max = b->max, .secret = b->secret };
}

/* Up to here a buffer is small [bytes]: a message of ours, a head, a record of TLS.
 * Above it an outsider decides. */
#define SMALL ((size_t)64 * 1024)

/* Twice as much each time, and never more than the maximum and its NUL. */
static size_t next_size(const struct buf *b, size_t need)
{
	size_t size = b->size ? b->size : 64;
	while (size < need) {
		size = size > SIZE_MAX / 2 ? need : size * 2;
	}
	return b->max < size - 1 ? b->max + 1 : size;
}

/* The old bytes of a secret are wiped, so they are not left to realloc(). */
static char *grown_secret(struct buf *b, size_t size)
{
	char *p = size <= SMALL ? mem_alloc(size) : mem_try(size, size);
	if (!p) {
		return NULL;
	}
	if (b->n) {
		memcpy(p, b->p, b->n);
	}
	mem_wipe(b->p, b->size);
	mem_free(b->p);
	return p;
}

static bool grow(struct buf *b, size_t need)
{
	size_t size = next_size(b, need);
	char *p = b->secret       ? grown_secret(b, size)
		  : size <= SMALL ? mem_resize(b->p, size, 1)
				  : mem_try_resize(b->p, size);
	if (!p) {
		return false;
	}
	b->p = p;
	b->size = size;
	return true;
}

char *buf_reserve(struct buf *b, size_t n)
{
	if (b->n > b->max || n > b->max - b->n || n > SIZE_MAX - b->n - 1) {
		b->overflow = true;
		return NULL;
	}
	if (b->size < b->n + n + 1 && !grow(b, b->n + n + 1)) {
		b->overflow = true;
		return NULL;
	}
	return b->p + b->n;
}

void buf_added(struct buf *b, size_t n)
{
	ASSERT(b->n + n < b->size);
	b->n += n;
	b->p[b->n] = '\0';
}

bool buf_add(struct buf *b, struct str s)
{
	char *room = buf_reserve(b, s.n);
	if (!room) {
		return false;
	}
	if (s.n) {
		memcpy(room, s.p, s.n);
	}
	buf_added(b, s.n);
	return true;
}

bool buf_add_c(struct buf *b, const char *s)
{
	return buf_add(b, str_of(s));
}

bool buf_add_char(struct buf *b, char c)
{
	return buf_add(b, str_from(&c, 1));
}

bool buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	ASSERT(n >= 0);
	char *room = buf_reserve(b, (size_t)n);
	if (!room) {
		return false;
	}
	va_start(ap, fmt);
	(void)vsnprintf(room, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_added(b, (size_t)n);
	return true;
}

void buf_drop(struct buf *b, size_t n)
{
	ASSERT(n <= b->n);
	if (n == 0) {
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
	b->p[b->n] = '\0';
}

void buf_clear(struct buf *b)
{
	if (b->secret) {
		mem_wipe(b->p, b->size);
	}
	b->n = 0;
	b->overflow = false;
	if (b->p) {
		b->p[0] = '\0';
	}
}

const char *buf_c(struct buf *b)
{
	return b->p ? b->p : "";
}

char *buf_take(struct buf *b)
{
	char *p = b->p ? b->p : mem_alloc(1);
	*b = (struct buf){ .max = b->max, .secret = b->secret };
	return p;
}
