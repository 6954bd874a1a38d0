/* SPDX-License-Identifier: Apache-2.0
 * What an error's parts return, with and without somebody who wants to know. */
#include "base/result.h"
#include "unit/test.h"

static enum rc refuse(enum rc code, struct err *reterr)
{
	(void)err_set(reterr, code, "It is too long.");
	(void)err_reason(reterr, "K200");
	(void)err_fix(reterr, "Cut it to %d.", 5);
	(void)err_native(reterr, ERR_SYSTEM, 2);
	return err_field(reterr, "name");
}

static void a_part_returns_the_code_of_its_error(void **state)
{
	for (int code = RC_OK + 1; code < RC_COUNT; code++) {
		struct err err = { 0 };
		assert_int_equal(refuse((enum rc)code, &err), code);
		assert_int_equal(err.code, code);
		assert_string_equal(err.field, "name");
		assert_string_equal(err.fix, "Cut it to 5.");
	}
}

static void also_where_nobody_wants_to_know_more(void **state)
{
	for (int code = RC_OK + 1; code < RC_COUNT; code++) {
		assert_int_equal(refuse((enum rc)code, NULL), code);
	}
	(void)err_errno(NULL, "It cannot be read");
	assert_int_equal(err_field(NULL, "path"), RC_IO);
}

RUN_TESTS(TEST(a_part_returns_the_code_of_its_error), TEST(also_where_nobody_wants_to_know_more))
