/* SPDX-License-Identifier: Apache-2.0
 * A disk that a test holds up: preloaded into a server, it lets the store's syncs wait for as long as a page
 * says so. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* As tests/lib/slow_disk.py writes and reads it. */
struct page {
	_Atomic int32_t held;    /* 1: syncs of the store wait */
	_Atomic int32_t waiting; /* how many do at the moment */
};
static struct page quick;
static struct page *page = &quick;

/* Before main(), for a sandbox opens no files any more. */
__attribute__((constructor)) static void open_page(void)
{
	const char *path = getenv("POSTERN_SLOW_DISK");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *mapped = fd >= 0 ? mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
			       : MAP_FAILED;
	if (mapped == MAP_FAILED) {
		(void)fprintf(stderr, "POSTERN_SLOW_DISK names no page\n");
		_exit(2);
	}
	(void)close(fd);
	page = mapped;
}

/* The store's own file and its log; not what registry and journal sync. */
static bool is_store(int fd)
{
	char link[32], path[4096];
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	const char *name = strrchr(path, '/');
	return name && (strcmp(name, "/postern.db") == 0 || strcmp(name, "/postern.db-wal") == 0);
}

static void wait_while_held(int fd)
{
	const struct timespec millisecond = { .tv_nsec = 1000000 };
	if (!atomic_load(&page->held) || !is_store(fd)) {
		return;
	}
	atomic_fetch_add(&page->waiting, 1);
	while (atomic_load(&page->held)) {
		(void)nanosleep(&millisecond, NULL);
	}
	atomic_fetch_sub(&page->waiting, 1);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	wait_while_held(fd);
	return (int)syscall(SYS_fdatasync, fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
	wait_while_held(fd);
	return (int)syscall(SYS_fsync, fd);
}
