/* SPDX-License-Identifier: Apache-2.0
 * What the writer is made of; for writer.c, which publishes, and resume.c, which opens and goes on. */
#pragma once

#include "registry/batch_internal.h"
#include "registry/compaction.h"
#include "registry/control.h"
#include "registry/reader.h"
#include "registry/writer.h"

struct registry_writer {
	int dirfd;
	struct registry_control *control;
	uint64_t number;       /* of the base in force; 0 before the first commit */
	uint64_t highest;      /* number of any file seen */
	uint64_t base_size;    /* [bytes] */
	uint64_t delta_length; /* [bytes] published */
	int delta;             /* descriptor, -1 when there is none */
	struct registry_generations now;
	bool behind;      /* what is published lacks something: until a rebuild is applied, nothing else is */
	uint64_t rebuild; /* number of the base file of the one that was started last; 0 when there is none */
	struct registry_compaction compaction;
	/* what was whole when it was opened, until it is known what becomes of it */
	struct registry_reader *found;
	struct err why_none; /* where that is NULL */
	unsigned compact_percent;
	uint64_t compact_bytes;
};

/** Tell readers where the content ends: one store. */
void registry_writer_set_position(struct registry_writer *writer, uint64_t base, uint64_t delta_length);
