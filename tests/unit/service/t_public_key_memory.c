/* SPDX-License-Identifier: Apache-2.0
 * Public keys that are kept: told again, and bounded. */
#include "base/memory.h"
#include "service/destination/public_key_memory.h"
#include "unit/test.h"

#include <stdio.h>

static int set_up(void **state)
{
	*state = public_key_memory_new();
	return 0;
}

static int tear_down(void **state)
{
	public_key_memory_free(*state);
	return 0;
}

/* The n-th etag. */
static const char *etag(size_t n)
{
	static char text[DESTINATION_ETAG_SIZE];
	(void)snprintf(text, sizeof(text), "%064zx", n);
	return text;
}

/* An answer whose JSON is of so many bytes. */
static struct value *answer(size_t bytes)
{
	AUTO_FREE char *text = mem_alloc(bytes);
	struct value *list = value_array();
	memset(text, 'a', bytes);
	value_append(list, value_string(str_from(text, bytes - 4)));
	return list;
}

static void keep(struct public_key_memory *memory, size_t n, size_t bytes)
{
	AUTO_VALUE *list = answer(bytes);
	public_key_memory_keep(memory, etag(n), list);
}

static bool is_kept(struct public_key_memory *memory, size_t n)
{
	AUTO_VALUE *list = NULL;
	return public_key_memory_find(memory, etag(n), &list);
}

static void what_is_kept_is_told_under_its_etag_alone(void **state)
{
	AUTO_VALUE *list = NULL;
	keep(*state, 1, 14);
	assert_false(is_kept(*state, 2));
	assert_true(public_key_memory_find(*state, etag(1), &list));
	assert_string_equal(value_c(value_at(list, 0)), "aaaaaaaaaa");
}

static void that_a_file_tells_nothing_is_kept_too(void **state)
{
	AUTO_VALUE *list = value_array();
	public_key_memory_keep(*state, etag(1), NULL);
	value_free(TAKE(list));
	assert_true(public_key_memory_find(*state, etag(1), &list));
	assert_null(list);
}

static void the_oldest_goes_where_there_are_too_many(void **state)
{
	for (size_t n = 0; n < PUBLIC_KEY_MEMORY_FILES; n++) {
		keep(*state, n, 10);
	}
	assert_true(is_kept(*state, 0));
	keep(*state, PUBLIC_KEY_MEMORY_FILES, 10);
	assert_false(is_kept(*state, 0));
	assert_true(is_kept(*state, 1));
	assert_true(is_kept(*state, PUBLIC_KEY_MEMORY_FILES));
}

static void the_oldest_go_where_they_are_too_large(void **state)
{
	size_t most = PUBLIC_KEY_MEMORY_BYTES / PUBLIC_KEY_MEMORY_ANSWER;
	for (size_t n = 0; n < most; n++) {
		keep(*state, n, PUBLIC_KEY_MEMORY_ANSWER);
	}
	assert_true(is_kept(*state, 0));
	keep(*state, most, 10);
	assert_false(is_kept(*state, 0));
	assert_true(is_kept(*state, 1));
	assert_true(is_kept(*state, most));
}

static void one_that_is_too_large_is_not_kept(void **state)
{
	keep(*state, 1, PUBLIC_KEY_MEMORY_ANSWER + 1);
	assert_false(is_kept(*state, 1));
}

static void one_that_is_kept_twice_takes_one_place(void **state)
{
	keep(*state, 0, 10);
	for (size_t i = 0; i < PUBLIC_KEY_MEMORY_FILES; i++) {
		keep(*state, 1, 10);
	}
	assert_true(is_kept(*state, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_kept_is_told_under_its_etag_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(that_a_file_tells_nothing_is_kept_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_oldest_goes_where_there_are_too_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_oldest_go_where_they_are_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_is_too_large_is_not_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_is_kept_twice_takes_one_place, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
