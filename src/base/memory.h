/* SPDX-License-Identifier: Apache-2.0
 * Memory: small allocations never fail, sizes from outside may be refused, secrets are wiped. */
#pragma once

#include "base/result.h"

#include <stddef.h>

/** For a process that frees and allocates the same amounts all the time:
 * up to size [bytes] at the end of the heap are not given back to the system, so that they need not be
 * faulted in again. */
void mem_keep_freed(size_t size);

/** Allocate size [bytes], zeroed. Never NULL: the process ends when there is no memory. */
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));

/** Allocate count × size [bytes], zeroed, overflow checked. Never NULL. */
void *mem_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/** Grow an array that mem_alloc() made to count × size [bytes]; new bytes are not zeroed. Never NULL. */
void *mem_resize(void *p, size_t count, size_t size) __attribute__((returns_nonnull));

/** Allocate size [bytes] asked for by an outsider. NULL when above max [bytes] or out of memory. */
MUST_USE void *mem_try(size_t size, size_t max);

/** Grow what mem_alloc(), mem_try() or this made (or NULL) to size [bytes]; new bytes are not zeroed.
 * NULL when out of memory: p is as it was. */
MUST_USE void *mem_try_resize(void *p, size_t size);

/** Lay size [bytes] aside. The first small allocation that finds no memory gets them back, and until they are
 * laid aside anew whatever mem_try() and mem_try_resize() are asked for is refused: an outsider's bytes may
 * fill the memory, not end the process. */
void mem_lay_aside(size_t size);

/** For tests: the n-th call of mem_try() or mem_try_resize() from now on is refused, once; 0: none is. */
void mem_refuse(unsigned n);

/** Owned copy of n bytes. Never NULL (one byte is allocated for n = 0). */
void *mem_dup(const void *p, size_t n) __attribute__((returns_nonnull));

/** Owned copy of a C string; NULL gives NULL. */
char *mem_strdup(const char *s);

/** Owned formatted C string. Never NULL. */
char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1, 2) __attribute__((returns_nonnull));

/** Free; accepts NULL. */
void mem_free(void *p);

/** Overwrite n bytes so that the compiler cannot leave it out. */
void mem_wipe(void *p, size_t n);

/** Wipe a C string, then free it; accepts NULL. */
void mem_free_secret(char *s);

/** Compare n bytes in time that depends on n alone. */
bool mem_equal_secret(const void *a, const void *b, size_t n);

static inline void mem_free_cleanup(void *p)
{
	mem_free(*(void **)p);
}
static inline void mem_free_secret_cleanup(char **p)
{
	mem_free_secret(*p);
}

/** Local pointer freed at the end of its scope: AUTO_FREE char *name = ...; */
#define AUTO_FREE AUTO(mem_free_cleanup)
#define AUTO_FREE_SECRET AUTO(mem_free_secret_cleanup)
