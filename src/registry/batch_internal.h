/* SPDX-License-Identifier: Apache-2.0
 * What a batch is made of, for the writer. */
#pragma once

#include "base/buf.h"
#include "registry/batch.h"

struct registry_builder;

/** Move when trust, or anything else, was changed; compared by readers, never taken back. */
struct registry_generations {
	uint64_t trust, identity;
};

struct registry_batch {
	struct buf entries; /* as they are appended to the delta, but for their version */
	bool trust, identity;
	/* Of a rebuild; zero otherwise. */
	uint64_t number;                  /* of the base file, reserved by the writer */
	struct registry_generations will; /* what the base bears, reserved too */
	int dirfd;                        /* its own, for it may outlive the writer */
	struct registry_builder *builder; /* NULL once finished */
	uint64_t size;                    /* of the base, once finished [bytes] */
	bool applied;                     /* the file belongs to the writer */
};

/** The version of records that are published with these generations:
 * both only grow, and each change moves one. */
static inline uint64_t registry_version_of(const struct registry_generations *generations)
{
	return generations->trust + generations->identity;
}

/** A rebuild. RC_IO. */
MUST_USE enum rc registry_batch_new_rebuild(struct registry_batch **ret, int dirfd, uint64_t number,
					    const struct registry_generations *will, struct err *reterr);
