/* SPDX-License-Identifier: Apache-2.0
 * Query options are read, and shape a list. */
#include "base/memory.h"
#include "odata/query.h"
#include "unit/test.h"

static void options_are_read(void **state)
{
	AUTO(odata_query_fini) struct odata_query q = { 0 };
	assert_int_equal(
		odata_query_parse(&q,
				  STR("keystoreName=system&$filter=Id+eq+%27x%27&%24orderby=LogEnd%20desc,Id"
				      "&$top=5&$skip=2&$inlinecount=allpages&$expand=A,B/C&$select=Id,B/"
				      "Id&$format=json"),
				  NULL),
		RC_OK);
	assert_non_null(q.filter);
	assert_int_equal(q.n_orders, 2);
	assert_true(q.orders[0].descending && !q.orders[1].descending);
	assert_true(q.has_top && q.top == 5 && q.skip == 2 && q.count);
	assert_true(odata_query_expands(&q, "A") && odata_query_expands(&q, "B") &&
		    !odata_query_expands(&q, "C"));
	assert_true(odata_query_selects(&q, "Id") && !odata_query_selects(&q, "Name"));
	assert_int_equal(q.format, ODATA_FORMAT_JSON);
}

static void wrong_options_are_refused(void **state)
{
	static const char *const bad[] = {
		"$top=-1",   "$top=x",        "$skip=",      "$inlinecount=some", "$foo=1",
		"$orderby=", "$orderby=a+up", "$select=a;b", "$format=pdf",       "$top=1&$top=2",
		"$filter=(", "$filter=%zz",   "$expand=a//"
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO(odata_query_fini) struct odata_query q = { 0 };
		if (odata_query_parse(&q, str_of(bad[i]), NULL) != RC_INVALID) {
			fail_msg("%s is taken", bad[i]);
		}
	}
	AUTO(odata_query_fini) struct odata_query q = { 0 };
	assert_int_equal(odata_query_parse(&q, STR("$orderby=a,b,c,d,e"), NULL), RC_LIMIT);
	assert_int_equal(odata_query_parse(&q, STR("$expand=a,b,c,d,e,f,g,h,i"), NULL), RC_LIMIT);
}

static char *applied(const char *query)
{
	AUTO(odata_query_fini) struct odata_query q = { 0 };
	struct value *all = NULL;
	uint64_t count = 0;
	AUTO_BUF(out, 1000);
	assert_int_equal(value_parse(&all,
				     STR("[{\"N\":\"c\",\"T\":1},{\"N\":\"a\",\"T\":2},{\"N\":\"b\",\"T\":1},"
					 "{\"N\":null,\"T\":3}]"),
				     1000, NULL),
			 RC_OK);
	assert_int_equal(odata_query_parse(&q, str_of(query), NULL), RC_OK);
	AUTO_VALUE *page = odata_query_apply(&q, all, &count);
	(void)buf_printf(&out, "%d:", (int)count);
	for (size_t i = 0; i < value_count(page); i++) {
		const char *n = value_get_c(value_at(page, i), "N");
		(void)buf_add_c(&out, n ? n : "-");
	}
	return buf_take(&out);
}

static void lists_are_filtered_sorted_and_paged(void **state)
{
	static const struct {
		const char *query, *expected;
	} cases[] = {
		{ "", "4:cab-" },
		{ "$orderby=N", "4:-abc" },
		{ "$orderby=N+desc", "4:cba-" },
		{ "$orderby=T,N+desc", "4:cba-" },
		{ "$orderby=T+desc", "4:-acb" }, /* equal ones keep their order */
		{ "$top=2&$skip=1", "4:ab" },
		{ "$top=0", "4:" },
		{ "$skip=9", "4:" },
		{ "$filter=T+eq+1&$top=1", "2:c" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *got = applied(cases[i].query);
		assert_string_equal(got, cases[i].expected);
	}
}

RUN_TESTS(TEST(options_are_read), TEST(wrong_options_are_refused), TEST(lists_are_filtered_sorted_and_paged))
