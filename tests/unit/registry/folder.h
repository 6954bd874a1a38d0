/* SPDX-License-Identifier: Apache-2.0
 * A folder of its own for one test, removed at its end. */
#pragma once

#include "base/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char path[64];
	int fd;
};

static inline struct folder folder_make(void)
{
	struct folder f = { .path = "/tmp/postern-test-XXXXXX" };
	assert_non_null(mkdtemp(f.path));
	f.fd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f.fd >= 0);
	return f;
}

static inline unsigned folder_count(const struct folder *f)
{
	unsigned n = 0;
	DIR *dir = opendir(f->path);
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		n += e->d_name[0] != '.';
	}
	(void)closedir(dir);
	return n;
}

static inline void folder_remove(struct folder *f)
{
	DIR *dir = opendir(f->path);
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		(void)unlinkat(f->fd, e->d_name, 0);
	}
	(void)closedir(dir);
	(void)close(f->fd);
	(void)rmdir(f->path);
}
