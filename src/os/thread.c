/* SPDX-License-Identifier: Apache-2.0
 * Threads and the monitors that guard what they share. */
#include "os/thread.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* A use case parses JSON of 48 MiB and walks certificate chains; nothing of it recurses deeply. */
#define STACK_BYTES ((size_t)2 * 1024 * 1024)

struct thread {
	pthread_t id;
	char name[16];
	int nice;
	void (*run)(void *context);
	void *context;
	struct monitor monitor; /* guards what follows */
	bool ended;
};

static void *thread_main(void *argument)
{
	struct thread *thread = argument;
	(void)pthread_setname_np(pthread_self(), thread->name);
	/* = setpriority(2), NOTES: on Linux the nice value is a thread's own. */
	if (thread->nice > 0) {
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), thread->nice);
	}
	thread->run(thread->context);
	monitor_enter(&thread->monitor);
	thread->ended = true;
	monitor_tell(&thread->monitor);
	monitor_leave(&thread->monitor);
	return NULL;
}

static int thread_create(struct thread *thread)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	/* Signals are the loop's: a thread inherits the mask of its maker. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int native = pthread_create(&thread->id, &attributes, thread_main, thread);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return native;
}

enum rc thread_start(struct thread **ret, const char *name, int nice, void (*run)(void *context),
		     void *context, struct err *reterr)
{
	struct thread *thread = mem_alloc(sizeof(*thread));
	(void)snprintf(thread->name, sizeof(thread->name), "%s", name);
	thread->nice = nice;
	thread->run = run;
	thread->context = context;
	monitor_init(&thread->monitor);
	int native = thread_create(thread);
	if (native != 0) {
		monitor_fini(&thread->monitor);
		mem_free(thread);
		errno = native;
		return err_errno(reterr, "A thread cannot be started");
	}
	*ret = thread;
	return RC_OK;
}

/* Wait for what it does to end; what is left of it then takes no time. */
static bool thread_ended(struct thread *thread, struct mono due)
{
	const struct timespec until = { .tv_sec = due.us / US_PER_SECOND,
					.tv_nsec = due.us % US_PER_SECOND * 1000 };
	struct monitor *monitor = &thread->monitor;
	int native = 0;
	monitor_enter(monitor);
	while (!thread->ended && native == 0) {
		native = pthread_cond_clockwait(&monitor->changed, &monitor->mutex, CLOCK_MONOTONIC, &until);
	}
	bool ended = thread->ended;
	monitor_leave(monitor);
	return ended;
}

/* Not pthread_clockjoin_np(), which ThreadSanitizer does not know:
 * to it nothing before it would come before what follows. */
bool thread_join(struct thread *thread, uint32_t timeout_ms)
{
	if (!thread) {
		return true;
	}
	if (!thread_ended(thread, mono_after_ms(mono_now(), timeout_ms))) {
		return false;
	}
	ASSERT(pthread_join(thread->id, NULL) == 0);
	monitor_fini(&thread->monitor);
	mem_free(thread);
	return true;
}

void monitor_init(struct monitor *monitor)
{
	ASSERT(pthread_mutex_init(&monitor->mutex, NULL) == 0);
	ASSERT(pthread_cond_init(&monitor->changed, NULL) == 0);
}

void monitor_fini(struct monitor *monitor)
{
	(void)pthread_cond_destroy(&monitor->changed);
	(void)pthread_mutex_destroy(&monitor->mutex);
}

void monitor_enter(struct monitor *monitor)
{
	ASSERT(pthread_mutex_lock(&monitor->mutex) == 0);
}

void monitor_leave(struct monitor *monitor)
{
	ASSERT(pthread_mutex_unlock(&monitor->mutex) == 0);
}

void monitor_wait(struct monitor *monitor)
{
	ASSERT(pthread_cond_wait(&monitor->changed, &monitor->mutex) == 0);
}

void monitor_tell(struct monitor *monitor)
{
	ASSERT(pthread_cond_broadcast(&monitor->changed) == 0);
}

void shared_lock_init(struct shared_lock *lock)
{
	ASSERT(pthread_rwlock_init(&lock->lock, NULL) == 0);
}

void shared_lock_fini(struct shared_lock *lock)
{
	(void)pthread_rwlock_destroy(&lock->lock);
}

void shared_lock_read(struct shared_lock *lock)
{
	ASSERT(pthread_rwlock_rdlock(&lock->lock) == 0);
}

void shared_lock_write(struct shared_lock *lock)
{
	ASSERT(pthread_rwlock_wrlock(&lock->lock) == 0);
}

void shared_lock_release(struct shared_lock *lock)
{
	ASSERT(pthread_rwlock_unlock(&lock->lock) == 0);
}
