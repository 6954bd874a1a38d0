/* SPDX-License-Identifier: Apache-2.0
 * Clerks: where work is done and told, in which order, what becomes of it when nobody waits any more, and
 * that they end.
 * Run under ThreadSanitizer as well: whatever two of them share is tried here. */
#include "service/work/clerk.h"
#include "service/destination/destination.h"
#include "service/key/instance.h"
#include "service/keystore/keystore.h"
#include "service/key/role.h"
#include "service/core/tenant.h"
#include "service/token/user.h"
#include "unit/service/world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define PATIENCE_MS 20000

/* What the clerks of a test work at; the loop is the test's own thread. */
struct office {
	struct world *w;
	struct loop *loop;
	struct clerks *clerks;
	atomic_bool gate;       /* work that waits for it goes on */
	atomic_int inside, ran; /* works that are in run(), and that have been */
	unsigned told, dropped; /* the loop's own */
	char order[512];        /* the changing clerk's, until told: it has no lock */
};

/* One work. */
struct errand {
	struct office *office;
	char mark;
	pthread_t thread; /* that did it */
	char name[32];    /* for those that change and look */
	bool found;
	enum rc rc;
};

static const struct actor nobody = { .name = "", .subaccount = TENANT, .address = "", .request_id = "" };

static struct office open_office(struct world *w)
{
	struct office o = { .w = w };
	assert_int_equal(loop_new(&o.loop, NULL), RC_OK);
	return o;
}

static void start_clerks(struct office *o)
{
	OK(o->w, clerks_new(&o->clerks, o->loop, o->w->session, &o->w->err));
}

static void close_office(struct office *o)
{
	assert_true(clerks_stop(o->clerks, PATIENCE_MS));
	clerks_free(o->clerks);
	loop_free(o->loop);
}

static void told(void *subject)
{
	struct errand *e = subject;
	e->office->told++;
}

static void dropped(void *subject)
{
	struct errand *e = subject;
	e->office->dropped++;
}

/* Turn the loop until so many ends have been told or dropped. */
static void turn_until(struct office *o, unsigned ends)
{
	const struct mono late = mono_after_ms(mono_now(), PATIENCE_MS);
	while (o->told + o->dropped < ends) {
		assert_int_equal(loop_turn(o->loop, 100, NULL), RC_OK);
		assert_true(mono_now().us < late.us);
	}
}

static void wait_for(atomic_int *count, int n)
{
	const struct mono late = mono_after_ms(mono_now(), PATIENCE_MS);
	while (atomic_load(count) < n) {
		assert_true(mono_now().us < late.us);
		(void)usleep(500);
	}
}

static enum rc start(struct office *o, enum clerk_kind kind, clerk_run_fn run, struct errand *e,
		     struct clerk_work **ret)
{
	e->office = o;
	o->w->err = (struct err){ 0 };
	return clerk_start(o->clerks, kind, &nobody, run, told, dropped, e, ret, &o->w->err);
}

/* ---- kinds of work ---- */

static void note(struct session *session, void *subject)
{
	struct errand *e = subject;
	e->thread = pthread_self();
	atomic_fetch_add(&e->office->ran, 1);
}

/* Let others see that it is at work, and go on with them. */
static void wait_at_gate(struct session *session, void *subject)
{
	struct errand *e = subject;
	atomic_fetch_add(&e->office->inside, 1);
	while (!atomic_load(&e->office->gate)) {
		(void)usleep(500);
	}
	atomic_fetch_add(&e->office->ran, 1);
}

/* Without a lock: only one clerk changes. */
static void write_mark(struct session *session, void *subject)
{
	struct errand *e = subject;
	size_t n = strlen(e->office->order);
	e->office->order[n] = e->mark;
	(void)usleep(100);
	e->office->order[n + 1] = '\0';
}

static void make_role(struct session *session, void *subject)
{
	struct errand *e = subject;
	AUTO_VALUE *input = value_object(), *ret = NULL;
	value_set_c(input, "name", e->name);
	e->rc = service_role_create(session, TENANT, input, &ret, NULL);
}

static void find_role(struct session *session, void *subject)
{
	struct errand *e = subject;
	AUTO_VALUE *list = NULL;
	e->rc = service_role_list(session, TENANT, &list, NULL);
	for (size_t i = 0; i < value_count(list); i++) {
		e->found |= str_is(value_get_str(value_at(list, i), "name"), e->name);
	}
}

/* ---- tests ---- */

static void work_is_done_elsewhere_and_told_here(void **state)
{
	struct office o = open_office(*state);
	struct errand errands[CLERK_KINDS] = { 0 };
	start_clerks(&o);
	for (int kind = 0; kind < CLERK_KINDS; kind++) {
		assert_int_equal(start(&o, (enum clerk_kind)kind, note, &errands[kind], NULL), RC_OK);
	}
	turn_until(&o, CLERK_KINDS);
	assert_int_equal(o.told, CLERK_KINDS);
	for (int kind = 0; kind < CLERK_KINDS; kind++) {
		assert_false(pthread_equal(errands[kind].thread, pthread_self()));
	}
	assert_false(pthread_equal(errands[CLERK_CHANGE].thread, errands[CLERK_READ].thread));
	close_office(&o);
}

static void changes_are_made_one_by_one_in_the_order_in_which_they_were_asked_for(void **state)
{
	struct office o = open_office(*state);
	struct errand errands[200] = { 0 };
	start_clerks(&o);
	for (size_t i = 0; i < ARRAY_SIZE(errands); i++) {
		errands[i].mark = (char)('a' + i % 26);
		assert_int_equal(start(&o, CLERK_CHANGE, write_mark, &errands[i], NULL), RC_OK);
	}
	turn_until(&o, ARRAY_SIZE(errands));
	assert_int_equal(strlen(o.order), ARRAY_SIZE(errands));
	for (size_t i = 0; i < ARRAY_SIZE(errands); i++) {
		assert_int_equal(o.order[i], errands[i].mark);
	}
	close_office(&o);
}

static void others_read_and_derive_while_a_change_is_under_way(void **state)
{
	struct office o = open_office(*state);
	struct errand change = { 0 }, second = { 0 }, reads[2] = { 0 }, derives = { 0 };
	start_clerks(&o);
	assert_int_equal(start(&o, CLERK_CHANGE, wait_at_gate, &change, NULL), RC_OK);
	assert_int_equal(start(&o, CLERK_CHANGE, note, &second, NULL), RC_OK);
	assert_int_equal(start(&o, CLERK_DERIVE, wait_at_gate, &derives, NULL), RC_OK);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(start(&o, CLERK_READ, wait_at_gate, &reads[i], NULL), RC_OK);
	}
	/* All but the second change are at work at once. */
	wait_for(&o.inside, 4);
	assert_int_equal(clerks_waiting(o.clerks, CLERK_CHANGE), 1);
	assert_int_equal(atomic_load(&o.ran), 0);
	atomic_store(&o.gate, true);
	turn_until(&o, 5);
	assert_int_equal(o.told, 5);
	close_office(&o);
}

static void what_nobody_waits_for_is_not_begun_or_goes_on_to_its_end_and_is_dropped(void **state)
{
	struct office o = open_office(*state);
	struct errand running = { 0 }, waiting = { 0 }, last = { 0 };
	struct clerk_work *runs = NULL, *waits = NULL;
	start_clerks(&o);
	assert_int_equal(start(&o, CLERK_CHANGE, wait_at_gate, &running, &runs), RC_OK);
	wait_for(&o.inside, 1);
	assert_int_equal(start(&o, CLERK_CHANGE, note, &waiting, &waits), RC_OK);
	assert_int_equal(start(&o, CLERK_CHANGE, note, &last, NULL), RC_OK);
	clerk_leave(waits);
	assert_int_equal(o.dropped, 1);
	clerk_leave(runs);
	assert_int_equal(o.dropped, 1);
	atomic_store(&o.gate, true);
	turn_until(&o, 3);
	/* The one that ran was done, the one that waited never, and the one behind them was told. */
	assert_int_equal(o.dropped, 2);
	assert_int_equal(o.told, 1);
	assert_int_equal(atomic_load(&o.ran), 2);
	close_office(&o);
}

static void more_than_is_taken_is_refused_and_told_to_nobody(void **state)
{
	struct office o = open_office(*state);
	struct errand first = { 0 }, *many = mem_alloc((CLERK_WAITING_MAX + 1) * sizeof(*many));
	start_clerks(&o);
	assert_int_equal(start(&o, CLERK_CHANGE, wait_at_gate, &first, NULL), RC_OK);
	wait_for(&o.inside, 1);
	for (size_t i = 0; i < CLERK_WAITING_MAX; i++) {
		assert_int_equal(start(&o, CLERK_CHANGE, note, &many[i], NULL), RC_OK);
	}
	REFUSED(o.w, start(&o, CLERK_CHANGE, note, &many[CLERK_WAITING_MAX], NULL), RC_LIMIT, "");
	/* Others have room of their own. */
	assert_int_equal(start(&o, CLERK_READ, note, &many[CLERK_WAITING_MAX], NULL), RC_OK);
	atomic_store(&o.gate, true);
	turn_until(&o, CLERK_WAITING_MAX + 2);
	assert_int_equal(o.told, CLERK_WAITING_MAX + 2);
	close_office(&o);
	mem_free(many);
}

static void stopping_tells_what_runs_to_its_end_and_drops_what_waits(void **state)
{
	struct office o = open_office(*state);
	struct errand running = { 0 }, waiting[3] = { 0 }, late = { 0 };
	start_clerks(&o);
	assert_int_equal(start(&o, CLERK_CHANGE, wait_at_gate, &running, NULL), RC_OK);
	wait_for(&o.inside, 1);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(start(&o, CLERK_CHANGE, note, &waiting[i], NULL), RC_OK);
	}
	/* A disk that does not answer does not hold up the end. */
	const struct mono began = mono_now();
	assert_false(clerks_stop(o.clerks, 50));
	assert_true(mono_now().us - began.us < 5 * US_PER_SECOND);
	REFUSED(o.w, start(&o, CLERK_CHANGE, note, &late, NULL), RC_LIMIT, "");
	atomic_store(&o.gate, true);
	assert_true(clerks_stop(o.clerks, PATIENCE_MS));
	assert_int_equal(atomic_load(&o.ran), 1);
	assert_int_equal(o.told, 1);
	assert_int_equal(o.dropped, 3);
	clerks_free(o.clerks);
	loop_free(o.loop);
}

/* What was told is there for every clerk, and gateways see it. */
static void who_reads_after_a_change_was_told_sees_it(void **state)
{
	struct office o = open_office(*state);
	start_clerks(&o);
	for (unsigned i = 0; i < 20; i++) {
		struct errand made = { 0 }, sought = { 0 };
		(void)snprintf(made.name, sizeof(made.name), "Role.%u", i);
		memcpy(sought.name, made.name, sizeof(sought.name));
		assert_int_equal(start(&o, CLERK_CHANGE, make_role, &made, NULL), RC_OK);
		turn_until(&o, 2 * i + 1);
		assert_int_equal(made.rc, RC_OK);
		assert_int_equal(start(&o, CLERK_READ, find_role, &sought, NULL), RC_OK);
		turn_until(&o, 2 * i + 2);
		assert_true(sought.rc == RC_OK && sought.found);
	}
	close_office(&o);
}

/* ---- everything at once, for what they share ---- */

static void change_destination(struct session *session, void *subject)
{
	struct errand *e = subject;
	const struct destination_at at = { DESTINATION_CONFIGURATION, TENANT, "", NULL };
	AUTO_VALUE *input =
		json("{'Type':'HTTP','URL':'https://localhost:8443/http/x','ProxyType':'Internet',"
		     "'Authentication':'NoAuthentication'}");
	value_set_c(input, "Name", e->name);
	e->rc = service_destination_create(session, &at, input, NULL, NULL);
}

static void change_instance(struct session *session, void *subject)
{
	struct errand *e = subject;
	AUTO_VALUE *input = json("{'service':'it-rt','plan':'integration-flow'}"), *ret = NULL;
	value_set_c(input, "name", e->name);
	e->rc = service_instance_create(session, TENANT, input, &ret, NULL);
}

static void read_destination(struct session *session, void *subject)
{
	struct errand *e = subject;
	const struct destination_find find = { .tenant = TENANT, .name = "first" };
	AUTO_VALUE *found = NULL;
	e->rc = service_destination_find(session, &find, &found, NULL, NULL);
}

static void read_keystore(struct session *session, void *subject)
{
	struct errand *e = subject;
	AUTO_VALUE *list = NULL;
	e->rc = service_keystore_list(session, TENANT, &list, NULL);
}

/* Every other with the right password, which is known after the first time. */
static void sign_in(struct session *session, void *subject)
{
	struct errand *e = subject;
	bool wrong = e->mark % 2;
	enum rc rc = user_login(session, TENANT, "admin", wrong ? str_of(e->name) : STR("right"), NULL);
	e->rc = rc == (wrong ? RC_DENIED : RC_OK) ? RC_OK : RC_BUG;
}

static void read_tenant(struct session *session, void *subject)
{
	struct errand *e = subject;
	AUTO_FREE char *id = NULL;
	e->rc = service_tenant_id(session, TENANT, &id, NULL);
}

static void all_work_at_once_on_what_they_share(void **state)
{
	static const struct {
		enum clerk_kind kind;
		clerk_run_fn run;
	} works[] = { { CLERK_CHANGE, make_role },
		      { CLERK_READ, find_role },
		      { CLERK_CHANGE, change_destination },
		      { CLERK_READ, read_destination },
		      { CLERK_READ, read_keystore },
		      { CLERK_CHANGE, change_instance },
		      { CLERK_DERIVE, sign_in },
		      { CLERK_READ, read_tenant },
		      { CLERK_READ, sign_in } };
	struct office o = open_office(*state);
	struct errand errands[ARRAY_SIZE(works) * 16] = { 0 }, first = { .name = "first" };
	OK(o.w, user_make_admin(o.w->session, TENANT, "right", wall_now(), &o.w->err));
	start_clerks(&o);
	assert_int_equal(start(&o, CLERK_CHANGE, change_destination, &first, NULL), RC_OK);
	turn_until(&o, 1);
	assert_int_equal(first.rc, RC_OK);
	for (size_t i = 0; i < ARRAY_SIZE(errands); i++) {
		(void)snprintf(errands[i].name, sizeof(errands[i].name), "of%zu", i);
		errands[i].mark = (char)(i / ARRAY_SIZE(works));
		assert_int_equal(start(&o, works[i % ARRAY_SIZE(works)].kind,
				       works[i % ARRAY_SIZE(works)].run, &errands[i], NULL),
				 RC_OK);
	}
	turn_until(&o, ARRAY_SIZE(errands) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(errands); i++) {
		if (errands[i].rc != RC_OK) {
			print_error("work %zu\n", i % ARRAY_SIZE(works));
		}
		assert_int_equal(errands[i].rc, RC_OK);
	}
	close_office(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(work_is_done_elsewhere_and_told_here),
		WORLD_TEST(changes_are_made_one_by_one_in_the_order_in_which_they_were_asked_for),
		WORLD_TEST(others_read_and_derive_while_a_change_is_under_way),
		WORLD_TEST(what_nobody_waits_for_is_not_begun_or_goes_on_to_its_end_and_is_dropped),
		WORLD_TEST(more_than_is_taken_is_refused_and_told_to_nobody),
		WORLD_TEST(stopping_tells_what_runs_to_its_end_and_drops_what_waits),
		WORLD_TEST(who_reads_after_a_change_was_told_sees_it),
		WORLD_TEST(all_work_at_once_on_what_they_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
