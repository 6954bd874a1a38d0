/* SPDX-License-Identifier: Apache-2.0
 * The only place that calls the system's allocator. */
#include "base/memory.h"

#include <limits.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Laid aside for the small ones; NULL once they were needed. */
static _Atomic(void *) aside;
static size_t aside_size;                   /* said before the first thread */
static _Thread_local unsigned refuse_after; /* of a test's own thread */

NORETURN static void out_of_memory(size_t size)
{
	(void)fprintf(stderr, "postern: out of memory for %zu bytes\n", size);
	abort();
}

void mem_keep_freed(size_t size)
{
	int most = size > INT_MAX ? INT_MAX : (int)size;
	/* Without the second line blocks from 128 KiB on are mapped and unmapped each time. */
	(void)mallopt(M_TRIM_THRESHOLD, most);
	(void)mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
}

void mem_lay_aside(size_t size)
{
	aside_size = size;
	free(atomic_exchange(&aside, malloc(size)));
}

void mem_refuse(unsigned n)
{
	refuse_after = n;
}

/* True: there is more memory than a moment ago. */
static bool use_aside(void)
{
	void *mine = atomic_exchange(&aside, NULL);
	free(mine);
	return mine != NULL;
}

/* Whether something lies aside, anew where it was used up.
 * Two threads may lay aside at once: one of them gives its back. */
static bool lay_aside_again(void)
{
	void *none = NULL;
	if (atomic_load(&aside)) {
		return true;
	}
	void *p = malloc(aside_size);
	if (p && !atomic_compare_exchange_strong(&aside, &none, p)) {
		free(p);
	}
	return p != NULL;
}

/* Whether an outsider's size may be tried at all. */
static bool may_try(void)
{
	if (refuse_after > 0 && --refuse_after == 0) {
		return false;
	}
	return aside_size == 0 || lay_aside_again();
}

void *mem_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);
	if (!p && use_aside()) {
		p = calloc(1, size ? size : 1);
	}
	if (!p) {
		out_of_memory(size);
	}
	return p;
}

void *mem_array(size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total)) {
		out_of_memory(SIZE_MAX);
	}
	return mem_alloc(total);
}

void *mem_resize(void *p, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total)) {
		out_of_memory(SIZE_MAX);
	}
	void *q = realloc(p, total ? total : 1);
	if (!q && use_aside()) {
		q = realloc(p, total ? total : 1);
	}
	if (!q) {
		out_of_memory(total);
	}
	return q;
}

void *mem_try(size_t size, size_t max)
{
	return size > max || !may_try() ? NULL : calloc(1, size ? size : 1);
}

void *mem_try_resize(void *p, size_t size)
{
	return may_try() ? realloc(p, size ? size : 1) : NULL;
}

void *mem_dup(const void *p, size_t n)
{
	void *q = mem_alloc(n);
	if (n) {
		memcpy(q, p, n);
	}
	return q;
}

char *mem_strdup(const char *s)
{
	return s ? mem_dup(s, strlen(s) + 1) : NULL;
}

char *mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0 && use_aside()) {
		va_start(ap, fmt);
		n = vasprintf(&s, fmt, ap);
		va_end(ap);
	}
	if (n < 0 || !s) {
		out_of_memory(0);
	}
	return s;
}

void mem_free(void *p)
{
	free(p);
}

void mem_wipe(void *p, size_t n)
{
	if (p && n) {
		explicit_bzero(p, n);
	}
}

void mem_free_secret(char *s)
{
	if (s) {
		mem_wipe(s, strlen(s));
	}
	free(s);
}

bool mem_equal_secret(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *x = a;
	const volatile unsigned char *y = b;
	unsigned char difference = 0;
	for (size_t i = 0; i < n; i++) {
		difference = (unsigned char)(difference | (x[i] ^ y[i]));
	}
	return difference == 0;
}
