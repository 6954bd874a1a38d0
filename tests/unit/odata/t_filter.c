/* SPDX-License-Identifier: Apache-2.0
 * Filters say which entities pass. */
#include "base/memory.h"
#include "odata/filter.h"
#include "unit/test.h"

static struct value *entity(void)
{
	struct value *v = NULL;
	assert_int_equal(value_parse(&v,
				     STR("{\"Id\":\"a'b\",\"Size\":7,\"On\":true,\"None\":null,"
					 "\"LogEnd\":1522069440200,\"Artifact\":{\"Id\":\"orders\"}}"),
				     10000, NULL),
			 RC_OK);
	return v;
}

static void check(const char *text, bool expected)
{
	AUTO_VALUE *v = entity();
	AUTO(odata_filter_free_cleanup) struct odata_filter *filter = NULL;
	struct err err = { 0 };
	if (odata_filter_parse(&filter, str_of(text), &err) != RC_OK) {
		fail_msg("%s: %s", text, err.text);
	}
	if (odata_filter_match(filter, v) != expected) {
		fail_msg("%s is %s", text, expected ? "false" : "true");
	}
}

static void comparisons_and_logic_work(void **state)
{
	check("Id eq 'a''b'", true);
	check("Id eq 'a'", false);
	check("Size gt 6 and Size lt 8", true);
	check("Size ge 8 or Size le 6", false);
	check("Size ne -7", true);
	check("not (Size eq 7)", false);
	check("not On", false);
	check("On", true);
	check("On eq true and On ne false", true);
	check("true or false and false", true); /* and binds closer */
	check("(true or false) and false", false);
	check("Artifact/Id eq 'orders'", true);
	check("Artifact/Id eq 'orders' and Id ne 'x'", true);
	check("Id gt 'a' and Id lt 'b'", true);
}

static void null_passes_only_eq_null_and_ne(void **state)
{
	check("None eq null", true);
	check("Absent eq null", true);
	check("None eq 'x'", false);
	check("None ne 'x'", true);
	check("None gt 1", false);
	check("Id eq null", false);
	check("Artifact/Absent/Deep eq null", true);
}

static void times_are_compared(void **state)
{
	check("LogEnd gt datetime'2018-03-26T13:04:00'", true);
	check("LogEnd le datetime'2018-03-26T13:04:00.200'", true);
	check("LogEnd lt datetime'2018-03-26T13:04'", false);
	check("LogEnd gt datetimeoffset'2018-03-26T13:04:00Z'", true);
}

static void functions_work(void **state)
{
	check("substringof('b',Id)", true);
	check("substringof('c',Id) eq false", true);
	check("startswith(Id,'a''')", true);
	check("endswith(Id,'b') eq true", true);
	check("toupper(Id) eq 'A''B'", true);
	check("tolower('ABC') eq 'abc'", true);
	check("length(Id) eq 3", true);
	check("indexof(Id,'b') eq 2", true);
	check("indexof(Id,'z') eq -1", true);
	check("trim(' x ') eq concat('x','')", true);
	check("startswith(None,'a')", false);
}

static void malformed_filters_are_refused_with_the_place(void **state)
{
	static const char *const bad[] = { "",
					   "Id eq",
					   "Id eq 'x",
					   "(Id eq 'x'",
					   "Id eq 'x')",
					   "Id == 1",
					   "foo(Id,'x')",
					   "startswith(Id)",
					   "Id eq 1 2",
					   "Id eq datetime'x'",
					   "and and",
					   "1 eq 99999999999999999999" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO(odata_filter_free_cleanup) struct odata_filter *filter = NULL;
		struct err err = { 0 };
		enum rc rc = odata_filter_parse(&filter, str_of(bad[i]), &err);
		if (rc != RC_INVALID) {
			fail_msg("%s is taken", bad[i]);
		}
		assert_non_null(strstr(err.text, "at character"));
	}
}

static void limits_hold(void **state)
{
	AUTO(odata_filter_free_cleanup) struct odata_filter *filter = NULL;
	AUTO_BUF(text, 3 * ODATA_MAX_FILTER);
	for (int i = 0; i <= ODATA_MAX_DEPTH; i++) {
		(void)buf_add_char(&text, '(');
	}
	assert_int_equal(odata_filter_parse(&filter, buf_str(&text), NULL), RC_LIMIT);
	buf_clear(&text);
	for (int i = 0; i <= ODATA_MAX_DEPTH; i++) {
		(void)buf_add_c(&text, "not ");
	}
	assert_int_equal(odata_filter_parse(&filter, buf_str(&text), NULL), RC_LIMIT);
	buf_clear(&text);
	for (int i = 0; i < ODATA_MAX_NODES; i++) {
		(void)buf_add_c(&text, i ? " or A" : "A");
	}
	assert_int_equal(odata_filter_parse(&filter, buf_str(&text), NULL), RC_LIMIT);
	while (text.n <= ODATA_MAX_FILTER) {
		(void)buf_add_char(&text, ' ');
	}
	assert_int_equal(odata_filter_parse(&filter, buf_str(&text), NULL), RC_LIMIT);
}

static void what_a_filter_requires_can_be_looked_up(void **state)
{
	AUTO(odata_filter_free_cleanup) struct odata_filter *all = NULL;
	AUTO(odata_filter_free_cleanup) struct odata_filter *any = NULL;
	assert_int_equal(odata_filter_parse(&all, STR("A ne 'x' and ('o' eq I/Id and B eq 'y')"), NULL),
			 RC_OK);
	assert_string_equal(odata_filter_required(all, "I/Id"), "o");
	assert_string_equal(odata_filter_required(all, "B"), "y");
	assert_null(odata_filter_required(all, "A"));
	assert_int_equal(odata_filter_parse(&any, STR("B eq 'y' or A eq 'z'"), NULL), RC_OK);
	assert_null(odata_filter_required(any, "B"));
	assert_string_equal(odata_filter_member(any, 1), "A");
	assert_null(odata_filter_member(any, 2));
}

RUN_TESTS(TEST(comparisons_and_logic_work), TEST(null_passes_only_eq_null_and_ne), TEST(times_are_compared),
	  TEST(functions_work), TEST(malformed_filters_are_refused_with_the_place), TEST(limits_hold),
	  TEST(what_a_filter_requires_can_be_looked_up))
