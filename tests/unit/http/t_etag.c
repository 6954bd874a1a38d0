/* SPDX-License-Identifier: Apache-2.0
 * Which entity tags a list names, and which it only seems to. */
#include "http/etag.h"
#include "unit/test.h"

static const struct {
	const char *list, *tag;
	bool strong, weak; /* whether it is named, as If-Match and as If-None-Match compare */
} rows[] = {
	{ "\"a\"", "\"a\"", true, true },
	{ "\"b\"", "\"a\"", false, false },
	{ " \"b\" ,\t\"a\" ", "\"a\"", true, true },
	{ "\"b\",,\"a\"", "\"a\"", true, true },
	{ "W/\"a\"", "\"a\"", false, true },
	{ "w/\"a\"", "\"a\"", false, false },
	{ "*", "\"a\"", true, true },
	{ " * ", "a", true, true },
	{ "\"b\", *", "\"a\"", false, false },
	/* Parts of a tag are none. */
	{ "\"xa\"", "\"a\"", false, false },
	{ "\"ab\"", "\"a\"", false, false },
	{ "xa", "a", false, false },
	{ "ax", "a", false, false },
	{ "\"xax\"", "a", false, false },
	/* A comma inside of quotes parts nothing. */
	{ "\"b,\"", "\"b,\"", true, true },
	{ "\"x,a,y\"", "a", false, false },
	{ "\"x,\"a", "a", false, false },
	/* Without quotes, as SAP has them, with and without. */
	{ "a", "a", true, true },
	{ "b, a", "a", true, true },
	{ "\"a\"", "a", true, true },
	{ "W/\"a\"", "a", false, true },
	{ "a", "\"a\"", false, false },
	{ "\"", "a", false, false },
	/* Nothing is named by no list, and an empty list names nothing. */
	{ "*", "", false, false },
	{ "a", "", false, false },
	{ "\"\"", "", false, false },
	{ "", "a", false, false },
	{ ",", "a", false, false },
};

static void a_list_names_whole_tags_alone(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool strong = http_etag_listed(str_of(rows[i].list), rows[i].tag, false);
		bool weak = http_etag_listed(str_of(rows[i].list), rows[i].tag, true);
		if (strong != rows[i].strong || weak != rows[i].weak) {
			print_error("%s of %s\n", rows[i].tag, rows[i].list);
		}
		assert_int_equal(strong, rows[i].strong);
		assert_int_equal(weak, rows[i].weak);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_list_names_whole_tags_alone) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
