/* SPDX-License-Identifier: Apache-2.0
 * An epoll loop: level-triggered readiness, a heap of timers, and a list of what waits for the turn's end. */
#include "os/loop.h"

#include "base/memory.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EVENTS_PER_TURN 128
#define NEVER INT64_MAX

struct loop_watch {
	struct loop *loop;
	int fd;
	unsigned interest;
	bool dead; /* freed at the end of the turn: an event for it may still stand in this turn's list */
	loop_io_fn fn;
	void *context;
};

/* A deadline is moved far more often than it comes: moving it later, or stopping it, leaves the timer where
 * it is in the heap, and what comes too early is put in again. */
struct loop_timer {
	struct loop *loop;
	struct mono due; /* when it is to run; us NEVER rests */
	struct mono key; /* in the heap: at most due */
	size_t place;    /* index in the heap + 1; 0 is out of it */
	loop_timer_fn fn;
	void *context;
};

struct deferred {
	loop_defer_fn fn;
	void *object;
};

struct loop_signal {
	struct loop_signal *next;
	struct loop_watch *watch;
	int fd;
	loop_timer_fn fn;
	void *context;
};

struct loop {
	int epoll;
	bool stopped;
	struct mono now;
	struct loop_timer **heap; /* earliest first */
	size_t n_heap, size_heap;
	struct deferred *deferred;
	size_t n_deferred, size_deferred;
	struct loop_signal *signals;
};

enum rc loop_new(struct loop **ret, struct err *reterr)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0) {
		return err_errno(reterr, "cannot make an epoll descriptor");
	}
	struct loop *loop = mem_alloc(sizeof(*loop));
	loop->epoll = epoll;
	loop->now = mono_now();
	*ret = loop;
	return RC_OK;
}

static void run_deferred(struct loop *loop)
{
	/* What is deferred may defer more; all of it belongs to this turn. */
	for (size_t i = 0; i < loop->n_deferred; i++) {
		struct deferred d = loop->deferred[i];
		d.fn(d.object);
	}
	loop->n_deferred = 0;
}

void loop_free(struct loop *loop)
{
	if (!loop) {
		return;
	}
	while (loop->signals) {
		struct loop_signal *s = loop->signals;
		loop->signals = s->next;
		loop_watch_free(s->watch);
		(void)close(s->fd);
		mem_free(s);
	}
	run_deferred(loop);
	for (size_t i = 0; i < loop->n_heap; i++) {
		loop->heap[i]->place = 0;
	}
	mem_free(loop->heap);
	mem_free(loop->deferred);
	(void)close(loop->epoll);
	mem_free(loop);
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

struct mono loop_now(const struct loop *loop)
{
	return loop->now;
}

void loop_defer(struct loop *loop, loop_defer_fn fn, void *object)
{
	if (loop->n_deferred == loop->size_deferred) {
		loop->size_deferred = loop->size_deferred ? 2 * loop->size_deferred : 32;
		loop->deferred = mem_resize(loop->deferred, loop->size_deferred, sizeof(*loop->deferred));
	}
	loop->deferred[loop->n_deferred++] = (struct deferred){ fn, object };
}

/* Descriptors. */

static uint32_t epoll_bits(unsigned interest)
{
	return (interest & LOOP_READ ? (uint32_t)EPOLLIN : 0) |
	       (interest & LOOP_WRITE ? (uint32_t)EPOLLOUT : 0);
}

enum rc loop_watch_new(struct loop_watch **ret, struct loop *loop, int fd, unsigned interest, loop_io_fn fn,
		       void *context, struct err *reterr)
{
	struct loop_watch *watch = mem_alloc(sizeof(*watch));
	*watch = (struct loop_watch){
		.loop = loop, .fd = fd, .interest = interest, .fn = fn, .context = context
	};
	struct epoll_event event = { .events = epoll_bits(interest), .data.ptr = watch };
	if (interest && epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		mem_free(watch);
		return err_errno(reterr, "cannot watch a descriptor");
	}
	*ret = watch;
	return RC_OK;
}

void loop_watch_set(struct loop_watch *watch, unsigned interest)
{
	if (watch->dead || watch->interest == interest) {
		return;
	}
	struct epoll_event event = { .events = epoll_bits(interest), .data.ptr = watch };
	/* The kernel tells hang-ups even without interest; a resting watch is therefore taken out. */
	int op = !interest ? EPOLL_CTL_DEL : !watch->interest ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	watch->interest = interest;
	int rc = epoll_ctl(watch->loop->epoll, op, watch->fd, &event);
	/* A descriptor that was closed too early has left the set by itself. */
	ASSERT(rc == 0 || op == EPOLL_CTL_DEL);
}

void loop_watch_free(struct loop_watch *watch)
{
	if (!watch || watch->dead) {
		return;
	}
	loop_watch_set(watch, 0);
	watch->dead = true;
	loop_defer(watch->loop, mem_free, watch);
}

/* Timers: a binary heap in which each timer knows its place. */

static void heap_put(struct loop *loop, size_t i, struct loop_timer *timer)
{
	loop->heap[i] = timer;
	timer->place = i + 1;
}

static void heap_up(struct loop *loop, size_t i)
{
	struct loop_timer *timer = loop->heap[i];
	while (i > 0 && timer->key.us < loop->heap[(i - 1) / 2]->key.us) {
		heap_put(loop, i, loop->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_put(loop, i, timer);
}

static void heap_down(struct loop *loop, size_t i)
{
	struct loop_timer *timer = loop->heap[i];
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= loop->n_heap) {
			break;
		}
		if (child + 1 < loop->n_heap && loop->heap[child + 1]->key.us < loop->heap[child]->key.us) {
			child++;
		}
		if (timer->key.us <= loop->heap[child]->key.us) {
			break;
		}
		heap_put(loop, i, loop->heap[child]);
		i = child;
	}
	heap_put(loop, i, timer);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context)
{
	struct loop_timer *timer = mem_alloc(sizeof(*timer));
	*timer = (struct loop_timer){ .loop = loop, .due = { NEVER }, .fn = fn, .context = context };
	return timer;
}

static void heap_add(struct loop_timer *timer)
{
	struct loop *loop = timer->loop;
	if (loop->n_heap == loop->size_heap) {
		loop->size_heap = loop->size_heap ? 2 * loop->size_heap : 64;
		loop->heap = mem_resize(loop->heap, loop->size_heap, sizeof(struct loop_timer *));
	}
	timer->key = timer->due;
	heap_put(loop, loop->n_heap, timer);
	heap_up(loop, loop->n_heap++);
}

static void heap_remove(struct loop_timer *timer)
{
	struct loop *loop = timer->loop;
	if (!timer->place) {
		return;
	}
	size_t i = timer->place - 1;
	struct loop_timer *last = loop->heap[--loop->n_heap];
	timer->place = 0;
	if (last != timer) {
		heap_put(loop, i, last);
		heap_up(loop, i);
		heap_down(loop, last->place - 1);
	}
}

void loop_timer_set(struct loop_timer *timer, struct mono due)
{
	timer->due = due;
	if (!timer->place) {
		heap_add(timer);
	} else if (due.us < timer->key.us) {
		timer->key = due;
		heap_up(timer->loop, timer->place - 1);
	}
}

void loop_timer_set_ms(struct loop_timer *timer, int64_t ms)
{
	loop_timer_set(timer, mono_after_ms(timer->loop->now, ms));
}

void loop_timer_stop(struct loop_timer *timer)
{
	timer->due.us = NEVER;
}

void loop_timer_free(struct loop_timer *timer)
{
	if (!timer) {
		return;
	}
	heap_remove(timer);
	mem_free(timer);
}

static void run_timers(struct loop *loop)
{
	/* A timer that sets itself into the past waits for the next turn, so that it cannot starve the
	 * rest. */
	struct mono until = loop->now;
	for (size_t most = loop->n_heap; most > 0 && loop->n_heap > 0 && loop->heap[0]->key.us <= until.us;
	     most--) {
		struct loop_timer *timer = loop->heap[0];
		heap_remove(timer);
		if (timer->due.us > until.us) {
			if (timer->due.us != NEVER) {
				heap_add(timer);
			}
			continue;
		}
		timer->due.us = NEVER;
		timer->fn(timer->context);
	}
}

/* Rounds up: waking early would only spin. */
static int wait_ms(const struct loop *loop, int timeout_ms)
{
	if (loop->stopped || loop->n_deferred) {
		return 0;
	}
	if (!loop->n_heap) {
		return timeout_ms;
	}
	int64_t us = loop->heap[0]->key.us - mono_now().us;
	int64_t ms = us <= 0 ? 0 : (us + US_PER_MS - 1) / US_PER_MS;
	if (timeout_ms >= 0 && ms > timeout_ms) {
		ms = timeout_ms;
	}
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

enum rc loop_turn(struct loop *loop, int timeout_ms, struct err *reterr)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int n = epoll_wait(loop->epoll, events, EVENTS_PER_TURN, wait_ms(loop, timeout_ms));
	if (n < 0 && errno != EINTR) {
		return err_errno(reterr, "cannot wait for events");
	}
	loop->now = mono_now();
	for (int i = 0; i < n; i++) {
		struct loop_watch *watch = events[i].data.ptr;
		uint32_t e = events[i].events;
		unsigned ready = (e & EPOLLIN ? LOOP_READ : 0u) | (e & EPOLLOUT ? LOOP_WRITE : 0u);
		if (e & (EPOLLERR | EPOLLHUP)) {
			ready = watch->interest;
		}
		ready &= watch->interest;
		if (!watch->dead && ready) {
			watch->fn(watch->context, ready);
		}
	}
	run_timers(loop);
	run_deferred(loop);
	return RC_OK;
}

enum rc loop_run(struct loop *loop, struct err *reterr)
{
	loop->stopped = false;
	while (!loop->stopped) {
		TRY(loop_turn(loop, -1, reterr));
	}
	return RC_OK;
}

/* Signals. */

static void signal_ready(void *context, unsigned ready)
{
	struct loop_signal *s = context;
	struct signalfd_siginfo info;
	bool any = false;
	while (read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		any = true;
	}
	if (any) {
		s->fn(s->context);
	}
}

enum rc loop_signal(struct loop *loop, int signo, loop_timer_fn fn, void *context, struct err *reterr)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, signo);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
		return err_errno(reterr, "cannot block signal %d", signo);
	}
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0) {
		return err_errno(reterr, "cannot receive signal %d", signo);
	}
	struct loop_signal *s = mem_alloc(sizeof(*s));
	*s = (struct loop_signal){ .fd = fd, .fn = fn, .context = context };
	enum rc rc = loop_watch_new(&s->watch, loop, fd, LOOP_READ, signal_ready, s, reterr);
	if (rc != RC_OK) {
		(void)close(fd);
		mem_free(s);
		return rc;
	}
	s->next = loop->signals;
	loop->signals = s;
	return RC_OK;
}
