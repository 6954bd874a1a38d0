/* SPDX-License-Identifier: Apache-2.0
 * Tests of JSON written without a tree: it says what the tree would say. */
#include "test.h"

#include "json/text.h"
#include "json/value.h"

static void expect_same_as_the_tree(struct str text)
{
	AUTO_BUF(with_text, 65536);
	AUTO_BUF(with_tree, 65536);
	AUTO_VALUE *tree = value_string(text);
	AUTO_VALUE *parsed = NULL;
	json_text_string(&with_text, text);
	assert_int_equal(value_format(tree, &with_tree), RC_OK);
	assert_int_equal(value_parse(&parsed, buf_str(&with_text), 65536, NULL), RC_OK);
	assert_true(value_equal(parsed, tree));
}

static void text_says_the_same_as_the_tree(void **state)
{
	static const char *const texts[] = { "",
					     "plain",
					     "a\"b\\c/d",
					     "\n\r\t\b\f\x01\x1f\x7f",
					     "gr\xc3\xbc\xc3\x9f",
					     "\xe2\x82\xac",
					     "\xf0\x9f\x98\x80" };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		expect_same_as_the_tree(str_of(texts[i]));
	}
	expect_same_as_the_tree(STR("a\0b"));
}

static void bytes_that_are_no_utf8_become_the_replacement(void **state)
{
	static const char *const texts[] = { "\xff",
					     "a\xc3",
					     "\xc0\x80",
					     "\xe0\x80\x80",
					     "\xed\xa0\x80",
					     "\xf4\x90\x80\x80",
					     "\xf5\x80\x80\x80",
					     "\x80\x80",
					     "\xe2\x82",
					     "\xc3(",
					     "\xf0\x9f\x98" };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		expect_same_as_the_tree(str_of(texts[i]));
	}
}

static void every_pair_of_bytes_says_the_same_as_the_tree(void **state)
{
	for (unsigned i = 0; i < 65536; i++) {
		const char two[] = { (char)(i >> 8), (char)(i & 255) };
		expect_same_as_the_tree(str_from(two, 2));
	}
}

static void members_make_an_object(void **state)
{
	AUTO_BUF(out, 1024);
	(void)buf_add_char(&out, '{');
	json_text_member(&out, "a", STR("x"));
	json_text_member(&out, "b", STR_NONE);
	json_text_member_int(&out, "c", INT64_MIN);
	json_text_member_int(&out, "d", 0);
	json_text_member_int(&out, "e", INT64_MAX);
	json_text_member_bool(&out, "f", true);
	json_text_member_json(&out, "g", STR("[1]"));
	json_text_member_json(&out, "h", STR_NONE);
	(void)buf_add_char(&out, '}');
	assert_string_equal(buf_c(&out), "{\"a\":\"x\",\"b\":\"\",\"c\":-9223372036854775808,\"d\":0,"
					 "\"e\":9223372036854775807,\"f\":true,\"g\":[1],\"h\":{}}");
}

RUN_TESTS(TEST(text_says_the_same_as_the_tree), TEST(bytes_that_are_no_utf8_become_the_replacement),
	  TEST(every_pair_of_bytes_says_the_same_as_the_tree), TEST(members_make_an_object))
