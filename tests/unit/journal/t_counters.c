/* SPDX-License-Identifier: Apache-2.0
 * Counting in mapped files: sums, processes that are gone, and files that are not what they should be. */
#include "os/file.h"
#include "journal/counters.h"
#include "unit/folder.h"
#include "unit/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void folder_end(char **folder)
{
	folder_drop(*folder);
}

/* A worker in a process of its own: counts, tells so, and lives until the pipe is closed. */
struct worker {
	pid_t pid;
	int hold;
};

static struct worker start(const char *folder, unsigned number)
{
	int ready[2], hold[2];
	char byte = 0;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(hold), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct counters *c = NULL;
		int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(hold[1]);
		if (counters_open(&c, dirfd, number, NULL) != RC_OK) {
			_exit(1);
		}
		metrics_add(&c->metrics, METRIC_REQUESTS_TOTAL, 10);
		metrics_add(&c->metrics, METRIC_CONNECTIONS_OPEN, 3);
		counters_request(c, REASON_S301, 700);
		counters_request(c, REASON_NONE, 99000000);
		(void)!write(ready[1], &byte, 1);
		(void)!read(hold[0], &byte, 1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)close(hold[0]);
	return (struct worker){ pid, hold[1] };
}

static void end(struct worker *w, int signal_number)
{
	int status;
	if (signal_number) {
		(void)kill(w->pid, signal_number);
	}
	(void)close(w->hold);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
}

static void workers_are_added_up_and_one_that_was_killed_still_counts(void **state)
{
	AUTO(folder_end) char *folder = folder_make();
	struct counters_history history = { 0 };
	struct counters sum;
	size_t n = 0;
	struct worker first = start(folder, 0), second = start(folder, 1);
	assert_int_equal(counters_read(&history, folder, &sum, &n, NULL), RC_OK);
	assert_int_equal(n, 2);
	assert_int_equal(sum.metrics.value[METRIC_REQUESTS_TOTAL], 20);
	assert_int_equal(sum.metrics.value[METRIC_CONNECTIONS_OPEN], 6);
	assert_int_equal(sum.refused[REASON_S301], 2);
	end(&first, SIGKILL);
	for (int i = 0; i < 3; i++) { /* each reading gives the same: nothing is added twice */
		assert_int_equal(counters_read(&history, folder, &sum, &n, NULL), RC_OK);
		assert_int_equal(n, 1);
		assert_int_equal(sum.metrics.value[METRIC_REQUESTS_TOTAL], 20);
		assert_int_equal(sum.metrics.value[METRIC_CONNECTIONS_OPEN], 3);
		assert_int_equal(sum.refused[REASON_S301], 2);
	}
	end(&second, 0);
}

static void files_that_are_none_are_passed_over(void **state)
{
	AUTO(folder_end) char *folder = folder_make();
	static const char *const names[] = { "worker-0-1.counters", "x.counters", "worker-0-2.segment" };
	struct counters_history history = { 0 };
	struct counters sum;
	char bytes[sizeof(struct counters)];
	size_t n = 1;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", folder, names[i]);
		assert_int_equal(file_write_new(path, str_from(bytes, i ? sizeof(bytes) : 9), 0600, NULL),
				 RC_OK);
	}
	assert_int_equal(counters_read(&history, folder, &sum, &n, NULL), RC_OK);
	assert_int_equal(n, 0);
	assert_int_equal(sum.metrics.value[METRIC_REQUESTS_TOTAL], 0);
	assert_int_equal(counters_read(&history, "/nonexistent", &sum, &n, NULL), RC_IO);
}

static void durations_stand_in_the_range_that_holds_them(void **state)
{
	static const int64_t ends[] = COUNTERS_DURATIONS;
	struct counters c = { 0 };
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		counters_request(&c, REASON_NONE, ends[i]);
		counters_request(&c, REASON_NONE, ends[i] + 1);
	}
	assert_int_equal(c.duration[0], 1);
	for (size_t i = 1; i < COUNTERS_RANGES; i++) {
		assert_int_equal(c.duration[i], 2);
	}
	assert_int_equal(c.duration[COUNTERS_RANGES], 1);
}

static void the_text_is_cumulative_and_names_the_codes(void **state)
{
	struct counters c = { 0 };
	AUTO_BUF(out, 65536);
	counters_request(&c, REASON_K201, 400);
	counters_request(&c, REASON_NONE, 20000000);
	counters_format(&c, &out);
	assert_non_null(strstr(buf_c(&out), "postern_refusals_total{code=\"K201\"} 1\n"));
	assert_non_null(strstr(buf_c(&out), "_bucket{le=\"0.0005\"} 1\n"));
	assert_non_null(strstr(buf_c(&out), "_bucket{le=\"10\"} 1\n"));
	assert_non_null(strstr(buf_c(&out), "_bucket{le=\"+Inf\"} 2\n"));
	assert_non_null(strstr(buf_c(&out), "_sum 20.000400\n"));
}

RUN_TESTS(TEST(workers_are_added_up_and_one_that_was_killed_still_counts),
	  TEST(files_that_are_none_are_passed_over), TEST(durations_stand_in_the_range_that_holds_them),
	  TEST(the_text_is_cumulative_and_names_the_codes))
