/* SPDX-License-Identifier: Apache-2.0
 * The public keys that were read of destinations' certificates:
 * a helper opens a file once, not for each who asks. */
#pragma once

#include "json/value.h"
#include "service/core/destination_memory.h"

/** Most that are kept, and most bytes of them; the one kept longest goes. */
#define PUBLIC_KEY_MEMORY_FILES 1024
#define PUBLIC_KEY_MEMORY_BYTES ((size_t)16 * 1024 * 1024)
/** One whose answer is larger is read anew each time [bytes]. */
#define PUBLIC_KEY_MEMORY_ANSWER ((size_t)1024 * 1024)

/** Any thread may use one: it has a lock of its own. */
struct public_key_memory;

/** Make an empty one. */
struct public_key_memory *public_key_memory_new(void);
/** Free; accepts NULL. */
void public_key_memory_free(struct public_key_memory *memory);

/**
 * What was read of the file whose row has this etag: another file, or the same one at another place, has
 * another etag.
 *
 * ret  the answer, owned; NULL where the file tells nothing without its password
 *
 * False: it was not read yet, or has gone meanwhile.
 */
bool public_key_memory_find(struct public_key_memory *memory, const char etag[DESTINATION_ETAG_SIZE],
			    struct value **ret);
/** Keep what was read; list NULL: the file tells nothing without its password. Copied. */
void public_key_memory_keep(struct public_key_memory *memory, const char etag[DESTINATION_ETAG_SIZE],
			    const struct value *list);
