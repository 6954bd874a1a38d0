/* SPDX-License-Identifier: Apache-2.0
 * Clerks: threads that do use cases while the manager's loop goes on. Each has a session of its own. */
#pragma once

#include "os/loop.h"
#include "service/core/service.h"

/** Who does it. */
enum clerk_kind {
	/* the only one who writes: one thread, so changes are in the order in which they were asked for */
	CLERK_CHANGE,
	/* reads what was committed: a few threads, each with a snapshot for the time of one use case */
	CLERK_READ,
	/* derives from passwords, which takes a while: others, so that reading does not wait for it */
	CLERK_DERIVE,
	CLERK_KINDS
};

/** Most that may wait for the clerks of one kind. */
#define CLERK_WAITING_MAX 1024

struct clerks;
struct clerk_work;

/** Does the work, on the clerk's thread: the subject is the clerk's alone until done or drop is called. */
typedef void (*clerk_run_fn)(struct session *session, void *subject);
/** Told once, on the loop. */
typedef void (*clerk_done_fn)(void *subject);

/**
 * Start the clerks.
 *
 * loop     is told of the end of each work
 * changing the session that changes, of service_open(); borrowed until clerks_stop()
 *
 * RC_STORE, RC_IO no connection to the store, or no thread
 */
MUST_USE enum rc clerks_new(struct clerks **ret, struct loop *loop, struct session *changing,
			    struct err *reterr);
/**
 * Let nothing begin any more and wait for what runs, at most timeout_ms [ms].
 * Of what waits drop is called, of what has ended meanwhile done.
 * False: a clerk is still at work, on a disk that does not answer, say:
 * then nothing may be freed, the process has to end, and of what was not committed nothing has happened.
 * May be called again.
 */
MUST_USE bool clerks_stop(struct clerks *clerks, uint32_t timeout_ms);
/** Free what was stopped; accepts NULL. */
void clerks_free(struct clerks *clerks);

/**
 * Let a clerk do something.
 *
 * actor    who asks; borrowed until the end
 * subject  what it is about; the clerk's until the end
 * done     told when it was done. What it changed is in force then.
 * drop     told in place of done, once the subject is free, where clerk_leave() or clerks_stop() came first
 * ret      may be NULL; lives until done or drop is called
 *
 * RC_LIMIT too much waits: neither is told
 */
MUST_USE enum rc clerk_start(struct clerks *clerks, enum clerk_kind kind, const struct actor *actor,
			     clerk_run_fn run, clerk_done_fn done, clerk_done_fn drop, void *subject,
			     struct clerk_work **ret, struct err *reterr);
/**
 * Nobody waits for it any more. What has not begun never will, and drop is called at once;
 * what runs goes on to its end, a change is then either whole or not at all, and drop is called after it.
 */
void clerk_leave(struct clerk_work *work);
/** How many wait for the clerks of a kind. */
size_t clerks_waiting(struct clerks *clerks, enum clerk_kind kind);
