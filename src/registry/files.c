/* SPDX-License-Identifier: Apache-2.0
 * The files of a registry's folder, told apart by their names. */
#include "registry/files.h"

#include "base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* Numbers have 28 bits in the control page (control.h). */
#define MAX_NUMBER (UINT32_MAX >> 4)

const char *registry_base_name(uint64_t number, char out[REGISTRY_NAME_SIZE])
{
	(void)snprintf(out, REGISTRY_NAME_SIZE, "base-%llu", (unsigned long long)number);
	return out;
}

const char *registry_delta_name(uint64_t number, char out[REGISTRY_NAME_SIZE])
{
	(void)snprintf(out, REGISTRY_NAME_SIZE, "delta-%llu", (unsigned long long)number);
	return out;
}

/* The number behind a prefix, up to a '.', or 0. */
static uint64_t number_behind(struct str name, struct str prefix)
{
	uint64_t number = 0;
	if (!str_starts_with(name, prefix)) {
		return 0;
	}
	name = str_skip(name, prefix.n);
	return str_parse_uint(str_first(name, str_find(name, '.')), MAX_NUMBER, &number) == RC_OK ? number
												  : 0;
}

static uint64_t number_of(struct str name)
{
	uint64_t number = number_behind(name, STR("base-"));
	return number ? number : number_behind(name, STR("delta-"));
}

typedef void (*each_fn)(void *context, int dirfd, struct str name);

static void each_file(int dirfd, each_fn fn, void *context)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (!folder) {
		if (fd >= 0) {
			(void)close(fd);
		}
		return;
	}
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		fn(context, dirfd, str_of(entry->d_name));
	}
	(void)closedir(folder);
}

static void note_highest(void *context, int dirfd, struct str name)
{
	uint64_t *highest = context;
	uint64_t number = number_of(name);
	*highest = number > *highest ? number : *highest;
}

uint64_t registry_files_highest(int dirfd)
{
	uint64_t highest = 0;
	each_file(dirfd, note_highest, &highest);
	return highest;
}

static void delete_other(void *context, int dirfd, struct str name)
{
	uint64_t number = number_of(name);
	if (number && number != *(const uint64_t *)context) {
		(void)unlinkat(dirfd, name.p, 0);
	}
}

void registry_files_keep(int dirfd, uint64_t number)
{
	each_file(dirfd, delete_other, &number);
}

struct found {
	uint64_t *numbers;
	size_t n, max;
};

/* Put in its place; what falls off the end is the lowest. */
static void note_base(void *context, int dirfd, struct str name)
{
	struct found *found = context;
	uint64_t number = number_behind(name, STR("base-"));
	if (!number || str_find(name, '.') < name.n) {
		return;
	}
	for (size_t i = 0; i < found->n; i++) {
		uint64_t other = found->numbers[i];
		if (number > other) {
			found->numbers[i] = number;
			number = other;
		}
	}
	if (found->n < found->max) {
		found->numbers[found->n++] = number;
	}
}

size_t registry_files_bases(int dirfd, uint64_t *ret_numbers, size_t max)
{
	struct found found = { .numbers = ret_numbers, .max = max };
	each_file(dirfd, note_base, &found);
	return found.n;
}
