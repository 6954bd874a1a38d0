/* SPDX-License-Identifier: Apache-2.0
 * Tests of publishing and following the registry. */
#include "test.h"

#include "registry/desk.h"
#include "registry/folder.h"
#include "registry/compaction.h"
#include "registry/reader.h"
#include "os/process.h"

#include <signal.h>
#include <sys/wait.h>

static void put(struct desk *d, enum registry_kind kind, const char *tenant, const char *key,
		const char *value, const char *term)
{
	struct registry_record r = { .kind = kind,
				     .tenant = str_of(tenant),
				     .key = str_of(key),
				     .value = str_of(value),
				     .terms = { str_of(term) },
				     .n_terms = term != NULL };
	assert_int_equal(registry_batch_put(d->batch, &r, NULL), RC_OK);
}

static void put_credential(struct desk *d, unsigned i, const char *value)
{
	char key[32], term[32];
	(void)snprintf(key, sizeof(key), "key-%u", i);
	(void)snprintf(term, sizeof(term), "cert:%08X", i);
	put(d, REGISTRY_SERVICE_KEY, "default", key, value, term);
}

static struct desk published(const struct folder *f)
{
	struct desk d = desk_open(f->path);
	desk_rebuild(&d);
	put(&d, REGISTRY_TENANT, "default", "default", "{}", NULL);
	put_credential(&d, 1, "one");
	put_credential(&d, 2, "two");
	desk_apply(&d);
	return d;
}

static struct registry_reader *opened(const struct folder *f)
{
	struct registry_reader *r = NULL;
	struct err err = { 0 };
	if (registry_reader_open(&r, f->fd, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	return r;
}

static bool holds(struct registry_reader *r, unsigned i, const char *value)
{
	char key[32], term[32];
	struct registry_record by_key, by_term;
	struct registry_search search;
	(void)snprintf(key, sizeof(key), "key-%u", i);
	(void)snprintf(term, sizeof(term), "cert:%08X", i);
	bool got = registry_get(r, REGISTRY_SERVICE_KEY, STR("default"), str_of(key), &by_key);
	registry_find(r, REGISTRY_SERVICE_KEY, STR("default"), str_of(term), &search);
	bool found = registry_find_next(&search, &by_term);
	assert_int_equal(got, found);
	return got && str_is(by_key.value, value) && str_is(by_term.value, value);
}

static void a_reader_finds_what_was_published_and_nothing_of_another_tenant(void **state)
{
	struct folder f = folder_make();
	struct desk d = published(&f);
	struct registry_reader *r = opened(&f);
	struct registry_record record;
	assert_true(holds(r, 1, "one") && holds(r, 2, "two"));
	assert_false(registry_get(r, REGISTRY_SERVICE_KEY, STR("other"), STR("key-1"), &record));
	assert_false(registry_get(r, REGISTRY_INSTANCE, STR("default"), STR("key-1"), &record));
	assert_int_equal(registry_count(r), 3);
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

static void changes_show_at_the_next_refresh_with_the_right_generation(void **state)
{
	struct folder f = folder_make();
	struct desk d = published(&f);
	struct registry_reader *r = opened(&f);
	bool trust, identity;
	put_credential(&d, 2, "zwei");
	put_credential(&d, 3, "three");
	assert_int_equal(registry_batch_delete(d.batch, REGISTRY_SERVICE_KEY, STR("default"), STR("key-1"),
					       NULL),
			 RC_OK);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(!trust && !identity && holds(r, 1, "one"));
	desk_apply(&d);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(!trust && identity);
	assert_true(!holds(r, 1, "one") && holds(r, 2, "zwei") && holds(r, 3, "three"));
	assert_int_equal(registry_count(r), 3);
	put(&d, REGISTRY_ANCHOR, "default", "root", "{}", NULL);
	desk_apply(&d);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(trust && !identity);
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

static void a_rolled_back_change_never_shows(void **state)
{
	struct folder f = folder_make();
	struct desk d = published(&f);
	struct registry_reader *r = opened(&f);
	put_credential(&d, 9, "nine");
	desk_clear(&d);
	put_credential(&d, 8, "eight");
	desk_apply(&d);
	assert_int_equal(registry_refresh(r, NULL, NULL, NULL), RC_OK);
	assert_true(!holds(r, 9, "nine") && holds(r, 8, "eight"));
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

static void several_records_share_a_term(void **state)
{
	struct folder f = folder_make();
	struct desk d = published(&f);
	struct registry_search search;
	struct registry_record record;
	unsigned n = 0;
	put(&d, REGISTRY_SERVICE_KEY, "default", "a", "1", "dn:same");
	put(&d, REGISTRY_SERVICE_KEY, "default", "b", "2", "dn:same");
	put(&d, REGISTRY_SERVICE_KEY, "other", "c", "3", "dn:same");
	desk_apply(&d);
	struct registry_reader *r = opened(&f);
	for (registry_find(r, REGISTRY_SERVICE_KEY, STR("default"), STR("dn:same"), &search);
	     registry_find_next(&search, &record);) {
		n++;
	}
	assert_int_equal(n, 2);
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

static bool count_record(void *context, const struct registry_record *record)
{
	++*(unsigned *)context;
	return true;
}

static void compaction_changes_nothing_a_reader_sees_and_leaves_one_base(void **state)
{
	struct folder f = folder_make();
	struct desk d = published(&f);
	struct registry_reader *r = opened(&f);
	bool trust, identity;
	unsigned n = 0;
	registry_writer_set_compaction(d.writer, 25, 4096);
	for (unsigned i = 10; i < 200; i++) {
		put_credential(&d, i, "value");
		desk_apply(&d);
		if (i % 7 == 0) {
			assert_int_equal(registry_writer_settle(d.writer, true, NULL), RC_OK);
		}
		if (i % 50 == 0) {
			assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
			assert_true(!trust && identity && holds(r, i, "value"));
		}
	}
	assert_int_equal(registry_writer_settle(d.writer, true, NULL), RC_OK);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	registry_each(r, REGISTRY_SERVICE_KEY, STR("default"), count_record, &n);
	assert_int_equal(n, 192);
	assert_true(holds(r, 1, "one") && holds(r, 199, "value"));
	assert_int_equal(folder_count(&f), 3); /* control, base, delta */
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

/* Changes that come while the new base is made stand behind it, and the generations do not go back. */
static void what_is_published_during_a_compaction_is_not_lost_by_it(void **state)
{
	struct folder f = folder_make();
	struct desk d = published(&f);
	struct registry_reader *r = opened(&f);
	bool trust, identity;
	registry_writer_set_compaction(d.writer, 25, 1);
	put_credential(&d, 3, "three");
	desk_apply(&d); /* begins one */
	registry_writer_set_compaction(d.writer, 25, 1000000);
	put_credential(&d, 1, "new");
	put_credential(&d, 4, "four");
	assert_int_equal(registry_batch_delete(d.batch, REGISTRY_SERVICE_KEY, STR("default"), STR("key-2"),
					       NULL),
			 RC_OK);
	desk_apply(&d);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	uint64_t generation = registry_trust_generation(r);
	while (registry_writer_settle(d.writer, true, NULL) == RC_AGAIN) {
	}
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(!trust && !identity && registry_trust_generation(r) == generation);
	assert_true(holds(r, 1, "new") && !holds(r, 2, "two") && holds(r, 3, "three") && holds(r, 4, "four"));
	assert_int_equal(registry_count(r), 4);
	assert_int_equal(folder_count(&f), 3);
	/* And what follows stands behind that. */
	put_credential(&d, 5, "five");
	put(&d, REGISTRY_ANCHOR, "default", "root", "{}", NULL);
	desk_apply(&d);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(trust && identity && holds(r, 5, "five") && holds(r, 1, "new"));
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

static struct desk stamped(const struct folder *f)
{
	struct desk d = published(f);
	put_credential(&d, 3, "three");
	assert_int_equal(registry_batch_stamp(d.batch, STR("\"7\""), NULL), RC_OK);
	desk_apply(&d);
	desk_close(&d);
	d = desk_open(f->path);
	return d;
}

static void a_writer_goes_on_with_a_registry_of_the_same_stamp(void **state)
{
	struct folder f = folder_make();
	struct desk d = stamped(&f);
	struct registry_reader *r = opened(&f);
	bool trust, identity;
	assert_int_equal(registry_writer_resume(d.writer, STR("\"7\""), NULL, NULL), RC_OK);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(!trust && !identity);
	put_credential(&d, 2, "second");
	desk_apply(&d);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(!trust && identity);
	assert_true(holds(r, 1, "one") && holds(r, 2, "second") && holds(r, 3, "three"));
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

static void another_stamp_or_a_damaged_record_asks_for_a_rebuild(void **state)
{
	struct folder f = folder_make();
	struct desk d = stamped(&f);
	char c;
	assert_int_equal(registry_writer_resume(d.writer, STR("\"8\""), NULL, NULL), RC_CONFLICT);
	desk_rebuild(&d);
	put_credential(&d, 1, "one");
	assert_int_equal(registry_batch_stamp(d.batch, STR("\"8\""), NULL), RC_OK);
	desk_apply(&d);
	desk_close(&d);
	/* A bit of the first record, behind the head of the only base there is. */
	int fd = -1;
	for (unsigned i = 0; i < 64 && fd < 0; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "base-%u", i);
		fd = openat(f.fd, name, O_RDWR);
	}
	assert_true(fd >= 0 && pread(fd, &c, 1, 128 + 16) == 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, 128 + 16), 1);
	(void)close(fd);
	d = desk_open(f.path);
	assert_int_equal(registry_writer_resume(d.writer, STR("\"8\""), NULL, NULL), RC_INVALID);
	desk_close(&d);
	folder_remove(&f);
}

static void a_writer_opened_again_leaves_readers_be_until_it_has_rebuilt(void **state)
{
	struct folder f = folder_make();
	struct desk d = published(&f);
	struct registry_reader *r = opened(&f);
	bool trust, identity;
	desk_close(&d);
	d = desk_open(f.path);
	desk_rebuild(&d);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(!trust && !identity && holds(r, 1, "one"));
	put_credential(&d, 5, "five");
	put_credential(&d, 5, "fünf");
	put_credential(&d, 6, "six");
	assert_int_equal(registry_batch_delete(d.batch, REGISTRY_SERVICE_KEY, STR("default"), STR("key-6"),
					       NULL),
			 RC_OK);
	desk_apply(&d);
	assert_int_equal(registry_refresh(r, &trust, &identity, NULL), RC_OK);
	assert_true(trust && identity);
	assert_true(!holds(r, 1, "one") && holds(r, 5, "fünf") && !holds(r, 6, "six"));
	assert_int_equal(registry_count(r), 1);
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

static void a_change_before_the_rebuild_is_refused(void **state)
{
	struct folder f = folder_make();
	struct registry_reader *r = NULL;
	struct registry_record record = { .kind = REGISTRY_SETTING, .key = STR("a") };
	assert_int_equal(registry_reader_open(&r, f.fd, NULL), RC_AGAIN);
	struct desk d = desk_open(f.path);
	assert_int_equal(registry_reader_open(&r, f.fd, NULL), RC_INVALID);
	assert_int_equal(registry_batch_put(d.batch, &record, NULL), RC_OK);
	assert_int_equal(registry_writer_apply(d.writer, d.batch, NULL), RC_IO);
	desk_close(&d);
	folder_remove(&f);
}

static void a_hundred_thousand_records_are_found_and_opened_fast(void **state)
{
	struct folder f = folder_make();
	struct desk d = desk_open(f.path);
	desk_rebuild(&d);
	for (unsigned i = 0; i < 100000; i++) {
		put_credential(&d, i, "value");
	}
	desk_apply(&d);
	struct registry_reader *r = opened(&f);
	for (unsigned i = 0; i < 100000; i += 97) {
		assert_true(holds(r, i, "value"));
	}
	assert_false(holds(r, 100000, "value"));
	assert_int_equal(registry_count(r), 100000);
	registry_reader_close(r);
	desk_close(&d);
	folder_remove(&f);
}

/* A writer that publishes pairs without pause until it is killed: both halves always have one value. */
static void publish_pairs(const struct folder *f)
{
	struct desk d = published(f);
	registry_writer_set_compaction(d.writer, 25, 16384);
	for (unsigned i = 0;; i++) {
		char value[32];
		(void)snprintf(value, sizeof(value), "%u", i);
		put_credential(&d, 1, value);
		put_credential(&d, 2, value);
		if (registry_writer_apply(d.writer, d.batch, NULL) != RC_OK) {
			_exit(2);
		}
		desk_clear(&d);
	}
}

static void check_pair(struct registry_reader *r, unsigned *highest)
{
	struct registry_record one, two;
	uint64_t number = 0;
	assert_true(registry_get(r, REGISTRY_SERVICE_KEY, STR("default"), STR("key-1"), &one));
	assert_true(registry_get(r, REGISTRY_SERVICE_KEY, STR("default"), STR("key-2"), &two));
	if (str_parse_uint(one.value, UINT32_MAX, &number) == RC_OK) {
		assert_true(str_equal(one.value, two.value));
		assert_true(number >= *highest);
		*highest = (unsigned)number;
	}
}

static void a_writer_killed_at_any_moment_leaves_a_whole_registry(void **state)
{
	for (unsigned round = 0; round < 5; round++) {
		struct folder f = folder_make();
		struct registry_reader *r = NULL;
		unsigned highest = 0;
		pid_t pid = fork();
		if (pid == 0) {
			publish_pairs(&f);
			_exit(1);
		}
		while (registry_reader_open(&r, f.fd, NULL) != RC_OK) {
		}
		while (highest < 300 + round * 77) {
			assert_int_equal(registry_refresh(r, NULL, NULL, NULL), RC_OK);
			check_pair(r, &highest);
		}
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(registry_refresh(r, NULL, NULL, NULL), RC_OK);
		check_pair(r, &highest);
		registry_reader_close(r);
		r = opened(&f);
		check_pair(r, &highest);
		struct desk d = published(&f);
		assert_int_equal(registry_refresh(r, NULL, NULL, NULL), RC_OK);
		assert_true(holds(r, 1, "one"));
		desk_close(&d);
		registry_reader_close(r);
		folder_remove(&f);
	}
}

int main(int argc, char *argv[])
{
	/* A compaction is this program started anew. */
	if (argc == 4 && strcmp(argv[1], PROCESS_PART) == 0 && strcmp(argv[2], "compaction") == 0) {
		return registry_compaction_run(argv[3]);
	}
	const struct CMUnitTest tests[] = {
		TEST(a_reader_finds_what_was_published_and_nothing_of_another_tenant),
		TEST(changes_show_at_the_next_refresh_with_the_right_generation),
		TEST(a_rolled_back_change_never_shows),
		TEST(several_records_share_a_term),
		TEST(compaction_changes_nothing_a_reader_sees_and_leaves_one_base),
		TEST(what_is_published_during_a_compaction_is_not_lost_by_it),
		TEST(a_writer_goes_on_with_a_registry_of_the_same_stamp),
		TEST(another_stamp_or_a_damaged_record_asks_for_a_rebuild),
		TEST(a_writer_opened_again_leaves_readers_be_until_it_has_rebuilt),
		TEST(a_change_before_the_rebuild_is_refused),
		TEST(a_hundred_thousand_records_are_found_and_opened_fast),
		TEST(a_writer_killed_at_any_moment_leaves_a_whole_registry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
