/* SPDX-License-Identifier: Apache-2.0
 * What one change publishes: collected by whoever makes the change, applied by the writer. */
#pragma once

#include "registry/record.h"

/**
 * Records put and deleted, in memory alone; or, begun by registry_writer_start_rebuild(), a whole new content
 * on its way into a new base file. Either is filled in by one thread at a time, any one, without the writer;
 * then it is handed to the writer's owner for registry_writer_apply(). Which generations move follows from
 * the kinds: anchors and lists move `trust`, settings both, everything else `identity`.
 */
struct registry_batch;

/** Key of the record that says of which state of the store this is (kind REGISTRY_SETTING, no tenant). */
#define REGISTRY_STAMP_KEY "store"

/** An empty one, for what is appended to what is published. At most 64 MiB; a rebuild is not bound by it. */
struct registry_batch *registry_batch_new(void);
/** Drop it, and a rebuild's file when it was not applied; accepts NULL. */
void registry_batch_free(struct registry_batch *batch);
DEFINE_CLEANUP(struct registry_batch, registry_batch_free);

/** Add or replace a record; `version` is given by the writer. The last put of a key counts.
 * RC_INVALID a part is too long (err->field), RC_LIMIT the batch is full; a rebuild: RC_IO.
 * Then the whole batch has to be dropped. */
MUST_USE enum rc registry_batch_put(struct registry_batch *batch, const struct registry_record *record,
				    struct err *reterr);
/** Delete a record; none there is no error. As registry_batch_put(). */
MUST_USE enum rc registry_batch_delete(struct registry_batch *batch, enum registry_kind kind,
				       struct str tenant, struct str key, struct err *reterr);
/** Put the stamp: part of every change and of every rebuild; moves no generation. As registry_batch_put(). */
MUST_USE enum rc registry_batch_stamp(struct registry_batch *batch, struct str stamp, struct err *reterr);

/** Whether nothing was put nor deleted since it was made; of a rebuild never. */
bool registry_batch_is_empty(const struct registry_batch *batch);
/** Whether anything in it moves the generation of identity; a stamp alone does not. */
bool registry_batch_moves_identity(const struct registry_batch *batch);

/**
 * The last record was put. A rebuild writes its index and is synced (for a million keys that takes seconds);
 * for others there is nothing to do. registry_writer_apply() does it where this was not called.
 * RC_IO, and the batch has to be dropped.
 */
MUST_USE enum rc registry_batch_finish(struct registry_batch *batch, struct err *reterr);
