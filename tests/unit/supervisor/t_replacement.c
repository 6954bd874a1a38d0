/* SPDX-License-Identifier: Apache-2.0
 * What a replacement does with children that have no process at that moment.
 * This program is its own children. */
#include "supervisor/replacement.h"

#include "base/memory.h"
#include "os/process.h"
#include "unit/folder.h"
#include "unit/test.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longer than any replacement here; shorter than what a child that is told to end is waited for. */
#define PATIENCE_MS 5000

/* A server of one gateway that has begun generation 2; all its children are of generation 1. */
struct world {
	struct settings settings;
	struct supervisor_options options;
	struct supervisor s;
};

static struct child *old_child(struct world *w, bool manager)
{
	struct child *c = child_new(&w->s, manager, manager ? -1 : 0);
	c->generation = 1;
	return c;
}

static void on_ready(struct child *child)
{
	replacement_next(child->supervisor);
}

static int setup(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	w->settings.dev = true;
	w->settings.state_dir = folder_make();
	assert_int_equal(settings_check(&w->settings, NULL), RC_OK);
	w->options.settings = &w->settings;
	struct supervisor *s = &w->s;
	s->options = &w->options;
	s->child_ready = on_ready;
	s->settings = &w->settings;
	s->lock = s->gateway = s->management = s->admin = s->internal = s->registry = s->journal =
		s->sessions = STDERR_FILENO;
	for (size_t i = 0; i < SUPERVISOR_SLOTS; i++) {
		s->slots[i] = -1;
	}
	s->n_workers = 1;
	s->generation = 2;
	s->ready = true;
	assert_int_equal(loop_new(&s->loop, NULL), RC_OK);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	while (w->s.children) {
		struct child *c = w->s.children;
		if (c->pid > 0) {
			(void)kill(c->pid, SIGKILL);
			(void)waitpid(c->pid, NULL, 0);
		}
		child_free(c);
	}
	loop_free(w->s.loop);
	folder_drop(TAKE(w->settings.state_dir));
	settings_fini(&w->settings);
	mem_free(w);
	return 0;
}

static bool replaced(struct world *w)
{
	struct mono until = mono_after_ms(mono_now(), PATIENCE_MS);
	replacement_begin(&w->s);
	while (w->s.replacing && mono_now().us < until.us) {
		assert_int_equal(loop_turn(w->s.loop, 100, NULL), RC_OK);
	}
	return !w->s.replacing;
}

static size_t count(const struct world *w, bool manager)
{
	size_t n = 0;
	for (const struct child *c = w->s.children; c; c = c->next) {
		n += c->manager == manager;
	}
	return n;
}

static void every_child_gets_a_successor(void **state)
{
	struct world *w = *state;
	assert_true(replaced(w));
	assert_int_equal(count(w, false), 1);
	assert_int_equal(count(w, true), 1);
}

static void a_gateway_that_waits_to_be_started_anew_goes_when_its_successor_serves(void **state)
{
	struct world *w = *state;
	(void)old_child(w, false);
	assert_true(replaced(w));
	assert_int_equal(count(w, false), 1);
}

static void a_manager_that_waits_to_be_started_anew_holds_nothing_up(void **state)
{
	struct world *w = *state;
	(void)old_child(w, true);
	assert_true(replaced(w));
	assert_int_equal(count(w, true), 1);
}

/* A part of the server that is ready at once and ends when it is told to. */
static int be_part(void)
{
	const struct notice ready = { .kind = NOTICE_READY };
	struct notice notice;
	int fd = -1;
	if (notice_send(3, &ready, -1, NULL) != RC_OK) {
		return 1;
	}
	for (;;) {
		enum rc rc = notice_receive(3, &notice, &fd, NULL);
		if (rc == RC_CLOSED || (rc == RC_OK && notice.kind == NOTICE_DRAIN)) {
			return 0;
		}
		if (rc == RC_AGAIN) {
			(void)poll(&(struct pollfd){ .fd = 3, .events = POLLIN }, 1, -1);
		}
	}
}

int main(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], PROCESS_PART) == 0) {
		return be_part();
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_child_gets_a_successor, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_gateway_that_waits_to_be_started_anew_goes_when_its_successor_serves, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_manager_that_waits_to_be_started_anew_holds_nothing_up,
						setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
