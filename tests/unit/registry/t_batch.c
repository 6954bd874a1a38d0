/* SPDX-License-Identifier: Apache-2.0
 * Tests of batches: filled in by one thread, applied by another, all or nothing. */
#include "test.h"

#include "registry/batch.h"
#include "registry/folder.h"
#include "registry/reader.h"
#include "registry/writer.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

static void put(struct registry_batch *b, enum registry_kind kind, unsigned key, const char *value)
{
	char name[32];
	(void)snprintf(name, sizeof(name), "key-%u", key);
	const struct registry_record r = {
		.kind = kind, .tenant = STR("default"), .key = str_of(name), .value = str_of(value)
	};
	assert_int_equal(registry_batch_put(b, &r, NULL), RC_OK);
}

static struct registry_writer *opened(const struct folder *f)
{
	struct registry_writer *w = NULL;
	assert_int_equal(registry_writer_open(&w, f->path, NULL), RC_OK);
	return w;
}

/* A writer whose content is key-0 alone. */
static struct registry_writer *published(const struct folder *f)
{
	struct registry_writer *w = opened(f);
	AUTO(registry_batch_free_cleanup) struct registry_batch *b = NULL;
	assert_int_equal(registry_writer_start_rebuild(w, &b, NULL), RC_OK);
	put(b, REGISTRY_SERVICE_KEY, 0, "zero");
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
	return w;
}

static bool holds(const struct folder *f, unsigned key, const char *value)
{
	AUTO(registry_reader_close_cleanup) struct registry_reader *r = NULL;
	struct registry_record record;
	char name[32];
	(void)snprintf(name, sizeof(name), "key-%u", key);
	assert_int_equal(registry_reader_open(&r, f->fd, NULL), RC_OK);
	return registry_get(r, REGISTRY_SERVICE_KEY, STR("default"), str_of(name), &record) &&
	       str_is(record.value, value);
}

static void what_moves_follows_from_the_kind(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = published(&f);
	struct registry_reader *r = NULL;
	AUTO(registry_batch_free_cleanup) struct registry_batch *b = registry_batch_new();
	assert_int_equal(registry_reader_open(&r, f.fd, NULL), RC_OK);
	for (unsigned kind = 0; kind < REGISTRY_KIND_COUNT; kind++) {
		bool is_trust = kind == REGISTRY_ANCHOR || kind == REGISTRY_CRL;
		for (unsigned deleted = 0; deleted < 2; deleted++) {
			bool trust = false, identity = false;
			if (deleted) {
				assert_int_equal(registry_batch_delete(b, kind, STR("default"), STR("key-1"),
								       NULL),
						 RC_OK);
			} else {
				put(b, kind, 1, "one");
			}
			assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
			registry_batch_free(b);
			b = registry_batch_new();
			assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
			assert_int_equal(trust, is_trust || kind == REGISTRY_SETTING);
			assert_int_equal(identity, !is_trust);
		}
	}
	registry_reader_close(r);
	registry_writer_close(w);
	folder_remove(&f);
}

static void a_stamp_alone_moves_nothing_and_nothing_is_no_change(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = published(&f);
	struct registry_reader *r = NULL;
	struct registry_record record;
	uint64_t base, before, after;
	bool trust = true, identity = true;
	AUTO(registry_batch_free_cleanup) struct registry_batch *b = registry_batch_new();
	assert_int_equal(registry_reader_open(&r, f.fd, NULL), RC_OK);
	registry_reader_position(r, &base, &before);
	assert_true(registry_batch_is_empty(b));
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
	assert_int_equal(registry_refresh(r, NULL, NULL, NULL), RC_OK);
	registry_reader_position(r, &base, &after);
	assert_int_equal(before, after);
	assert_int_equal(registry_batch_stamp(b, STR("\"8\""), NULL), RC_OK);
	assert_true(!registry_batch_is_empty(b) && !registry_batch_moves_identity(b));
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(!trust && !identity);
	assert_true(registry_get(r, REGISTRY_SETTING, STR(""), STR(REGISTRY_STAMP_KEY), &record));
	registry_reader_close(r);
	registry_writer_close(w);
	folder_remove(&f);
}

static uint64_t version_of(struct registry_reader *r, unsigned key)
{
	struct registry_record record;
	char name[32];
	(void)snprintf(name, sizeof(name), "key-%u", key);
	assert_int_equal(registry_refresh(r, NULL, NULL, NULL), RC_OK);
	assert_true(registry_get(r, REGISTRY_SERVICE_KEY, STR("default"), str_of(name), &record));
	return record.version;
}

/* Also over a rebuild and a writer that is opened anew. */
static void a_record_put_again_has_a_version_it_never_had(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = published(&f);
	struct registry_reader *r = NULL;
	uint64_t seen[40];
	assert_int_equal(registry_reader_open(&r, f.fd, NULL), RC_OK);
	for (unsigned i = 0; i < ARRAY_SIZE(seen); i++) {
		AUTO(registry_batch_free_cleanup) struct registry_batch *b = NULL;
		if (i % 8 == 4) {
			registry_writer_close(w);
			w = opened(&f);
		}
		if (i % 4 == 0) {
			assert_int_equal(registry_writer_start_rebuild(w, &b, NULL), RC_OK);
		} else {
			b = registry_batch_new();
		}
		put(b, i % 3 ? REGISTRY_ANCHOR : REGISTRY_INSTANCE, 1, "other");
		put(b, REGISTRY_SERVICE_KEY, 0, "again");
		assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
		seen[i] = version_of(r, 0);
		assert_true(i == 0 || seen[i] > seen[i - 1]);
	}
	registry_reader_close(r);
	registry_writer_close(w);
	folder_remove(&f);
}

static void the_same_batch_may_be_applied_where_it_was_too_early(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = opened(&f);
	AUTO(registry_batch_free_cleanup) struct registry_batch *b = registry_batch_new();
	AUTO(registry_batch_free_cleanup) struct registry_batch *all = NULL;
	put(b, REGISTRY_SERVICE_KEY, 1, "one");
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_IO);
	assert_int_equal(registry_writer_start_rebuild(w, &all, NULL), RC_OK);
	put(all, REGISTRY_SERVICE_KEY, 0, "zero");
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_IO);
	assert_int_equal(registry_writer_apply(w, all, NULL), RC_OK);
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
	assert_true(holds(&f, 0, "zero") && holds(&f, 1, "one"));
	registry_writer_close(w);
	folder_remove(&f);
}

static void a_batch_that_is_full_is_applied_not_even_in_part(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = published(&f);
	AUTO(registry_batch_free_cleanup) struct registry_batch *b = registry_batch_new();
	AUTO_FREE char *big = mem_alloc(REGISTRY_MAX_VALUE);
	const struct registry_record r = { .kind = REGISTRY_CRL,
					   .key = STR("big"),
					   .value = str_from(big, REGISTRY_MAX_VALUE) };
	enum rc rc = RC_OK;
	put(b, REGISTRY_SERVICE_KEY, 1, "one");
	for (unsigned i = 0; i < 9 && rc == RC_OK; i++) {
		rc = registry_batch_put(b, &r, NULL);
	}
	assert_int_equal(rc, RC_LIMIT);
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_LIMIT);
	assert_false(holds(&f, 1, "one"));
	registry_batch_free(b);
	b = registry_batch_new();
	put(b, REGISTRY_SERVICE_KEY, 2, "two");
	assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
	assert_true(holds(&f, 2, "two"));
	registry_writer_close(w);
	folder_remove(&f);
}

/* No file may grow while `full`. */
static void set_full(bool full)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	limit.rlim_cur = full ? 0 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Otherwise the stamp of the second would vouch for the first. */
static void after_a_batch_that_could_not_be_written_only_a_rebuild_is_applied(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = published(&f);
	AUTO(registry_batch_free_cleanup) struct registry_batch *first = registry_batch_new();
	AUTO(registry_batch_free_cleanup) struct registry_batch *second = registry_batch_new();
	AUTO(registry_batch_free_cleanup) struct registry_batch *all = NULL;
	put(first, REGISTRY_SERVICE_KEY, 1, "one");
	put(second, REGISTRY_SERVICE_KEY, 2, "two");
	set_full(true);
	enum rc rc = registry_writer_apply(w, first, NULL);
	set_full(false);
	assert_int_equal(rc, RC_IO);
	assert_int_equal(registry_writer_apply(w, second, NULL), RC_IO);
	assert_true(holds(&f, 0, "zero") && !holds(&f, 1, "one") && !holds(&f, 2, "two"));
	assert_int_equal(registry_writer_start_rebuild(w, &all, NULL), RC_OK);
	put(all, REGISTRY_SERVICE_KEY, 1, "one");
	assert_int_equal(registry_writer_apply(w, all, NULL), RC_OK);
	assert_int_equal(registry_writer_apply(w, second, NULL), RC_OK);
	assert_true(holds(&f, 1, "one") && holds(&f, 2, "two"));
	registry_writer_close(w);
	folder_remove(&f);
}

static void a_rebuild_that_is_dropped_leaves_no_file(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = published(&f);
	for (unsigned finished = 0; finished < 2; finished++) {
		struct registry_batch *b = NULL;
		assert_int_equal(registry_writer_start_rebuild(w, &b, NULL), RC_OK);
		put(b, REGISTRY_SERVICE_KEY, 1, "one");
		if (finished) {
			assert_int_equal(registry_batch_finish(b, NULL), RC_OK);
		}
		assert_int_equal(folder_count(&f), 4);
		registry_batch_free(b);
		assert_int_equal(folder_count(&f), 3); /* control, base, delta */
		assert_true(holds(&f, 0, "zero"));
	}
	registry_writer_close(w);
	folder_remove(&f);
}

static void of_two_rebuilds_the_later_is_taken(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = published(&f);
	AUTO(registry_batch_free_cleanup) struct registry_batch *first = NULL;
	AUTO(registry_batch_free_cleanup) struct registry_batch *second = NULL;
	assert_int_equal(registry_writer_start_rebuild(w, &first, NULL), RC_OK);
	assert_int_equal(registry_writer_start_rebuild(w, &second, NULL), RC_OK);
	put(first, REGISTRY_SERVICE_KEY, 1, "one");
	put(second, REGISTRY_SERVICE_KEY, 2, "two");
	assert_int_equal(registry_writer_apply(w, first, NULL), RC_BUG);
	assert_int_equal(registry_writer_apply(w, second, NULL), RC_OK);
	assert_int_equal(registry_writer_apply(w, first, NULL), RC_BUG);
	assert_true(!holds(&f, 1, "one") && holds(&f, 2, "two"));
	registry_writer_close(w);
	folder_remove(&f);
}

/* What a clerk does: it fills in batches one after the other and hands each to the owner of the writer. */
#define HANDED 200
struct clerk {
	struct registry_batch *rebuild;
	struct registry_batch *batches[HANDED];
	int pipe[2];
};

static void hand_over(struct clerk *clerk, unsigned number)
{
	assert_int_equal(write(clerk->pipe[1], &number, sizeof(number)), sizeof(number));
}

static void *clerk_run(void *context)
{
	struct clerk *clerk = context;
	for (unsigned i = 1000; i < 3000; i++) {
		put(clerk->rebuild, REGISTRY_SERVICE_KEY, i, "rebuilt");
	}
	assert_int_equal(registry_batch_finish(clerk->rebuild, NULL), RC_OK);
	hand_over(clerk, 0);
	for (unsigned i = 1; i < HANDED; i++) {
		clerk->batches[i] = registry_batch_new();
		put(clerk->batches[i], REGISTRY_SERVICE_KEY, i, "one");
		put(clerk->batches[i], REGISTRY_SERVICE_KEY, 1000 + i, "changed");
		hand_over(clerk, i);
	}
	return NULL;
}

static void a_batch_filled_in_by_one_thread_is_applied_by_another(void **state)
{
	struct folder f = folder_make();
	struct registry_writer *w = published(&f);
	struct clerk clerk = { 0 };
	pthread_t thread;
	unsigned number = 0;
	assert_int_equal(pipe(clerk.pipe), 0);
	assert_int_equal(registry_writer_start_rebuild(w, &clerk.rebuild, NULL), RC_OK);
	assert_int_equal(pthread_create(&thread, NULL, clerk_run, &clerk), 0);
	for (unsigned i = 0; i < HANDED; i++) {
		assert_int_equal(read(clerk.pipe[0], &number, sizeof(number)), sizeof(number));
		struct registry_batch *b = number ? clerk.batches[number] : clerk.rebuild;
		assert_int_equal(registry_writer_apply(w, b, NULL), RC_OK);
		registry_batch_free(b);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(!holds(&f, 0, "zero") && holds(&f, 1000, "rebuilt") && holds(&f, 1001, "changed") &&
		    holds(&f, HANDED - 1, "one"));
	(void)close(clerk.pipe[0]);
	(void)close(clerk.pipe[1]);
	registry_writer_close(w);
	folder_remove(&f);
}

RUN_TESTS(TEST(what_moves_follows_from_the_kind), TEST(a_stamp_alone_moves_nothing_and_nothing_is_no_change),
	  TEST(a_record_put_again_has_a_version_it_never_had),
	  TEST(the_same_batch_may_be_applied_where_it_was_too_early),
	  TEST(a_batch_that_is_full_is_applied_not_even_in_part),
	  TEST(after_a_batch_that_could_not_be_written_only_a_rebuild_is_applied),
	  TEST(a_rebuild_that_is_dropped_leaves_no_file), TEST(of_two_rebuilds_the_later_is_taken),
	  TEST(a_batch_filled_in_by_one_thread_is_applied_by_another))
