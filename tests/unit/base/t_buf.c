/* SPDX-License-Identifier: Apache-2.0
 * Buffers grow to their maximum and no further. */
#include "base/buf.h"

#include "base/memory.h"
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

/* Each growth above a small message's, refused in turn. */
static void a_growth_for_which_there_is_no_memory_changes_nothing_and_is_remembered(void **state)
{
	AUTO_FREE char *part = mem_alloc(50000);
	for (int secret = 0; secret < 2; secret++) {
		for (unsigned n = 1; n <= 4; n++) {
			AUTO(buf_fini) struct buf b = { .max = 1000000, .secret = secret };
			unsigned added = 0;
			mem_refuse(n);
			while (added < 20 && buf_add(&b, str_from(part, 50000))) {
				added++;
			}
			mem_refuse(0);
			assert_true(b.overflow && added < 20);
			assert_int_equal(b.n, added * (size_t)50000);
			assert_true(buf_add(&b, str_from(part, 50000)));
			assert_int_equal(b.n, (added + 1) * (size_t)50000);
		}
	}
}

static void a_buffer_is_never_larger_than_its_maximum(void **state)
{
	AUTO_FREE char *part = mem_alloc(70000);
	AUTO_BUF(b, 70000);
	assert_true(buf_add(&b, str_from(part, 65000)));
	assert_true(buf_add(&b, str_from(part, 5000)));
	assert_int_equal(b.size, 70001);
	assert_false(buf_add_char(&b, 'x'));
	assert_null(buf_reserve(&b, SIZE_MAX));
}

static void what_is_laid_aside_is_for_the_small_ones(void **state)
{
	mem_lay_aside(1024 * 1024);
	AUTO_FREE char *tried = mem_try(100000, 100000);
	assert_non_null(tried);
	mem_refuse(1);
	assert_null(mem_try(1, 1));
	mem_refuse(2);
	tried = mem_try_resize(tried, 200000);
	assert_non_null(tried);
	assert_null(mem_try_resize(tried, 300000));
	mem_lay_aside(0);
}

RUN_TESTS(TEST(a_growth_for_which_there_is_no_memory_changes_nothing_and_is_remembered),
	  TEST(a_buffer_is_never_larger_than_its_maximum), TEST(what_is_laid_aside_is_for_the_small_ones),
	  TEST(an_addition_past_the_maximum_changes_nothing_and_is_remembered),
	  TEST(printf_writes_up_to_the_last_byte), TEST(dropping_keeps_the_rest))
