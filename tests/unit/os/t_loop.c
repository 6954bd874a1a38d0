/* SPDX-License-Identifier: Apache-2.0
 * Timers run in order, watches can be freed anywhere, signals arrive. */
#include "os/loop.h"
#include "os/resolve.h"
#include "unit/test.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

struct fixture {
	struct loop *loop;
	struct loop_watch *watch[2];
	struct loop_timer *timer[4];
	char order[16];
	size_t n;
};

static struct fixture f;

static void note(char c)
{
	f.order[f.n++] = c;
	f.order[f.n] = '\0';
}

static void on_a(void *context)
{
	note('a');
}
static void on_b(void *context)
{
	note('b');
	loop_timer_free(f.timer[1]); /* its own */
	loop_timer_stop(f.timer[2]);
}
static void on_c(void *context)
{
	note('c');
}
static void on_stop(void *context)
{
	note('.');
	loop_stop(f.loop);
}

static void start(void)
{
	f = (struct fixture){ .n = 0 };
	assert_int_equal(loop_new(&f.loop, NULL), RC_OK);
}

static void timers_run_in_the_order_of_their_deadlines(void **state)
{
	start();
	f.timer[0] = loop_timer_new(f.loop, on_a, NULL);
	f.timer[1] = loop_timer_new(f.loop, on_b, NULL);
	f.timer[2] = loop_timer_new(f.loop, on_c, NULL);
	f.timer[3] = loop_timer_new(f.loop, on_stop, NULL);
	loop_timer_set_ms(f.timer[3], 4);
	loop_timer_set_ms(f.timer[2], 3);
	loop_timer_set_ms(f.timer[0], 9);
	loop_timer_set_ms(f.timer[1], 2);
	loop_timer_set_ms(f.timer[0], 1);
	assert_int_equal(loop_run(f.loop, NULL), RC_OK);
	assert_string_equal(f.order, "ab.");
	loop_timer_free(f.timer[0]);
	loop_timer_free(f.timer[2]);
	loop_timer_free(f.timer[3]);
	loop_free(f.loop);
}

static void many_timers_keep_their_order(void **state)
{
	enum { N = 500 };
	static struct loop_timer *timers[N];
	start();
	for (size_t i = 0; i < N; i++) {
		timers[i] = loop_timer_new(f.loop, on_stop, NULL);
		loop_timer_set(timers[i], (struct mono){ mono_now().us + 3600 * US_PER_SECOND +
							 (int64_t)(i * 7919 % N) });
	}
	for (size_t i = 0; i < N; i += 3) {
		loop_timer_stop(timers[i]);
	}
	for (size_t i = 0; i < N; i++) {
		loop_timer_free(timers[i]);
	}
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_int_equal(f.n, 0);
	loop_free(f.loop);
}

static void free_both(void *context, unsigned ready)
{
	note('x');
	loop_watch_free(f.watch[0]);
	loop_watch_free(f.watch[1]);
}

static void a_callback_may_free_what_else_is_ready(void **state)
{
	int p[2];
	start();
	assert_int_equal(pipe(p), 0);
	assert_int_equal(loop_watch_new(&f.watch[0], f.loop, p[0], LOOP_READ, free_both, NULL, NULL), RC_OK);
	assert_int_equal(loop_watch_new(&f.watch[1], f.loop, p[1], LOOP_WRITE, free_both, NULL, NULL), RC_OK);
	assert_int_equal(write(p[1], "x", 1), 1);
	assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK);
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_string_equal(f.order, "x");
	(void)close(p[0]);
	(void)close(p[1]);
	loop_free(f.loop);
}

static void deferred(void *object)
{
	note('d');
	if (object) {
		loop_defer(f.loop, deferred, NULL);
	}
}

static void what_is_deferred_runs_at_the_end_of_the_turn(void **state)
{
	start();
	loop_defer(f.loop, deferred, &f);
	assert_int_equal(f.n, 0);
	assert_int_equal(loop_turn(f.loop, -1, NULL), RC_OK);
	assert_string_equal(f.order, "dd");
	loop_free(f.loop);
}

static void a_signal_is_an_event(void **state)
{
	start();
	assert_int_equal(loop_signal(f.loop, SIGUSR1, on_stop, NULL, NULL), RC_OK);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	assert_int_equal(loop_run(f.loop, NULL), RC_OK);
	assert_string_equal(f.order, ".");
	loop_free(f.loop);
}

static void on_resolved(void *context, enum rc rc, const struct socket_address *addresses, size_t n,
			const struct err *err)
{
	*(int *)context = rc == RC_OK ? (int)n : -1;
}

static void the_machine_itself_and_literals_resolve_at_once(void **state)
{
	struct resolve *r;
	int n = 0;
	start();
	assert_int_equal(resolve_start(&r, f.loop, "localhost", 1, on_resolved, &n, NULL), RC_OK);
	assert_int_equal(n, 0);
	assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK);
	assert_int_equal(n, 2);
	assert_int_equal(resolve_start(&r, f.loop, "::1", 1, on_resolved, &n, NULL), RC_OK);
	assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK);
	assert_int_equal(n, 1);
	n = 0;
	assert_int_equal(resolve_start(&r, f.loop, "no such host", 1, on_resolved, &n, NULL), RC_OK);
	while (n == 0) {
		assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK);
	}
	assert_int_equal(n, -1);
	assert_int_equal(resolve_start(&r, f.loop, "also no such host", 1, on_resolved, &n, NULL), RC_OK);
	resolve_cancel(r);
	loop_free(f.loop);
}

RUN_TESTS(TEST(timers_run_in_the_order_of_their_deadlines), TEST(many_timers_keep_their_order),
	  TEST(a_callback_may_free_what_else_is_ready), TEST(what_is_deferred_runs_at_the_end_of_the_turn),
	  TEST(a_signal_is_an_event), TEST(the_machine_itself_and_literals_resolve_at_once))
