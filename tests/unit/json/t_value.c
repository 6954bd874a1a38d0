/* SPDX-License-Identifier: Apache-2.0
 * JSON is read within limits. */
#include "json/value.h"
#include "unit/test.h"

static void a_document_reads_back_as_it_was_written(void **state)
{
	AUTO_VALUE *v = NULL;
	AUTO_BUF(out, 100);
	assert_int_equal(value_parse(&v, STR("{\"a\":[1,true,null,\"x\"]}"), 100, NULL), RC_OK);
	assert_int_equal(value_format(v, &out), RC_OK);
	assert_string_equal(buf_c(&out), "{\"a\":[1,true,null,\"x\"]}");
	assert_int_equal(value_to_int(value_at(value_get(v, "a"), 0), -1), 1);
	assert_null(value_get_c(v, "b"));
}

static void a_name_given_twice_is_refused(void **state)
{
	AUTO_VALUE *v = NULL;
	assert_int_equal(value_parse(&v, STR("{\"a\":1,\"a\":2}"), 100, NULL), RC_INVALID);
}

static void nesting_and_size_have_limits(void **state)
{
	char deep[2 * VALUE_MAX_DEPTH + 3] = { 0 };
	AUTO_VALUE *v = NULL;
	memset(deep, '[', VALUE_MAX_DEPTH + 1);
	memset(deep + VALUE_MAX_DEPTH + 1, ']', VALUE_MAX_DEPTH + 1);
	assert_int_equal(value_parse(&v, str_of(deep), 1000, NULL), RC_LIMIT);
	assert_int_equal(value_parse(&v, STR("[1,2]"), 4, NULL), RC_LIMIT);
}

static void bytes_that_are_no_utf_8_become_the_replacement_character(void **state)
{
	AUTO_VALUE *v = value_string(STR("a\xff"
					 "b"));
	assert_string_equal(value_c(v), "a\xEF\xBF\xBD"
					"b");
}

static void a_name_that_is_no_text_is_shown_with_the_replacement_character(void **state)
{
	AUTO_VALUE *v = value_object();
	AUTO_BUF(text, 1000);
	value_set_int(v, "x-\xe9", 1);
	value_set_c(v, "\xff", "\xfe");
	assert_int_equal(value_format(v, &text), RC_OK);
	assert_string_equal(buf_c(&text), "{\"x-\xEF\xBF\xBD\":1,\"\xEF\xBF\xBD\":\"\xEF\xBF\xBD\"}");
}

static void what_is_absent_is_set_as_null(void **state)
{
	AUTO_VALUE *v = value_object();
	AUTO_VALUE *list = value_array();
	AUTO_BUF(text, 1000);
	value_set(v, "a", value_ref(value_get(v, "nowhere")));
	value_set(v, "b", value_copy(value_get(v, "nowhere")));
	value_append(list, value_copy(NULL));
	value_set(v, "c", value_ref(list));
	assert_int_equal(value_format(v, &text), RC_OK);
	assert_string_equal(buf_c(&text), "{\"a\":null,\"b\":null,\"c\":[null]}");
}

static void an_element_is_found_by_a_member_s_text(void **state)
{
	AUTO_VALUE *v = NULL;
	assert_int_equal(value_parse(&v,
				     STR("[{\"a\":1},{\"b\":\"x\"},7,{\"b\":\"y\"},{\"b\":\"y\",\"c\":2}]"),
				     100, NULL),
			 RC_OK);
	assert_ptr_equal(value_find(v, "b", STR("y")), value_at(v, 3));
	assert_null(value_find(v, "b", STR("z")));
	/* What is not there is not the empty text, and nothing is no text at all. */
	assert_null(value_find(v, "b", STR("")));
	assert_null(value_find(v, "b", STR_NONE));
	assert_null(value_find(NULL, "b", STR("y")));
}

static void a_list_of_texts_has_a_text_or_not(void **state)
{
	AUTO_VALUE *v = NULL;
	assert_int_equal(value_parse(&v, STR("[\"x\",3,\"\"]"), 100, NULL), RC_OK);
	assert_true(value_has(v, STR("x")));
	assert_true(value_has(v, STR("")));
	assert_false(value_has(v, STR("3")));
	assert_false(value_has(v, STR_NONE));
	assert_false(value_has(NULL, STR("x")));
}

RUN_TESTS(TEST(an_element_is_found_by_a_member_s_text), TEST(a_list_of_texts_has_a_text_or_not),
	  TEST(a_name_that_is_no_text_is_shown_with_the_replacement_character),
	  TEST(what_is_absent_is_set_as_null), TEST(a_document_reads_back_as_it_was_written),
	  TEST(a_name_given_twice_is_refused), TEST(nesting_and_size_have_limits),
	  TEST(bytes_that_are_no_utf_8_become_the_replacement_character))
