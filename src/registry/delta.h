/* SPDX-License-Identifier: Apache-2.0
 * What was published since the base file was written: entries read into memory, with an index of their
 * own. */
#pragma once

#include "registry/record.h"

/** One record of the delta; of several with one key only the last is not superseded. */
struct registry_delta_entry {
	struct registry_record record; /* points into a chunk */
	bool deleted;
	bool superseded;
};

/** No entry, no node. */
#define REGISTRY_DELTA_NONE UINT32_MAX

struct registry_delta_node {
	uint64_t hash;
	uint32_t entry;
	uint32_t next; /* of the same bucket */
};

/** All of a delta. Caller's storage, zeroed at first. */
struct registry_delta {
	char **chunks;
	size_t n_chunks;
	struct registry_delta_entry *entries;
	size_t n_entries, size_entries;
	struct registry_delta_node *nodes;
	size_t n_nodes, size_nodes;
	uint32_t *buckets;
	size_t n_buckets;
	uint64_t trust_generation, identity_generation; /* of the last commit; 0 before */
};

/** Release all; accepts a zeroed one and leaves one. */
void registry_delta_fini(struct registry_delta *delta);

/**
 * Take over further bytes of the file: whole transactions, each with its commit at the end.
 *
 * take_bytes  memory of mem_alloc(), n [bytes]; freed with the delta, also on failure
 *
 * RC_INVALID damaged; the delta may then be half applied: registry_delta_fini() it.
 */
MUST_USE enum rc registry_delta_apply(struct registry_delta *delta, char *take_bytes, size_t n,
				      struct err *reterr);

/** How much of a file's bytes is whole: up to the end of the last commit before which every entry holds
 * [bytes]. */
size_t registry_delta_whole(struct str bytes);

/** The last entry of a key, deletions too; NULL when the delta does not name it. */
const struct registry_delta_entry *registry_delta_get(const struct registry_delta *delta,
						      enum registry_kind kind, struct str tenant,
						      struct str key);
/** The first node of a hash, and the next one; REGISTRY_DELTA_NONE at the end. */
uint32_t registry_delta_first(const struct registry_delta *delta, uint64_t hash);
uint32_t registry_delta_next(const struct registry_delta *delta, uint32_t node, uint64_t hash);
