/* SPDX-License-Identifier: Apache-2.0
 * Use cases as values: started on the loop, done by a clerk, with what they need made by helpers in
 * between. */
#pragma once

#include "helper/job.h"
#include "service/work/clerk.h"

struct metrics;

/** A use case. The table or the file that declares it is the only place that knows how it is done. */
struct use_case {
	const char *name; /* "service-key.create": in logs, and later in metrics and audit */
	enum clerk_kind clerk;
	clerk_run_fn run;
};

/** All works of one manager, and the helpers they need. */
struct works;
/** One use case at work. */
struct work;

/**
 * Be ready for work. Free with works_free() after clerks_stop().
 *
 * clerks   who do it; borrowed
 * jobs     helpers; borrowed
 * metrics  METRIC_JOBS_TOTAL is counted there; borrowed, may be NULL
 */
struct works *works_new(struct loop *loop, struct clerks *clerks, struct job_pool *jobs,
			struct metrics *metrics);
/** End what waits for a helper or for messages, telling drop; free. Accepts NULL. */
void works_free(struct works *works);

/** Take over some of the messages that gateways have written, now and then.
 * False: the last time failed, which is logged. */
bool works_take_messages(struct works *works);

/**
 * Start a use case.
 *
 * use_case  borrowed until its end
 * actor     who asks; borrowed until its end
 * subject   what it is about: the work's own until done or drop
 * done      told on the loop when it was done: what it changed is in force
 * drop      told in its place after work_leave() or at the end of the process, once the subject is free
 * ret       may be NULL; lives until done or drop
 *
 * RC_LIMIT too much waits: neither is told
 */
MUST_USE enum rc work_start(struct works *works, const struct use_case *use_case, const struct actor *actor,
			    void *subject, clerk_done_fn done, clerk_done_fn drop, struct work **ret,
			    struct err *reterr);
/**
 * Nobody waits for it any more. A helper is ended, what has not begun never will;
 * what a clerk is at goes on to its end. A change is whole or nothing. drop is called, at once or then.
 * Accepts NULL.
 */
void work_leave(struct work *work);

/** What was asked of a helper is there: answer, borrowed, or, where it is NULL, err.
 * On a clerk, with its session. */
typedef void (*need_done_fn)(struct session *session, void *context, const struct value *answer,
			     const struct err *err);

/**
 * In run, or in a done of this kind, as the last thing: let a helper make something, then go on with done.
 * The clerk is free meanwhile, and the session may be another then. One thing at a time.
 *
 * limits  NULL takes the kind's own; copied
 *
 * err of done is the job's own; RC_TIMEOUT; RC_IO it died; RC_AWAY too many wait
 */
void work_need(struct session *session, enum job_kind kind, struct value *take_request,
	       const struct job_limits *limits, need_done_fn done, void *context);
/**
 * The same, for the messages that gateways have written down:
 * done once those of before are in the store, or with err where the clerk that changes is held up by
 * something else (RC_AWAY). At once, where there are none.
 */
void work_need_messages(struct session *session, need_done_fn done, void *context);
