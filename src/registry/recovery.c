/* SPDX-License-Identifier: Apache-2.0
 * What of a registry's folder is whole, after whatever ended the writer or the machine. */
#include "registry/recovery.h"

#include "base/memory.h"
#include "registry/batch_internal.h"
#include "registry/files.h"

/* There are two when a writer was killed after it had made one and before it had deleted the other. */
#define MAX_BASES 8

static uint64_t version_of(const struct registry_reader *reader)
{
	const struct registry_generations generations = { registry_trust_generation(reader),
							  registry_identity_generation(reader) };
	return registry_version_of(&generations);
}

enum rc registry_recover(int dirfd, struct registry_reader **ret, struct err *reterr)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *best = NULL;
	uint64_t numbers[MAX_BASES];
	size_t n = registry_files_bases(dirfd, numbers, ARRAY_SIZE(numbers));
	enum rc rc = err_set(reterr, RC_AGAIN, "No registry is published yet.");
	for (size_t i = 0; i < n; i++) {
		AUTO(registry_reader_close_cleanup) struct registry_reader *reader = NULL;
		struct err err = { 0 };
		enum rc one = registry_reader_open_whole(&reader, dirfd, numbers[i], &err);
		if (one != RC_OK && !best) {
			rc = one;
			if (reterr) {
				*reterr = err;
			}
		} else if (one == RC_OK && (!best || version_of(reader) > version_of(best))) {
			registry_reader_close(best);
			best = TAKE(reader);
		}
	}
	if (!best) {
		return rc;
	}
	*ret = TAKE(best);
	return RC_OK;
}
