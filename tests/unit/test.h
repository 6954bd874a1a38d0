/* SPDX-License-Identifier: Apache-2.0
 * What every unit test needs: cmocka in the order it wants. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/** A test whose sentence is its function's name. */
#define TEST(function) cmocka_unit_test(function)
/** main() that runs the tests given. What the code under test starts this program anew as, it is not. */
#define RUN_TESTS(...) \
	int main(int argc, char *argv[]) \
	{ \
		const struct CMUnitTest tests[] = { __VA_ARGS__ }; \
		if (argc > 1 && strcmp(argv[1], "part") == 0) \
			return 70; \
		return cmocka_run_group_tests(tests, NULL, NULL); \
	}
