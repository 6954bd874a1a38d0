/* SPDX-License-Identifier: Apache-2.0
 * Buffers grow to their maximum and no further. */
#include "base/buf.h"
#include "unit/test.h"

static void an_addition_past_the_maximum_changes_nothing_and_is_remembered(void **state)
{
	AUTO_BUF(b, 5);
	assert_true(buf_add_c(&b, "four"));
	assert_false(buf_add_c(&b, "ab"));
	assert_true(b.overflow);
	assert_string_equal(buf_c(&b), "four");
	assert_true(buf_add_c(&b, "x"));
}

static void printf_writes_up_to_the_last_byte(void **state)
{
	AUTO_BUF(b, 3);
	assert_true(buf_printf(&b, "%d", 123));
	assert_false(buf_printf(&b, "%d", 4));
	assert_string_equal(buf_c(&b), "123");
}

static void dropping_keeps_the_rest(void **state)
{
	AUTO_BUF(b, 100);
	assert_true(buf_add_c(&b, "headbody"));
	buf_drop(&b, 4);
	assert_string_equal(buf_c(&b), "body");
}

RUN_TESTS(TEST(an_addition_past_the_maximum_changes_nothing_and_is_remembered),
	  TEST(printf_writes_up_to_the_last_byte), TEST(dropping_keeps_the_rest))
