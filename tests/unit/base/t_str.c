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

static void letters_and_digits_are_those_of_ascii(void **state)
{
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool lower = i && strchr(CHAR_LOWER, c), upper = i && strchr(CHAR_UPPER, c);
		bool digit = i && strchr(CHAR_DIGITS, c);
		assert_int_equal(char_is_lower(c), lower);
		assert_int_equal(char_is_upper(c), upper);
		assert_int_equal(char_is_digit(c), digit);
		assert_int_equal(char_is_letter(c), lower || upper);
		assert_int_equal(char_is_letter_or_digit(c), i && strchr(CHAR_LETTERS_DIGITS, c));
		assert_int_equal(char_is_hex(c), i && strchr("0123456789abcdefABCDEF", c));
		assert_int_equal(char_is_printable(c), i >= 0x20 && i < 0x7f);
		assert_int_equal(char_lower(c), upper ? (char)(i + 32) : c);
		assert_int_equal(char_upper(c), lower ? (char)(i - 32) : c);
	}
}

static void a_text_changes_its_case_and_nothing_else(void **state)
{
	char text[] = "Ab9@[`{\xc4";
	str_upper(text);
	assert_string_equal(text, "AB9@[`{\xc4");
	str_lower(text);
	assert_string_equal(text, "ab9@[`{\xc4");
}

static void all_of_a_text_is_of_an_alphabet_or_it_is_not(void **state)
{
	assert_true(str_all_of(STR("a-b"), CHAR_LOWER "-"));
	assert_true(str_all_of(STR_NONE, CHAR_LOWER));
	assert_false(str_all_of(STR("a_b"), CHAR_LOWER "-"));
	/* NUL ends an alphabet and is no part of it. */
	assert_false(str_all_of(STR("a\0b"), CHAR_LOWER));
}

RUN_TESTS(TEST(letters_and_digits_are_those_of_ascii), TEST(a_text_changes_its_case_and_nothing_else),
	  TEST(all_of_a_text_is_of_an_alphabet_or_it_is_not),
	  TEST(a_number_is_digits_only_and_within_its_limit), TEST(a_split_yields_empty_parts_too),
	  TEST(outsider_text_is_made_printable_and_cut))
