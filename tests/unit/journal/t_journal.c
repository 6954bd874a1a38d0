/* SPDX-License-Identifier: Apache-2.0
 * Tests of the journal: what was appended comes out, whoever is killed. */
#include "test.h"

#include "registry/folder.h"
#include "journal/reader.h"
#include "journal/writer.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

struct seen {
	unsigned n;
	unsigned next; /* number expected next; records are "N" and padding */
	unsigned stop_at;
};

static enum rc take_in_order(void *context, struct str record, struct err *reterr)
{
	struct seen *seen = context;
	uint64_t number;
	assert_int_equal(str_parse_uint(str_first(record, str_find(record, ' ')), UINT32_MAX, &number),
			 RC_OK);
	if (seen->stop_at && seen->n == seen->stop_at) {
		return err_set(reterr, RC_STORE, "The store is away.");
	}
	assert_int_equal(number, seen->next);
	seen->next++;
	seen->n++;
	return RC_OK;
}

static void append_of(struct journal_writer *w, const char *group, unsigned number, size_t size)
{
	static char text[JOURNAL_MAX_RECORD];
	memset(text, ' ', size);
	int n = snprintf(text, sizeof(text), "%u", number);
	text[n] = ' ';
	assert_int_equal(journal_append(w, str_of(group), str_from(text, size), NULL), RC_OK);
}

static void append(struct journal_writer *w, unsigned number, size_t size)
{
	append_of(w, "default", number, size);
}

static struct journal_writer *writer_of(const struct folder *f, unsigned worker)
{
	struct journal_writer *w = NULL;
	assert_int_equal(journal_writer_open(&w, f->fd, worker, NULL), RC_OK);
	return w;
}

static struct journal_reader *reader_of(const struct folder *f)
{
	struct journal_reader *r = NULL;
	assert_int_equal(journal_reader_open(&r, f->path, NULL), RC_OK);
	return r;
}

static void read_all(struct journal_reader *r, struct seen *seen, size_t want)
{
	size_t n = 0;
	assert_int_equal(journal_reader_read(r, 0, take_in_order, seen, &n, NULL), RC_OK);
	assert_int_equal(n, want);
}

static void records_come_out_once_committed_only_once(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *w = writer_of(&f, 1);
	struct journal_reader *r = reader_of(&f);
	struct seen seen = { 0 };
	append(w, 0, 100);
	append(w, 1, 3000);
	read_all(r, &seen, 2);
	journal_reader_rollback(r);
	seen.next = 0;
	read_all(r, &seen, 2);
	journal_reader_commit(r);
	read_all(r, &seen, 0);
	append(w, 2, 8);
	read_all(r, &seen, 1);
	assert_int_equal(folder_count(&f), 1); /* still written */
	journal_writer_close(w);
	journal_reader_commit(r);
	assert_int_equal(folder_count(&f), 0);
	journal_reader_close(r);
	folder_remove(&f);
}

static void segments_follow_each_other_and_full_ones_are_deleted(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *w = writer_of(&f, 3);
	struct journal_reader *r = reader_of(&f);
	struct seen seen = { 0 };
	for (unsigned i = 0; i < 200; i++) {
		append(w, i, JOURNAL_MAX_RECORD);
	}
	assert_true(folder_count(&f) > 3);
	read_all(r, &seen, 200);
	journal_reader_commit(r);
	assert_int_equal(folder_count(&f), 1);
	append(w, 200, 64);
	read_all(r, &seen, 1);
	journal_writer_close(w);
	journal_reader_close(r);
	folder_remove(&f);
}

static void the_record_s_limit_holds(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *w = writer_of(&f, 1);
	static char big[JOURNAL_MAX_RECORD + 1];
	assert_int_equal(journal_append(w, STR("default"), str_from(big, JOURNAL_MAX_RECORD), NULL), RC_OK);
	assert_int_equal(journal_append(w, STR("default"), str_from(big, JOURNAL_MAX_RECORD + 1), NULL),
			 RC_LIMIT);
	assert_int_equal(journal_append(w, STR("default"), STR_NONE, NULL), RC_LIMIT);
	journal_writer_close(w);
	folder_remove(&f);
}

static void what_the_taker_refuses_comes_again(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *w = writer_of(&f, 1);
	struct journal_reader *r = reader_of(&f);
	struct seen seen = { .stop_at = 2 };
	size_t n = 0;
	for (unsigned i = 0; i < 4; i++) {
		append(w, i, 50);
	}
	assert_int_equal(journal_reader_read(r, 0, take_in_order, &seen, &n, NULL), RC_STORE);
	journal_reader_rollback(r);
	seen = (struct seen){ 0 };
	assert_int_equal(journal_reader_read(r, 3, take_in_order, &seen, &n, NULL), RC_OK);
	assert_int_equal(n, 3);
	journal_reader_commit(r);
	read_all(r, &seen, 1);
	journal_writer_close(w);
	journal_reader_close(r);
	folder_remove(&f);
}

/* 63 records of this size fill a segment. */
#define LARGE ((size_t)JOURNAL_MAX_RECORD)

static void what_would_not_be_kept_is_let_go_unread(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *w = writer_of(&f, 1);
	struct journal_reader *r = reader_of(&f);
	struct seen seen = { .next = 63 };
	for (unsigned i = 0; i < 4 * 63; i++) {
		append(w, i, LARGE);
	}
	assert_int_equal(journal_reader_drop(r, 4 * 63), 0);
	assert_int_equal(journal_reader_drop(r, 3 * 63), 1);
	read_all(r, &seen, 3 * 63);
	journal_reader_commit(r);
	journal_writer_close(w);
	journal_reader_close(r);
	folder_remove(&f);
}

static void records_of_others_do_not_push_any_out(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *w = writer_of(&f, 1);
	struct journal_writer *other = writer_of(&f, 2);
	struct journal_reader *r = reader_of(&f);
	struct seen seen = { 0 };
	append_of(w, "quiet", 0, LARGE);
	for (unsigned i = 1; i < 4 * 63; i++) {
		append_of(w, "busy", i, LARGE);
	}
	append_of(other, "busy", 4 * 63, LARGE);
	/* The first segment holds a record of the quiet one, the last is being written. */
	assert_int_equal(journal_reader_drop(r, 4 * 63), 0);
	assert_int_equal(journal_reader_drop(r, 1), 2);
	seen.stop_at = 63;
	size_t n = 0;
	assert_int_equal(journal_reader_read(r, 63, take_in_order, &seen, &n, NULL), RC_OK);
	assert_int_equal(n, 63);
	journal_writer_close(w);
	journal_writer_close(other);
	journal_reader_close(r);
	folder_remove(&f);
}

static void a_new_writer_of_the_same_worker_takes_a_segment_of_its_own(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *old = writer_of(&f, 1);
	struct journal_writer *new = writer_of(&f, 1);
	struct journal_reader *r = reader_of(&f);
	struct seen seen = { 0 };
	append(old, 0, 10);
	append(new, 1, 10);
	read_all(r, &seen, 2);
	journal_reader_commit(r);
	assert_int_equal(folder_count(&f), 2);
	journal_writer_close(old);
	journal_reader_commit(r);
	assert_int_equal(folder_count(&f), 1);
	journal_writer_close(new);
	journal_reader_close(r);
	folder_remove(&f);
}

/* A worker that appends without pause and tells each record only after journal_append() returned. */
static void append_until_killed(const struct folder *f, int pipe_fd)
{
	struct journal_writer *w = writer_of(f, 7);
	for (unsigned i = 0;; i++) {
		append(w, i, 200 + i % 5000);
		if (write(pipe_fd, &i, sizeof(i)) != (ssize_t)sizeof(i)) {
			_exit(1);
		}
	}
}

static void nothing_told_as_appended_is_lost_when_the_worker_is_killed(void **state)
{
	for (unsigned round = 0; round < 3; round++) {
		struct folder f = folder_make();
		struct seen seen = { 0 };
		int fds[2];
		unsigned last = 0;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0) {
			append_until_killed(&f, fds[1]);
		}
		(void)close(fds[1]);
		struct journal_reader *r = reader_of(&f);
		while (last < 2000 + round * 333 &&
		       read(fds[0], &last, sizeof(last)) == (ssize_t)sizeof(last)) {
			if (last % 500 == 0) {
				size_t n = 0;
				assert_int_equal(journal_reader_read(r, 0, take_in_order, &seen, &n, NULL),
						 RC_OK);
				journal_reader_commit(r);
			}
		}
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		while (read(fds[0], &last, sizeof(last)) == (ssize_t)sizeof(last)) {
		}
		size_t n = 0;
		assert_int_equal(journal_reader_read(r, 0, take_in_order, &seen, &n, NULL), RC_OK);
		assert_true(seen.next > last);
		journal_reader_commit(r);
		assert_int_equal(folder_count(&f), 0);
		journal_reader_close(r);
		(void)close(fds[0]);
		folder_remove(&f);
	}
}

static void allow_files_of(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void without_room_for_a_segment_nothing_begins_and_what_runs_is_recorded(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *w = writer_of(&f, 1);
	struct journal_reader *r = reader_of(&f);
	struct seen seen = { 0 };
	struct err err = { 0 };
	unsigned n = 0;
	assert_int_equal(sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL), 0);
	allow_files_of(65536);
	while (journal_has_room(w, &err)) {
		append(w, n++, 60000);
	}
	assert_int_equal(err.code, RC_IO);
	/* The failed segment has left nothing behind. */
	assert_int_equal(folder_count(&f), 1);
	for (size_t left = JOURNAL_RESERVE - 65536; left >= 65536; left -= 65536) {
		append(w, n++, 60000);
	}
	assert_false(journal_has_room(w, &err));
	allow_files_of(RLIM_INFINITY);
	assert_true(journal_has_room(w, &err));
	append(w, n++, 60000);
	append(w, n++, 60000);
	append(w, n++, 60000);
	read_all(r, &seen, n);
	journal_writer_close(w);
	journal_reader_close(r);
	folder_remove(&f);
}

/* A writer without room for its blocks takes its file away again, and the next one gets the same name. */
static void a_name_used_again_is_read_from_its_start(void **state)
{
	struct folder f = folder_make();
	struct seen seen = { 0 };
	struct journal_writer *w = writer_of(&f, 3);
	struct journal_reader *r = reader_of(&f);
	append(w, 0, 10);
	append(w, 1, 10);
	read_all(r, &seen, 2);
	journal_writer_close(w);
	assert_int_equal(unlinkat(f.fd, "worker-3-1.segment", 0), 0);
	w = writer_of(&f, 3);
	append(w, 2, 10);
	read_all(r, &seen, 1);
	assert_int_equal(faccessat(f.fd, "worker-3-1.segment", F_OK, 0), 0);
	journal_writer_close(w);
	journal_reader_close(r);
	folder_remove(&f);
}

static void damage_costs_the_rest_of_its_segment_only(void **state)
{
	struct folder f = folder_make();
	struct journal_writer *w = writer_of(&f, 1);
	struct journal_reader *r = reader_of(&f);
	struct seen seen = { 0 };
	append(w, 0, 100);
	append(w, 90, 100);
	int fd = openat(f.fd, "worker-1-1.segment", O_RDWR | O_CLOEXEC);
	size_t place =
		sizeof(struct journal_head) + journal_record_space(100) + sizeof(struct journal_record_head);
	assert_int_equal(pwrite(fd, "X", 1, (off_t)place + 50), 1);
	(void)close(fd);
	struct journal_writer *other = writer_of(&f, 2);
	append(other, 1, 100);
	read_all(r, &seen, 2);
	journal_reader_commit(r);
	journal_writer_close(other);
	journal_reader_commit(r);
	assert_int_equal(faccessat(f.fd, "worker-1-1.segment.damaged", F_OK, 0), 0);
	assert_int_equal(folder_count(&f), 1);
	journal_writer_close(w);
	journal_reader_close(r);
	folder_remove(&f);
}

RUN_TESTS(TEST(records_come_out_once_committed_only_once),
	  TEST(segments_follow_each_other_and_full_ones_are_deleted), TEST(the_record_s_limit_holds),
	  TEST(what_the_taker_refuses_comes_again), TEST(what_would_not_be_kept_is_let_go_unread),
	  TEST(records_of_others_do_not_push_any_out),
	  TEST(a_new_writer_of_the_same_worker_takes_a_segment_of_its_own),
	  TEST(nothing_told_as_appended_is_lost_when_the_worker_is_killed),
	  TEST(without_room_for_a_segment_nothing_begins_and_what_runs_is_recorded),
	  TEST(a_name_used_again_is_read_from_its_start), TEST(damage_costs_the_rest_of_its_segment_only))
