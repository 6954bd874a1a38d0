/* SPDX-License-Identifier: Apache-2.0
 * The clock of a server that a test moves: the system's, and what a page that the test writes adds to it.
 * Linked in the place of src/base/clock.c into a program of its own, so that what is shipped has no such
 * thing. */
#include "base/clock.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* As tests/lib/clock.py writes it; microseconds that are added. */
struct page {
	_Atomic int64_t wall, mono;
};
static struct page still;
static const struct page *page = &still;

/* Before main(), for a sandbox opens no files any more. Every process of the server comes by here, helpers
 * too. */
__attribute__((constructor)) static void open_page(void)
{
	const char *path = getenv("POSTERN_CLOCK_PAGE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *mapped = fd >= 0 ? mmap(NULL, sizeof(struct page), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (mapped == MAP_FAILED) {
		(void)fprintf(stderr, "POSTERN_CLOCK_PAGE names no page\n");
		_exit(2);
	}
	(void)close(fd);
	page = mapped;
}

static int64_t now(clockid_t clock, const _Atomic int64_t *moved)
{
	struct timespec ts;
	(void)clock_gettime(clock, &ts);
	return ts.tv_sec * US_PER_SECOND + ts.tv_nsec / 1000 +
	       atomic_load_explicit(moved, memory_order_relaxed);
}

struct wall wall_now(void)
{
	return (struct wall){ now(CLOCK_REALTIME, &page->wall) };
}

struct mono mono_now(void)
{
	return (struct mono){ now(CLOCK_MONOTONIC, &page->mono) };
}
