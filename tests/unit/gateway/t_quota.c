/* SPDX-License-Identifier: Apache-2.0
 * Tests of the quota for strangers' refusals. */
#include "test.h"

#include "gateway/quota.h"

static void above_the_limit_refusals_are_counted_and_told_once_the_second_is_over(void **state)
{
	struct quota quota = { .limit = 2 };
	const struct mono now = { 5 * US_PER_SECOND };
	assert_true(quota_try(&quota, now));
	assert_true(quota_try(&quota, now));
	assert_false(quota_try(&quota, now));
	assert_false(quota_try(&quota, mono_after_ms(now, 999)));
	assert_int_equal(quota_take_dropped(&quota, now), 0);
	assert_int_equal(quota_take_dropped(&quota, mono_after_ms(now, 1000)), 2);
	assert_int_equal(quota_take_dropped(&quota, mono_after_ms(now, 1000)), 0);
	assert_true(quota_try(&quota, mono_after_ms(now, 1000)));
}

static void a_flood_that_goes_on_is_told_of_while_it_lasts(void **state)
{
	struct quota quota = { .limit = 1 };
	const struct mono now = { 5 * US_PER_SECOND };
	assert_true(quota_try(&quota, now));
	assert_false(quota_try(&quota, now));
	assert_false(quota_try(&quota, now));
	assert_true(quota_try(&quota, mono_after_ms(now, 1000)));
	assert_false(quota_try(&quota, mono_after_ms(now, 1000)));
	assert_int_equal(quota_take_dropped(&quota, mono_after_ms(now, 1500)), 2);
	assert_int_equal(quota_take_dropped(&quota, mono_after_ms(now, 1500)), 0);
	assert_int_equal(quota_take_dropped(&quota, mono_after_ms(now, 2000)), 1);
}

RUN_TESTS(TEST(above_the_limit_refusals_are_counted_and_told_once_the_second_is_over),
	  TEST(a_flood_that_goes_on_is_told_of_while_it_lasts))
