/* SPDX-License-Identifier: Apache-2.0
 * The manager's side of the registry: records become files that the gateways read. */
#pragma once

#include "registry/record.h"

struct registry_writer;

/**
 * Open the registry in a folder, made when it is not there (0700). What was published before stays in force until the
 * first commit. One writer a folder; the state folder's lock sees to that.
 *
 * dir  path of STATE/registry
 *
 * RC_IO cannot be made or written.
 */
MUST_USE enum rc registry_writer_open(struct registry_writer **ret, const char *dir, struct err *reterr);
/** Close; accepts NULL. What is published stays. */
void registry_writer_close(struct registry_writer *writer);
DEFINE_CLEANUP(struct registry_writer, registry_writer_close);

/** Key of the record that says of which state of the store this is (kind REGISTRY_SETTING, no tenant). */
#define REGISTRY_STAMP_KEY "store"

/**
 * Go on with what is published, without a rebuild; called at most once, right after opening.
 *
 * stamp  of the store as it is now
 *
 * RC_CONFLICT it bears another stamp; RC_AGAIN, RC_INVALID nothing is published, or it is damaged; RC_IO. Then a rebuild has to
 * follow, as without this call.
 */
MUST_USE enum rc registry_writer_resume(struct registry_writer *writer, struct str stamp, struct err *reterr);
/** Put the stamp, in force with the next commit: part of every change and of every rebuild. */
MUST_USE enum rc registry_writer_stamp(struct registry_writer *writer, struct str stamp, struct err *reterr);

/**
 * Start from nothing: the records put until the next commit become the whole content, as a new base. The manager does so
 * at its start, from the store; a writer that was just opened has to. RC_IO.
 */
MUST_USE enum rc registry_writer_begin_rebuild(struct registry_writer *writer, struct err *reterr);

/** Add or replace a record, in force with the next commit; `version` is given by the writer. The last put of a key counts.
 * RC_INVALID a part is too long, RC_IO. */
MUST_USE enum rc registry_writer_put(struct registry_writer *writer, const struct registry_record *record,
				     struct err *reterr);
/** Delete a record, in force with the next commit; none there is no error. RC_INVALID, RC_IO. */
MUST_USE enum rc registry_writer_delete(struct registry_writer *writer, enum registry_kind kind,
					struct str tenant, struct str key, struct err *reterr);

/**
 * Publish what was put and deleted since the last commit, all of it at once. When this returns, the next
 * registry_refresh() of any reader sees it. When the delta has grown too long, a process of its own begins to write a new base;
 * registry_writer_settle() takes it over.
 *
 * trust_changed     anchors or revocation lists are among it: readers drop what they concluded from them
 * identity_changed  credentials, instances, endpoints, keys of any kind are among it
 *
 * RC_IO nothing is published; the changes stay pending (registry_writer_rollback() drops them), a rebuild is dropped
 */
MUST_USE enum rc registry_writer_commit(struct registry_writer *writer, bool trust_changed,
					bool identity_changed, struct err *reterr);
/** Drop what was put and deleted since the last commit, or a rebuild that was begun. */
void registry_writer_rollback(struct registry_writer *writer);

/**
 * Take over the base that a compaction has made; to be called now and then, not amid a change.
 *
 * wait  until it is made, for tests
 *
 * RC_OK there was none, or it was taken over; RC_AGAIN it is still being made; RC_IO it failed, and is tried again by a later commit
 */
MUST_USE enum rc registry_writer_settle(struct registry_writer *writer, bool wait, struct err *reterr);

/** When the delta reaches this much of the base, or so many [bytes], a commit writes a new base; for tests. */
void registry_writer_set_compaction(struct registry_writer *writer, unsigned percent, uint64_t bytes);
