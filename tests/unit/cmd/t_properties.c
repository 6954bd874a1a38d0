/* SPDX-License-Identifier: Apache-2.0
 * Destinations are read from and written as Java properties. */
#include "cmd/app/properties.h"
#include "unit/test.h"

static void what_is_written_reads_back(void **state)
{
	AUTO_VALUE *object = value_object();
	AUTO_VALUE *again = NULL;
	AUTO_BUF(text, 4096);
	value_set_c(object, "Name", "ORDERS");
	value_set_c(object, "URL", "https://localhost:8443/http/orders");
	value_set_c(object, "a key=with:marks", " leading space, \\ and\nline");
	properties_format(object, &text);
	assert_int_equal(properties_parse(&again, buf_str(&text), NULL), RC_OK);
	assert_int_equal(value_count(again), 3);
	assert_string_equal(value_get_c(again, "URL"), "https://localhost:8443/http/orders");
	assert_string_equal(value_get_c(again, "a key=with:marks"), " leading space, \\ and\nline");
}

static void comments_continuations_and_escapes_are_read_as_java_does(void **state)
{
	AUTO_VALUE *v = NULL;
	struct str text = STR("#comment\n! another\r\n\n  Name : ORDERS\r\nURL=https\\://host/\\\n   "
			      "path\nEmpty=\nUmlaut=\\u00e4\n");
	assert_int_equal(properties_parse(&v, text, NULL), RC_OK);
	assert_string_equal(value_get_c(v, "Name"), "ORDERS");
	assert_string_equal(value_get_c(v, "URL"), "https://host/path");
	assert_string_equal(value_get_c(v, "Empty"), "");
	assert_string_equal(value_get_c(v, "Umlaut"), "\xC3\xA4");
}

static void a_line_without_a_key_is_refused(void **state)
{
	AUTO_VALUE *v = NULL;
	assert_int_equal(properties_parse(&v, STR("=value\n"), NULL), RC_INVALID);
}

static void a_line_over_the_limit_is_refused(void **state)
{
	AUTO_VALUE *v = NULL;
	AUTO_BUF(text, 200000);
	buf_add_c(&text, "k=");
	for (size_t i = 0; i < 100000; i++) {
		buf_add_char(&text, 'x');
	}
	assert_int_equal(properties_parse(&v, buf_str(&text), NULL), RC_INVALID);
}

RUN_TESTS(TEST(what_is_written_reads_back), TEST(comments_continuations_and_escapes_are_read_as_java_does),
	  TEST(a_line_without_a_key_is_refused), TEST(a_line_over_the_limit_is_refused))
