/* SPDX-License-Identifier: Apache-2.0
 * A folder for one test, gone after it. */
#pragma once

#include "base/memory.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** Make an empty folder; owned path. */
static inline char *folder_make(void)
{
	char *path = mem_strdup("/tmp/postern-test-XXXXXX");
	ASSERT(mkdtemp(path) != NULL);
	return path;
}

static inline int folder_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

/** Remove it with all in it, and free the path. */
static inline void folder_drop(char *path)
{
	(void)nftw(path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	mem_free(path);
}
