/* SPDX-License-Identifier: Apache-2.0
 * Paths with keys are taken apart, malformed ones are refused. */
#include "base/memory.h"
#include "odata/literal.h"
#include "odata/path.h"
#include "unit/test.h"

static void paths_have_segments_and_keys(void **state)
{
	AUTO(odata_path_fini) struct odata_path path = { 0 };
	AUTO_BUF(shape, 500);
	assert_int_equal(
		odata_path_parse(
			&path,
			STR("/IntegrationDesigntimeArtifacts(Id='a''b%2Fc',%20Version=%27active%27)/$links/"
			    "Configurations('k%20y')"),
			NULL),
		RC_OK);
	odata_path_shape(&path, &shape);
	assert_string_equal(buf_c(&shape), "IntegrationDesigntimeArtifacts(*)/$links/Configurations(*)");
	assert_string_equal(odata_path_key(&path, 0, "Id"), "a'b/c");
	assert_string_equal(odata_path_key(&path, 0, "Version"), "active");
	assert_string_equal(odata_path_key(&path, 2, "ParameterKey"), "k y");
	assert_null(odata_path_key(&path, 0, "Name"));
	assert_null(odata_path_key(&path, 1, "Id"));
	assert_null(odata_path_key(&path, 5, "Id"));
}

static void the_root_is_an_empty_path(void **state)
{
	static const char *const roots[] = { "", "/" };
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		AUTO(odata_path_fini) struct odata_path path = { 0 };
		assert_int_equal(odata_path_parse(&path, str_of(roots[i]), NULL), RC_OK);
		assert_int_equal(path.n, 0);
	}
}

static void numbers_are_keys_too(void **state)
{
	AUTO(odata_path_fini) struct odata_path path = { 0 };
	assert_int_equal(odata_path_parse(&path, STR("AccessPolicies(12L)"), NULL), RC_OK);
	assert_string_equal(odata_path_key(&path, 0, "Id"), "12");
}

static void malformed_paths_are_refused(void **state)
{
	static const char *const bad[] = { "A('x'",    "A('x",       "A('x')y",          "A//B",
					   "A(x)",     "A('a','b')", "A(Id='a',Id='b')", "A(Id='a','b')",
					   "A('%00')", "A b",        "A('x'))",          "('x')",
					   "A(null)",  "A('%zz')",   "A(datetime'x')" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO(odata_path_fini) struct odata_path path = { 0 };
		if (odata_path_parse(&path, str_of(bad[i]), NULL) != RC_INVALID) {
			fail_msg("%s is taken", bad[i]);
		}
	}
}

static void limits_hold(void **state)
{
	AUTO(odata_path_fini) struct odata_path path = { 0 };
	assert_int_equal(odata_path_parse(&path, STR("A/B/C/D/E/F/G"), NULL), RC_LIMIT);
	assert_int_equal(odata_path_parse(&path, STR("A(a=1,b=1,c=1,d=1,e=1,f=1,g=1)"), NULL), RC_LIMIT);
	AUTO_BUF(text, 2 * ODATA_MAX_PATH);
	(void)buf_add_c(&text, "A('");
	while (text.n < ODATA_MAX_LITERAL + 10) {
		(void)buf_add_char(&text, 'x');
	}
	(void)buf_add_c(&text, "')");
	assert_int_equal(odata_path_parse(&path, buf_str(&text), NULL), RC_LIMIT);
	while (text.n <= ODATA_MAX_PATH) {
		(void)buf_add_char(&text, 'x');
	}
	assert_int_equal(odata_path_parse(&path, buf_str(&text), NULL), RC_LIMIT);
	assert_int_equal(path.n, 0);
}

RUN_TESTS(TEST(paths_have_segments_and_keys), TEST(the_root_is_an_empty_path), TEST(numbers_are_keys_too),
	  TEST(malformed_paths_are_refused), TEST(limits_hold))
