/* SPDX-License-Identifier: Apache-2.0
 * One thread's events: descriptors, timers, signals and what is put off to the end of the turn. */
#pragma once

#include "base/clock.h"
#include "base/result.h"

struct loop;
struct loop_watch;
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef void (*loop_io_fn)(void *context, unsigned ready);
typedef void (*loop_timer_fn)(void *context);
typedef void (*loop_defer_fn)(void *object);

/** Make a loop; one a thread. Free with loop_free() after everything that was registered with it. */
MUST_USE enum rc loop_new(struct loop **ret, struct err *reterr);
/** Free the loop; runs what was deferred. Watches and timers must be freed before. Accepts NULL. */
void loop_free(struct loop *loop);
DEFINE_CLEANUP(struct loop, loop_free);

/** Serve events until loop_stop(). RC_IO when the kernel refuses. */
MUST_USE enum rc loop_run(struct loop *loop, struct err *reterr);
/** One turn: wait at most timeout_ms [ms] (-1 for ever), serve what is ready, run what is deferred. */
MUST_USE enum rc loop_turn(struct loop *loop, int timeout_ms, struct err *reterr);
/** Let loop_run() return at the end of this turn. */
void loop_stop(struct loop *loop);
/** The monotonic time at which this turn began. */
struct mono loop_now(const struct loop *loop);

/**
 * Call fn(context, ready) whenever fd is ready for something in interest (LOOP_READ | LOOP_WRITE);
 * level-triggered.
 * An error or a hang-up is told as every interest at once, so that the next read or write finds it.
 *
 * fd  borrowed: open until loop_watch_free()
 */
MUST_USE enum rc loop_watch_new(struct loop_watch **ret, struct loop *loop, int fd, unsigned interest,
				loop_io_fn fn, void *context, struct err *reterr);
/** Change the interest; 0 rests. With 0 a hang-up is not told either. */
void loop_watch_set(struct loop_watch *watch, unsigned interest);
/** End it; may be called in any callback, also its own: fn is not called any more. Accepts NULL. */
void loop_watch_free(struct loop_watch *watch);

/** A timer at rest; its callback runs once each time it was set and came due. */
struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context);
/** (Re)start: due may lie in the past, it then runs in this or the next turn.
 * Moving one later costs nothing. */
void loop_timer_set(struct loop_timer *timer, struct mono due);
/** (Re)start, ms [ms] after the beginning of this turn. */
void loop_timer_set_ms(struct loop_timer *timer, int64_t ms);
/** Rest; harmless when it rests already. */
void loop_timer_stop(struct loop_timer *timer);
/** Free; may be called in any callback, also its own. Accepts NULL. */
void loop_timer_free(struct loop_timer *timer);

/** Call fn(object) at the end of this turn, in order; for freeing what callbacks still stand in. */
void loop_defer(struct loop *loop, loop_defer_fn fn, void *object);

/** Call fn(context) for each signal signo that arrived (merged ones once);
 * the signal is blocked for the process. */
MUST_USE enum rc loop_signal(struct loop *loop, int signo, loop_timer_fn fn, void *context,
			     struct err *reterr);
