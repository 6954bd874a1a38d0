/* SPDX-License-Identifier: Apache-2.0
 * Slices are split, compared and read without leaving their bounds. */
#include "base/str.h"
#include "unit/test.h"

static void a_number_is_digits_only_and_within_its_limit(void **state)
{
	uint64_t n = 0;
	assert_int_equal(str_parse_uint(STR("18446744073709551615"), UINT64_MAX, &n), RC_OK);
	assert_int_equal(str_parse_uint(STR("18446744073709551616"), UINT64_MAX, &n), RC_LIMIT);
	assert_int_equal(str_parse_uint(STR("+1"), 10, &n), RC_INVALID);
	assert_int_equal(str_parse_uint(STR(""), 10, &n), RC_INVALID);
	assert_int_equal(str_parse_uint(STR("11"), 10, &n), RC_LIMIT);
}

static void a_split_yields_empty_parts_too(void **state)
{
	struct str rest = STR("a,,b,");
	struct str part;
	const char *const expected[] = { "a", "", "b", "" };
	size_t n = 0;
	while (str_split(&rest, ',', &part)) {
		assert_true(n < 4 && str_is(part, expected[n++]));
	}
	assert_int_equal(n, 4);
}

static void outsider_text_is_made_printable_and_cut(void **state)
{
	char out[12];
	assert_string_equal(str_printable(STR("ab\n\x1b[0m"), out, sizeof(out)), "ab\\x0A\\x1B[");
}

RUN_TESTS(TEST(a_number_is_digits_only_and_within_its_limit), TEST(a_split_yields_empty_parts_too),
	  TEST(outsider_text_is_made_printable_and_cut))
