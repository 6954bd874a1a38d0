/* SPDX-License-Identifier: Apache-2.0
 * One change: a transaction of the store and what of it is published, both or neither. */
#pragma once

#include "service/core/service.h"

/** What is done once a change is durable, by the session that made it; cannot fail any more. */
typedef void (*change_done_fn)(struct session *session, void *context);

/** Most that one change may have of it. */
#define CHANGE_DONE_MAX 4

/** A change under way; zeroed when there is none. */
struct change {
	struct session *session;
	struct store_transaction transaction;
	struct registry_batch *batch; /* what is published of it; NULL while there is nothing */
	bool is_local;                /* gateways judge nothing by it */
	int64_t number;               /* given at its commit, one more than that of the change before */
	struct change_done {
		change_done_fn fn;
		void *context;
	} done[CHANGE_DONE_MAX];
	size_t n_done;
};

/** Begin. A registry that has fallen behind the store is rebuilt first. RC_STORE, RC_IO, RC_AWAY. */
MUST_USE enum rc change_begin(struct change *ret, struct session *session, struct err *reterr);
/** The same for what is the manager's own: however the registry stands. Nothing of it may be published.
 * RC_STORE, RC_AWAY. */
MUST_USE enum rc change_begin_local(struct change *ret, struct session *session, struct err *reterr);
/** Where what is published of it goes; borrowed. */
struct registry_batch *change_batch(struct change *change);
/** Put the stamp of the store as it is now into what is published of the change. RC_STORE, RC_IO. */
MUST_USE enum rc change_stamp(struct change *change, struct err *reterr);
/** Have something done once it is durable, before it is acknowledged, in the order of these calls;
 * context is borrowed until then. */
void change_when_done(struct change *change, change_done_fn fn, void *context);
/**
 * Make it durable, give it its number, do what is to be done then, and publish:
 * when this returns it holds at the next request.
 * RC_STORE nothing has happened. RC_IO it is stored but not published;
 * that is made up for before the next change.
 */
MUST_USE enum rc change_commit(struct change *change, struct err *reterr);
/** What change_commit() does once it is durable, for a rebuild, which has no transaction:
 * memories forget, what is to be done is done. */
void change_note_committed(struct change *change);
/** Undo what was not committed; for AUTO. */
void change_end(struct change *change);
#define AUTO_CHANGE AUTO(change_end) struct change
