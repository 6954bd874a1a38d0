/* SPDX-License-Identifier: Apache-2.0
 * Wrong logins are slowed. */
#include "api/core/throttle.h"
#include "unit/test.h"

static void the_eleventh_within_a_minute_waits_whatever_the_port(void **state)
{
	struct throttle *throttle = throttle_new();
	struct mono now = { 1000 * US_PER_SECOND };
	for (int i = 0; i < THROTTLE_MAX; i++) {
		assert_false(throttle_refuses(throttle, STR("10.0.0.1:1"), STR("admin"), now));
		throttle_count(throttle, STR("10.0.0.1:2"), STR("admin"), now);
	}
	assert_true(throttle_refuses(throttle, STR("10.0.0.1:3"), STR("admin"), now));
	throttle_free(throttle);
}

static void others_do_not_wait_and_a_minute_heals(void **state)
{
	struct throttle *throttle = throttle_new();
	struct mono now = { 1000 * US_PER_SECOND };
	for (int i = 0; i < THROTTLE_MAX; i++) {
		throttle_count(throttle, STR("10.0.0.1:2"), STR("admin"), now);
	}
	assert_false(throttle_refuses(throttle, STR("10.0.0.2:2"), STR("admin"), now));
	assert_false(throttle_refuses(throttle, STR("10.0.0.1:2"), STR("other"), now));
	assert_false(throttle_refuses(throttle, STR("10.0.0.1:2"), STR("admin"), mono_after_ms(now, 60000)));
	throttle_free(throttle);
}

RUN_TESTS(TEST(the_eleventh_within_a_minute_waits_whatever_the_port),
	  TEST(others_do_not_wait_and_a_minute_heals))
