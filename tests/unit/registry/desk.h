/* SPDX-License-Identifier: Apache-2.0
 * A writer and the batch that is filled in for it. */
#pragma once

#include "registry/writer.h"

struct desk {
	struct registry_writer *writer;
	struct registry_batch *batch;
};

static inline struct desk desk_open(const char *path)
{
	struct desk d = { .batch = registry_batch_new() };
	assert_int_equal(registry_writer_open(&d.writer, path, NULL), RC_OK);
	return d;
}

static inline void desk_close(struct desk *d)
{
	registry_batch_free(d->batch);
	registry_writer_close(d->writer);
	*d = (struct desk){ 0 };
}

/** What is filled in next is the whole content. */
static inline void desk_rebuild(struct desk *d)
{
	registry_batch_free(d->batch);
	assert_int_equal(registry_writer_start_rebuild(d->writer, &d->batch, NULL), RC_OK);
}

/** Drop what was filled in. */
static inline void desk_clear(struct desk *d)
{
	registry_batch_free(d->batch);
	d->batch = registry_batch_new();
}

/** Publish it. */
static inline void desk_apply(struct desk *d)
{
	assert_int_equal(registry_writer_apply(d->writer, d->batch, NULL), RC_OK);
	desk_clear(d);
}
