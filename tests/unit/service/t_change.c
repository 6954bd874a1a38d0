/* SPDX-License-Identifier: Apache-2.0
 * One change: its number, what is done once it is durable, and what becomes of it when it cannot be
 * published. */
#include "registry/writer.h"
#include "service/publish/publish.h"
#include "service/core/stamp.h"
#include "store/subaccount/publication.h"
#include "store/key/role.h"
#include "unit/service/world.h"

#include <signal.h>
#include <sys/resource.h>

static int64_t number_of(struct world *w)
{
	AUTO(store_publication_fini) struct store_publication row = { 0 };
	OK(w, store_publication_get(w->session->store, &row, &w->err));
	return row.changes;
}

/* Whether gateways see the stamp of the store as it is. */
static bool is_current(struct world *w)
{
	AUTO_BUF(stamp, STAMP_MAX);
	AUTO_BUF(found, STAMP_MAX);
	OK(w, stamp_format(w->session->store, &stamp, &w->err));
	return published(w, REGISTRY_SETTING, "", REGISTRY_STAMP_KEY, &found) &&
	       str_equal(buf_str(&stamp), buf_str(&found));
}

static void put_setting(struct world *w, struct change *change, const char *key)
{
	const struct registry_record record = {
		.kind = REGISTRY_SETTING, .tenant = STR(TENANT), .key = str_of(key), .value = STR("1")
	};
	OK(w, registry_batch_put(change_batch(change), &record, &w->err));
}

static bool is_published(struct world *w, const char *key)
{
	return published(w, REGISTRY_SETTING, TENANT, key, NULL);
}

static void note(struct session *session, void *context)
{
	(void)buf_add_char(context, 'x');
}

static void note_last(struct session *session, void *context)
{
	(void)buf_add_char(context, 'z');
}

static void numbers_follow_the_order_of_commits_whatever_the_kind(void **state)
{
	struct world *w = *state;
	int64_t before = number_of(w);
	assert_true(is_current(w));
	for (int i = 1; i <= 4; i++) {
		AUTO_CHANGE change = { 0 };
		if (i % 2) {
			OK(w, change_begin(&change, w->session, &w->err));
			put_setting(w, &change, "a");
		} else {
			OK(w, change_begin_local(&change, w->session, &w->err));
		}
		OK(w, change_commit(&change, &w->err));
		assert_int_equal(change.number, before + i);
		assert_int_equal(number_of(w), before + i);
		assert_true(is_current(w));
	}
}

static void what_is_not_committed_leaves_nothing_and_has_no_number(void **state)
{
	struct world *w = *state;
	int64_t before = number_of(w);
	AUTO_BUF(seen, 8);
	{
		AUTO_CHANGE change = { 0 };
		OK(w, change_begin(&change, w->session, &w->err));
		put_setting(w, &change, "dropped");
		change_when_done(&change, note, &seen);
	}
	AUTO_CHANGE next = { 0 };
	OK(w, change_begin(&next, w->session, &w->err));
	put_setting(w, &next, "kept");
	OK(w, change_commit(&next, &w->err));
	assert_int_equal(next.number, before + 1);
	assert_string_equal(buf_c(&seen), "");
	assert_true(is_published(w, "kept") && !is_published(w, "dropped"));
}

static void what_is_to_be_done_is_done_in_order_once_it_is_durable(void **state)
{
	struct world *w = *state;
	AUTO_BUF(seen, 8);
	AUTO_CHANGE change = { 0 };
	OK(w, change_begin(&change, w->session, &w->err));
	change_when_done(&change, note, &seen);
	change_when_done(&change, note, &seen);
	change_when_done(&change, note_last, &seen);
	assert_string_equal(buf_c(&seen), "");
	OK(w, change_commit(&change, &w->err));
	assert_string_equal(buf_c(&seen), "xxz");
}

/* No file may grow while `full`. */
static void set_full(bool full)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	limit.rlim_cur = full ? 1 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk is full from the store's commit on, so that the registry cannot follow. */
static void fill_disk(struct session *session, void *context)
{
	set_full(true);
}

static void fail_to_publish(struct world *w)
{
	AUTO_CHANGE change = { 0 };
	OK(w, change_begin(&change, w->session, &w->err));
	put_setting(w, &change, "late");
	change_when_done(&change, fill_disk, NULL);
	enum rc rc = change_commit(&change, NULL);
	set_full(false);
	assert_int_equal(rc, RC_IO);
}

static void a_registry_that_is_behind_holds_up_no_local_change_and_is_made_up_for(void **state)
{
	struct world *w = *state;
	fail_to_publish(w);
	AUTO_CHANGE local = { 0 };
	OK(w, change_begin_local(&local, w->session, &w->err));
	OK(w, change_commit(&local, &w->err));
	assert_true(!is_current(w) && w->session->stale);
	AUTO_CHANGE change = { 0 };
	OK(w, change_begin(&change, w->session, &w->err));
	assert_true(is_current(w) && !w->session->stale);
	put_setting(w, &change, "next");
	OK(w, change_commit(&change, &w->err));
	assert_true(is_current(w) && is_published(w, "next"));
}

RUN_TESTS(WORLD_TEST(numbers_follow_the_order_of_commits_whatever_the_kind),
	  WORLD_TEST(what_is_not_committed_leaves_nothing_and_has_no_number),
	  WORLD_TEST(what_is_to_be_done_is_done_in_order_once_it_is_durable),
	  WORLD_TEST(a_registry_that_is_behind_holds_up_no_local_change_and_is_made_up_for))
