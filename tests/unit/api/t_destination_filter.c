/* SPDX-License-Identifier: Apache-2.0
 * The Destination service's $filter. */
#include "api/destination/destination_filter.h"
#include "unit/test.h"

static struct value *list_of_three(void)
{
	static const char *const names[] = { "alpha", "beta", "our team's app" };
	struct value *list = value_array();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct value *one = value_object();
		value_set_c(one, "Name", names[i]);
		value_append(list, one);
	}
	return list;
}

static size_t kept(const char *filter)
{
	AUTO_VALUE *list = list_of_three(), *ret = NULL;
	return destination_filter_apply(str_of(filter), list, &ret, NULL) == RC_OK ? value_count(ret) : 99;
}

static void names_are_picked_by_in(void **state)
{
	assert_int_equal(kept("Name in ('alpha','beta')"), 2);
	assert_int_equal(kept("Name in ('alpha', 'nothing')"), 1);
}

static void a_name_inside_the_quotes_is_percent_encoded_once_more(void **state)
{
	assert_int_equal(kept("Name in ('our%20team%27s%20app')"), 1);
}

static void starts_and_ends_are_compared_with_or_without_a_space(void **state)
{
	assert_int_equal(kept("startswith(Name,'al')"), 1);
	assert_int_equal(kept("startswith(Name, 'al')"), 1);
	assert_int_equal(kept("endswith(Name,'a')"), 2);
	assert_int_equal(kept("endswith(Name, 'team''s app')"), 1);
}

static void another_filter_is_refused(void **state)
{
	static const char *const filters[] = { "",
					       "Name",
					       "Name in (",
					       "Name in ('a'",
					       "Name in ('a') or 1",
					       "Name eq 'a'",
					       "startswith(Name,'a",
					       "Name in ('%')" };
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		assert_int_equal(kept(filters[i]), 99);
	}
}

RUN_TESTS(TEST(names_are_picked_by_in), TEST(a_name_inside_the_quotes_is_percent_encoded_once_more),
	  TEST(starts_and_ends_are_compared_with_or_without_a_space), TEST(another_filter_is_refused))
