/* SPDX-License-Identifier: Apache-2.0
 * What the Destination service keeps, in memory as it stands in the store:
 * Find answers from here, with a store or without. */
#pragma once

#include "store/subaccount/destination.h"

/** A row whose bytes are more than this stays in the store and is read when it is asked for [bytes]. */
#define DESTINATION_MEMORY_ROW_MAX ((size_t)64 * 1024)
/** 64 hex digits and a NUL. */
#define DESTINATION_ETAG_SIZE 65

/** A row that is kept. Secrets are sealed as in the store. */
struct destination_row {
	/* owned; configuration, secrets and renewal are NULL where it is away */
	struct store_destination row;
	char etag[DESTINATION_ETAG_SIZE];
	size_t size; /* of configuration, secrets and renewal [bytes] */
	bool away;   /* too large: only in the store */
};

/** What a row takes [bytes]. */
size_t destination_memory_row_size(const struct store_destination *row);

struct destination_memory;
struct session;

/**
 * The memory, to be read until session_end(): rows found in it stay as they are until then.
 * The session that changes does not hold it, for nobody else puts or removes.
 */
const struct destination_memory *destination_memory_hold(struct session *session);
/** Give back what destination_memory_hold() took, if it was asked; for session_end(). */
void destination_memory_let_go(struct session *session);

/** Read every row of the store. RC_STORE. */
MUST_USE enum rc destination_memory_open(struct destination_memory **ret, struct store *store,
					 struct err *reterr);
/** Free; accepts NULL. */
void destination_memory_free(struct destination_memory *memory);

/** The row with the key of this one, or NULL. Lives as long as the memory is held. */
const struct destination_row *destination_memory_find(const struct destination_memory *memory,
						      const struct store_destination *key);
/**
 * The rows of one level, by name: those with tenant, kind and instance of key. Instance NULL: of every level.
 * Live as long as the memory is held.
 */
const struct destination_row *const *destination_memory_level(const struct destination_memory *memory,
							      const struct store_destination *key,
							      size_t *ret_n);
/** Every row, by key. */
const struct destination_row *const *destination_memory_all(const struct destination_memory *memory,
							    size_t *ret_n);
/** Keep a row that was committed, in the place of the one before; copied. Returns it. */
const struct destination_row *destination_memory_put(struct destination_memory *memory,
						     const struct store_destination *row);
/** Forget a row whose deletion was committed. */
void destination_memory_remove(struct destination_memory *memory, const struct store_destination *key);
/** Forget the rows of an instance (id), or, instance NULL, of the whole subaccount. */
void destination_memory_remove_level(struct destination_memory *memory, const char *tenant,
				     const char *instance);
