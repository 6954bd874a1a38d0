/* SPDX-License-Identifier: Apache-2.0
 * Jobs: what they answer, and that a crash or a dawdler costs one clear error.
 * This program is its own job. */
#include "base/encoding.h"
#include "base/memory.h"
#include "helper/job.h"
#include "helper/job_run.h"
#include "os/loop.h"
#include "os/process.h"
#include "unit/test.h"

#include <stdlib.h>
#include <unistd.h>

struct ending {
	struct loop *loop;
	struct value *answer;
	struct err err;
	int n;
};

static void on_done(void *context, const struct value *answer, const struct err *err)
{
	struct ending *e = context;
	e->answer = answer ? value_copy(answer) : NULL;
	if (err) {
		e->err = *err;
	}
	e->n++;
}

static void run(struct ending *e, const char *mode, enum job_kind kind, struct value *request,
		const struct job_limits *limits)
{
	struct loop *loop = NULL;
	struct err err = { 0 };
	*e = (struct ending){ 0 };
	assert_int_equal(setenv("TEST_JOB", mode, 1), 0);
	assert_int_equal(loop_new(&loop, &err), RC_OK);
	struct job_pool *pool = job_pool_new(loop, 1, 1, NULL);
	assert_int_equal(job_start(pool, kind, request, limits, on_done, e, NULL, &err), RC_OK);
	while (e->n == 0) {
		assert_int_equal(loop_turn(loop, 1000, &err), RC_OK);
	}
	job_pool_free(pool);
	loop_free(loop);
	assert_int_equal(e->n, 1);
}

static void a_key_is_made(void **state)
{
	struct ending e;
	struct value *request = value_object();
	value_set_c(request, "key_type", "p-256");
	run(&e, "run", JOB_KEY_GENERATE, request, NULL);
	assert_non_null(e.answer);
	value_free(e.answer);
}

static void the_job_s_own_error_comes_back_with_its_reason(void **state)
{
	struct ending e;
	struct value *request = value_object();
	value_set_c(request, "content", "AAAA");
	run(&e, "run", JOB_CONTAINER_OPEN, request, NULL);
	assert_null(e.answer);
	assert_string_equal(e.err.reason, "P103");
	assert_true(e.err.text[0] != '\0');
}

static void an_impossible_call_comes_back_as_its_error(void **state)
{
	struct ending e;
	struct value *request = value_object();
	value_set_c(request, "url", "");
	run(&e, "run", JOB_OUTBOUND, request, NULL);
	assert_int_equal(e.err.code, RC_INVALID);
	assert_non_null(strstr(e.err.text, "URL"));
}

static void a_call_to_a_closed_port_is_not_reached(void **state)
{
	struct ending e;
	struct value *request = value_object();
	value_set_c(request, "url", "http://127.0.0.1:1/");
	run(&e, "run", JOB_OUTBOUND, request, NULL);
	assert_non_null(e.answer);
	assert_false(value_get_bool(e.answer, "reached", true));
	assert_string_equal(value_get_c(e.answer, "problem"), "connect");
	value_free(e.answer);
}

static void a_crash_costs_one_error(void **state)
{
	struct ending e;
	run(&e, "crash", JOB_KEY_GENERATE, value_object(), NULL);
	assert_null(e.answer);
	assert_int_equal(e.err.code, RC_IO);
}

static void garbage_costs_one_error(void **state)
{
	struct ending e;
	run(&e, "garbage", JOB_KEY_GENERATE, value_object(), NULL);
	assert_int_equal(e.err.code, RC_IO);
}

static void a_job_that_takes_too_long_is_ended(void **state)
{
	struct ending e;
	const struct job_limits limits = { .time_ms = 50, .cpu_s = 1, .memory = 0 };
	run(&e, "hang", JOB_KEY_GENERATE, value_object(), &limits);
	assert_int_equal(e.err.code, RC_TIMEOUT);
}

static void the_queue_has_an_end(void **state)
{
	struct loop *loop = NULL;
	struct err err = { 0 };
	struct ending e = { 0 };
	struct job *jobs[2];
	assert_int_equal(setenv("TEST_JOB", "hang", 1), 0);
	assert_int_equal(loop_new(&loop, &err), RC_OK);
	struct job_pool *pool = job_pool_new(loop, 1, 1, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		assert_int_equal(job_start(pool, JOB_KEY_GENERATE, value_object(), NULL, on_done, &e,
					   &jobs[i], &err),
				 RC_OK);
	}
	assert_int_equal(job_start(pool, JOB_KEY_GENERATE, value_object(), NULL, on_done, &e, NULL, &err),
			 RC_LIMIT);
	assert_int_equal(setenv("TEST_JOB", "run", 1), 0);
	job_cancel(jobs[0]);
	while (e.n == 0) {
		assert_int_equal(loop_turn(loop, 1000, &err), RC_OK);
	}
	assert_non_null(e.answer);
	value_free(e.answer);
	job_pool_free(pool);
	loop_free(loop);
}

int main(int argc, char *argv[])
{
	const char *mode = getenv("TEST_JOB");
	if (argc == 3 && strcmp(argv[1], PROCESS_PART) == 0 && strcmp(argv[2], "job") == 0) {
		if (mode && strcmp(mode, "crash") == 0) {
			_exit(70);
		}
		if (mode && strcmp(mode, "garbage") == 0) {
			return write(3, "{\"answer\":", 10) == 10 ? 0 : 1;
		}
		while (mode && strcmp(mode, "hang") == 0) {
			pause();
		}
		return job_run();
	}
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_made),
		TEST(the_job_s_own_error_comes_back_with_its_reason),
		TEST(an_impossible_call_comes_back_as_its_error),
		TEST(a_call_to_a_closed_port_is_not_reached),
		TEST(a_crash_costs_one_error),
		TEST(garbage_costs_one_error),
		TEST(a_job_that_takes_too_long_is_ended),
		TEST(the_queue_has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
