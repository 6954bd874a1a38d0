/* SPDX-License-Identifier: Apache-2.0
 * Bytes held in all and for one caller. */
#include "http/budget.h"
#include "unit/test.h"

static void a_caller_has_a_quarter_and_all_together_have_the_whole(void **state)
{
	struct budget *b = budget_new(400);
	struct budget_account *callers[5];
	for (size_t i = 0; i < ARRAY_SIZE(callers); i++) {
		char name[2] = { (char)('a' + i), '\0' };
		callers[i] = budget_open(b, str_of(name));
	}
	assert_int_equal(budget_take(callers[0], 101), BUDGET_CALLER);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(budget_take(callers[i], 100), BUDGET_OK);
	}
	assert_int_equal(budget_held(b), 400);
	assert_int_equal(budget_take(callers[4], 1), BUDGET_FULL);
	assert_int_equal(budget_take(callers[0], 1), BUDGET_FULL);
	budget_give(callers[3], 1);
	assert_int_equal(budget_take(callers[0], 1), BUDGET_CALLER);
	assert_int_equal(budget_take(callers[4], 1), BUDGET_OK);
	assert_int_equal(budget_take(callers[4], UINT64_MAX), BUDGET_FULL);
	budget_give(callers[4], 1);
	for (size_t i = 0; i < 4; i++) {
		budget_give(callers[i], i == 3 ? 99 : 100);
	}
	assert_int_equal(budget_held(b), 0);
	for (size_t i = 0; i < ARRAY_SIZE(callers); i++) {
		budget_close(callers[i]);
	}
	budget_free(b);
}

static void connections_of_one_caller_count_together(void **state)
{
	struct budget *b = budget_new(400);
	struct budget_account *one = budget_open(b, STR("caller")), *again = budget_open(b, STR("caller"));
	assert_ptr_equal(one, again);
	assert_int_equal(budget_take(one, 60), BUDGET_OK);
	assert_int_equal(budget_take(again, 60), BUDGET_CALLER);
	budget_give(one, 60);
	budget_close(one);
	assert_int_equal(budget_take(again, 100), BUDGET_OK);
	budget_give(again, 100);
	budget_close(again);
	/* More names than places, and none at all. */
	struct budget_account *many[3000];
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = budget_open(b, str_from((const char *)&i, i ? sizeof(i) : 0));
	}
	for (size_t i = ARRAY_SIZE(many); i-- > 0;) {
		budget_close(many[i]);
	}
	budget_close(NULL);
	budget_free(b);
}

RUN_TESTS(TEST(a_caller_has_a_quarter_and_all_together_have_the_whole),
	  TEST(connections_of_one_caller_count_together))
