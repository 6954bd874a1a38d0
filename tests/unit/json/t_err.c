/* SPDX-License-Identifier: Apache-2.0
 * Errors go through JSON whole, and come back from an API as what the API could say of them. */
#include "test.h"

#include "json/err.h"

#include <stdio.h>

static void through_text(struct value *take_v, struct value **ret)
{
	AUTO_VALUE *v = take_v;
	AUTO_BUF(text, 65536);
	assert_int_equal(value_format(v, &text), RC_OK);
	assert_int_equal(value_parse(ret, buf_str(&text), 65536, NULL), RC_OK);
}

static void assert_same(const struct err *a, const struct err *b)
{
	assert_int_equal(a->code, b->code);
	assert_int_equal(a->native, b->native);
	assert_int_equal(a->source, b->source);
	assert_string_equal(a->reason, b->reason);
	assert_string_equal(a->field, b->field);
	assert_string_equal(a->text, b->text);
	assert_string_equal(a->fix, b->fix);
}

static struct err full(enum rc code)
{
	struct err err = { 0 };
	(void)err_set(&err, code, "It is \"%s\".", rc_name(code));
	(void)err_native(&err, (enum err_source)(code % ERR_SOURCE_COUNT), -7 * (int)code);
	(void)err_reason(&err, "P101");
	(void)err_field(&err, "entries[2].alias");
	(void)err_fix(&err, "`postern doctor x`");
	return err;
}

/* Each member once left out: an empty one is empty at the other end. */
static void every_error_comes_back_member_for_member(void **state)
{
	for (enum rc code = RC_OK + 1; code < RC_COUNT; code++) {
		for (int missing = 0; missing < 6; missing++) {
			struct err err = full(code), back = { 0 };
			AUTO_VALUE *v = NULL;
			if (missing == 1) {
				(void)err_native(&err, ERR_NONE, 0);
			}
			char *const words[] = { err.reason, err.field, err.text, err.fix };
			if (missing > 1) {
				words[missing - 2][0] = '\0';
			}
			through_text(err_to_value(&err), &v);
			assert_int_equal(err_from_value(&back, v), code);
			assert_same(&err, &back);
		}
	}
}

static void the_longest_texts_are_not_cut(void **state)
{
	struct err err = { .code = RC_LIMIT }, back = { 0 };
	AUTO_VALUE *v = NULL;
	memset(err.reason, 'R', sizeof(err.reason) - 1);
	memset(err.field, 'f', sizeof(err.field) - 1);
	memset(err.text, 't', sizeof(err.text) - 1);
	memset(err.fix, '!', sizeof(err.fix) - 1);
	through_text(err_to_value(&err), &v);
	assert_int_equal(err_from_value(&back, v), RC_LIMIT);
	assert_same(&err, &back);
}

static void what_is_no_error_is_a_bug(void **state)
{
	static const char *const texts[] = { "{}", "[]", "{\"rc\":\"ok\"}", "{\"rc\":\"none such\"}",
					     "{\"rc\":4,\"text\":5,\"source\":\"moon\"}" };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct err back = { 0 };
		AUTO_VALUE *v = NULL;
		assert_int_equal(value_parse(&v, str_of(texts[i]), 100, NULL), RC_OK);
		assert_int_equal(err_from_value(&back, v), RC_BUG);
		assert_int_equal(back.source, ERR_NONE);
	}
}

/* What a client can tell of each code: its kind by name; where only the status is left, the first of that
 * status. */
static const struct {
	enum rc code, named, by_status;
} told[] = {
	{ RC_AGAIN, RC_IO, RC_IO },
	{ RC_CLOSED, RC_IO, RC_IO },
	{ RC_TIMEOUT, RC_TIMEOUT, RC_TIMEOUT },
	{ RC_NOT_FOUND, RC_NOT_FOUND, RC_NOT_FOUND },
	{ RC_EXISTS, RC_EXISTS, RC_EXISTS },
	{ RC_CONFLICT, RC_CONFLICT, RC_EXISTS },
	{ RC_DENIED, RC_DENIED, RC_DENIED },
	{ RC_INVALID, RC_INVALID, RC_INVALID },
	{ RC_LIMIT, RC_LIMIT, RC_LIMIT },
	{ RC_PROTO, RC_INVALID, RC_INVALID },
	{ RC_CERT, RC_INVALID, RC_INVALID },
	{ RC_IO, RC_IO, RC_IO },
	{ RC_STORE, RC_IO, RC_IO },
	{ RC_AWAY, RC_AWAY, RC_AWAY },
	{ RC_RETRY, RC_AWAY, RC_AWAY },
	{ RC_UNCERTAIN, RC_UNCERTAIN, RC_AWAY },
	{ RC_UNSUPPORTED, RC_UNSUPPORTED, RC_UNSUPPORTED },
	{ RC_BUG, RC_IO, RC_IO },
};

static void an_api_tells_each_kind_of_failure(void **state)
{
	assert_int_equal(ARRAY_SIZE(told), RC_COUNT - 1);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		struct err err = full(told[i].code), back = { 0 };
		int status = rc_http_status(told[i].code);
		AUTO_VALUE *with_reason = NULL, *v = NULL;
		through_text(err_to_api(&err), &with_reason);
		assert_int_equal(err_from_api(&back, status, with_reason), told[i].by_status);
		assert_string_equal(back.reason, "P101");
		assert_string_equal(back.field, err.field);
		assert_string_equal(back.text, err.text);
		assert_string_equal(back.fix, err.fix);
		err.reason[0] = '\0';
		through_text(err_to_api(&err), &v);
		assert_int_equal(err_from_api(&back, status, v), told[i].named);
		assert_string_equal(back.reason, "");
		assert_int_equal(err_from_api(&back, status, NULL), told[i].by_status);
		assert_string_equal(back.text, "");
	}
}

static void a_status_alone_is_enough(void **state)
{
	static const struct {
		int status;
		enum rc code;
	} cases[] = { { 400, RC_INVALID }, { 401, RC_DENIED },   { 403, RC_DENIED },  { 405, RC_INVALID },
		      { 409, RC_EXISTS },  { 412, RC_CONFLICT }, { 429, RC_INVALID }, { 500, RC_IO },
		      { 502, RC_IO },      { 503, RC_AWAY } };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(rc_of_http_status(cases[i].status), cases[i].code);
	}
}

RUN_TESTS(TEST(every_error_comes_back_member_for_member), TEST(the_longest_texts_are_not_cut),
	  TEST(what_is_no_error_is_a_bug), TEST(an_api_tells_each_kind_of_failure),
	  TEST(a_status_alone_is_enough))
