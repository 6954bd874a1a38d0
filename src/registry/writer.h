/* SPDX-License-Identifier: Apache-2.0
 * The manager's side of the registry: records become files that the gateways read. */
#pragma once

#include "registry/batch.h"

struct registry_writer;

/**
 * Open the registry in a folder, made when it is not there (0700).
 * What was published before stays in force until the first commit.
 * One writer a folder; the state folder's lock sees to that.
 *
 * dir  path of STATE/registry
 *
 * RC_IO cannot be made or written.
 */
MUST_USE enum rc registry_writer_open(struct registry_writer **ret, const char *dir, struct err *reterr);
/** Close; accepts NULL. What is published stays. */
void registry_writer_close(struct registry_writer *writer);
DEFINE_CLEANUP(struct registry_writer, registry_writer_close);

/**
 * Go on with what was published, without a rebuild; called at most once, right after opening.
 * The newest whole state in the folder is meant, and what is not whole behind it is cut off: a writer may
 * have been killed, or power lost, at any moment before.
 *
 * stamp      of the store as it is now
 * ret_found  the stamp that is published is appended, also on RC_CONFLICT; may be NULL
 *
 * RC_CONFLICT it bears another stamp; RC_AGAIN, RC_INVALID nothing is published, or it is damaged; RC_IO.
 * Then a rebuild has to follow, as without this call.
 */
MUST_USE enum rc registry_writer_resume(struct registry_writer *writer, struct str stamp,
					struct buf *ret_found, struct err *reterr);

/**
 * Start from nothing: what is put into the batch becomes the whole content, as a new base.
 * The manager does so at its start, from the store; a writer that was just opened has to, unless it resumes.
 * What is published stays in force until the batch is applied, and nothing else is applied until then; of
 * several that were started only the last is. A compaction under way is given up.
 *
 * ret  owned; to be filled in by any thread
 *
 * RC_IO.
 */
MUST_USE enum rc registry_writer_start_rebuild(struct registry_writer *writer, struct registry_batch **ret,
					       struct err *reterr);

/**
 * Publish a batch, all of it at once. When this returns, the next registry_refresh() of any reader sees it.
 * Records get a version that no record of their key had before.
 * When the delta has grown too long, a process of its own begins to write a new base;
 * registry_writer_settle() takes it over. The batch stays the caller's, to be freed.
 *
 * RC_OK also for an empty one, which does nothing; RC_IO nothing is published, and a rebuild has to come
 * before any other batch; RC_LIMIT it was too large, nothing happened;
 * RC_BUG a rebuild that is not the last one started
 */
MUST_USE enum rc registry_writer_apply(struct registry_writer *writer, struct registry_batch *batch,
				       struct err *reterr);

/**
 * Take over the base that a compaction has made; to be called now and then, not amid a change.
 *
 * wait  until it is made, for tests
 *
 * RC_OK there was none, or it was taken over; RC_AGAIN it is still being made;
 * RC_IO it failed, and is tried again by a later commit
 */
MUST_USE enum rc registry_writer_settle(struct registry_writer *writer, bool wait, struct err *reterr);

/** When the delta reaches this much of the base, or so many [bytes], a commit writes a new base;
 * for tests. */
void registry_writer_set_compaction(struct registry_writer *writer, unsigned percent, uint64_t bytes);
