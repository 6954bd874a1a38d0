/* SPDX-License-Identifier: Apache-2.0
 * Threads and the monitors that guard what they share. Who needs more of pthreads asks for it here. */
#pragma once

#include "base/result.h"

#include <pthread.h>
#include <stdint.h>

struct thread;

/**
 * Start a thread; all signals are blocked in it. End with thread_join().
 *
 * name   shown by the system, at most 15 bytes
 * nice   how much it gives way to other threads: 0 as the process, 19 most
 *
 * RC_IO there is no room for one
 */
MUST_USE enum rc thread_start(struct thread **ret, const char *name, int nice, void (*run)(void *context),
			      void *context, struct err *reterr);
/** Wait for its end, at most timeout_ms [ms], and free it. False: it still runs, and goes on to.
 * Accepts NULL. */
bool thread_join(struct thread *thread, uint32_t timeout_ms);

/** A lock, and a way to wait for what it guards to change. */
struct monitor {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

/** Make it ready; nobody is inside. */
void monitor_init(struct monitor *monitor);
/** Release it; nobody is inside, or ever will be. */
void monitor_fini(struct monitor *monitor);
/** Be the only one inside, once nobody else is; not entered twice by one thread. */
void monitor_enter(struct monitor *monitor);
/** Let others in. */
void monitor_leave(struct monitor *monitor);
/** Inside: wait until somebody tells of a change; it may also come back without one. */
void monitor_wait(struct monitor *monitor);
/** Inside: tell everybody who waits. */
void monitor_tell(struct monitor *monitor);

/** A lock that many readers may hold at once, or one writer. */
struct shared_lock {
	pthread_rwlock_t lock;
};

/** Make it ready; nobody holds it. */
void shared_lock_init(struct shared_lock *lock);
/** Release what it takes; nobody holds it, or ever will. */
void shared_lock_fini(struct shared_lock *lock);
/** Hold it with other readers; not twice by one thread. */
void shared_lock_read(struct shared_lock *lock);
/** Hold it alone. */
void shared_lock_write(struct shared_lock *lock);
/** Hold it no longer. */
void shared_lock_release(struct shared_lock *lock);
