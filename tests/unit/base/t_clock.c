/* SPDX-License-Identifier: Apache-2.0
 * Times are told and read as RFC 3339. */
#include "base/clock.h"
#include "unit/test.h"

static void a_time_reads_back_as_it_was_written(void **state)
{
	char text[WALL_TEXT_SIZE];
	struct wall w = { 0 };
	assert_int_equal(wall_parse(STR("2026-11-23T09:30:05.250Z"), &w), RC_OK);
	assert_string_equal(wall_format(w, text), "2026-11-23T09:30:05Z");
	assert_string_equal(wall_format_ms(w, text), "2026-11-23T09:30:05.250Z");
}

static void a_time_before_1970_keeps_its_second(void **state)
{
	char text[WALL_TEXT_SIZE];
	assert_string_equal(wall_format(wall_from_seconds(-1), text), "1969-12-31T23:59:59Z");
}

static void a_malformed_time_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   "2026-11-23",
					   "2026-13-23T09:30:05Z",
					   "2026-11-23T09:30:05",
					   "2026-11-23T09:30:05.Z",
					   "2026-11-23T09:30:05.1xZ" };
	struct wall w;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(wall_parse(str_of(bad[i]), &w), RC_INVALID);
	}
}

RUN_TESTS(TEST(a_time_reads_back_as_it_was_written), TEST(a_time_before_1970_keeps_its_second),
	  TEST(a_malformed_time_is_refused))
