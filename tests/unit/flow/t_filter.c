/* SPDX-License-Identifier: Apache-2.0
 * Header lists match names and patterns, and nothing makes them slow. */
#include "flow/filter.h"
#include "unit/test.h"

static void a_list_matches_names_and_patterns_without_regard_to_case(void **state)
{
	static const struct {
		const char *list, *name;
		bool match;
	} cases[] = {
		{ "", "X", false },
		{ "*", "anything", true },
		{ "X-Order-Id", "x-order-id", true },
		{ "X-Order-Id", "X-Order-Idx", false },
		{ "A|B|C", "b", true },
		{ "A | B", "B", true },
		{ "A||B", "", false },
		{ "SAP_.*", "SAP_ApplicationID", true },
		{ "SAP_.*", "XSAP_A", false },
		{ "SAP_.*", "sap_", true },
		{ ".*", "a", true },
		{ "X-[a-c]+", "x-abC", true },
		{ "X-[a-c]+", "x-", false },
		{ "X-[^a-c]", "x-d", true },
		{ "X-[^a-c]", "x-B", false },
		{ "x?y", "y", true },
		{ "x?y", "xxy", false },
		{ "^X-A$", "x-a", true },
		{ "a\\.b", "axb", false },
		{ "a\\.b", "a.b", true },
		{ "a.b", "axb", true },
		{ "\\d+", "123", true },
		{ "(a)", "a", false },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (filter_match(str_of(cases[i].list), str_of(cases[i].name)) != cases[i].match) {
			fail_msg("%s against %s", cases[i].list, cases[i].name);
		}
	}
}

static void what_could_blow_up_is_refused_by_name(void **state)
{
	static const struct {
		const char *list;
		enum rc rc;
	} cases[] = {
		{ "", RC_OK },
		{ "*", RC_OK },
		{ "A|SAP_.*", RC_OK },
		{ "(a+)+", RC_UNSUPPORTED },
		{ "a{2,}", RC_UNSUPPORTED },
		{ "a**", RC_UNSUPPORTED },
		{ "[a", RC_UNSUPPORTED },
		{ "a\\", RC_UNSUPPORTED },
		{ "[z-a]", RC_UNSUPPORTED },
		{ "\\p", RC_UNSUPPORTED },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };
		assert_int_equal(filter_check(str_of(cases[i].list), &err), cases[i].rc);
	}
}

static void a_pattern_and_a_list_have_a_longest_length(void **state)
{
	char text[FILTER_MAX_BYTES + 2];
	memset(text, 'a', sizeof(text));
	assert_int_equal(filter_check(str_from(text, FILTER_MAX_ATOMS), NULL), RC_OK);
	assert_int_equal(filter_check(str_from(text, FILTER_MAX_ATOMS + 1), NULL), RC_LIMIT);
	memset(text, '|', sizeof(text));
	assert_int_equal(filter_check(str_from(text, FILTER_MAX_PATTERNS - 1), NULL), RC_OK);
	assert_int_equal(filter_check(str_from(text, FILTER_MAX_PATTERNS), NULL), RC_LIMIT);
	assert_int_equal(filter_check(str_from(text, FILTER_MAX_BYTES + 1), NULL), RC_LIMIT);
}

static void the_worst_pattern_takes_no_time(void **state)
{
	char name[8000];
	memset(name, 'a', sizeof(name));
	assert_false(filter_match(STR(".*a.*a.*a.*a.*a.*a.*a.*a.*a.*a.*a.*b"), str_from(name, sizeof(name))));
}

RUN_TESTS(TEST(a_list_matches_names_and_patterns_without_regard_to_case),
	  TEST(what_could_blow_up_is_refused_by_name), TEST(a_pattern_and_a_list_have_a_longest_length),
	  TEST(the_worst_pattern_takes_no_time))
