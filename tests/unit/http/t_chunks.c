/* SPDX-License-Identifier: Apache-2.0
 * A chunked body decodes the same however it arrives, or not at all. */
#include "http/h1.h"
#include "unit/test.h"

#define SEVENTEEN "1000000000000000"

static enum rc decode(const char *text, size_t step, struct buf *out, size_t *ret_used)
{
	struct h1_chunks chunks = { .max = out->max };
	struct str in = str_of(text);
	size_t at = 0;
	enum rc rc = RC_AGAIN;
	for (size_t n = step; rc == RC_AGAIN && at < in.n; n += step) {
		size_t used = 0;
		rc = h1_chunks_decode(&chunks, str_skip(str_first(in, n), at), &used, out, NULL);
		at += used;
	}
	*ret_used = at;
	return rc;
}

static void a_body_waits_where_there_is_no_room_and_goes_on_when_there_is(void **state)
{
	struct h1_chunks chunks = { .max = 6 };
	struct str in = STR("4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n");
	AUTO_BUF(out, 3);
	size_t used = 0;
	assert_int_equal(h1_chunks_decode(&chunks, in, &used, &out, NULL), RC_AGAIN);
	assert_string_equal(buf_c(&out), "abc");
	assert_int_equal(used, 6);
	in = str_skip(in, used);
	assert_int_equal(h1_chunks_decode(&chunks, in, &used, &out, NULL), RC_AGAIN);
	assert_int_equal(used, 0);
	buf_drop(&out, 3);
	assert_int_equal(h1_chunks_decode(&chunks, in, &used, &out, NULL), RC_OK);
	assert_string_equal(buf_c(&out), "def");
	assert_int_equal(used, in.n);
	assert_int_equal(chunks.total, 6);
}

static void bodies_decode_in_any_steps(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
		const char *body;
		const char *rest;
	} cases[] = {
		{ "0\r\n\r\n", RC_OK, "", "" },
		{ "3\r\nabc\r\n0\r\n\r\nGET", RC_OK, "abc", "GET" },
		{ "3;x=\"y\"\r\nabc\r\nA\r\n0123456789\r\n000\r\nTrailer: x\r\n\r\n", RC_OK, "abc0123456789",
		  "" },
		{ "3\r\nab", RC_AGAIN, "ab", "" },
		{ "1;a;b=c;d=\"e\\\"; =\"\r\nx\r\n0;z\r\n\r\n", RC_OK, "x", "" },
		{ "1;\r\nx\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "1;a=\r\nx\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "1;a==b\r\nx\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "1;a b\r\nx\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "1;a=\"b\"c\r\nx\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "1;a=\"b\r\nx\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "1;\xe4\r\nx\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "0\r\nContent-Lengths: 3\r\n\r\n", RC_OK, "", "" },
		{ "0\r\ncontent-length: 3\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "0\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "3\nabc\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "3\r\nabcd\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "3\r\nabc\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "\r\n", RC_PROTO, NULL, NULL },
		{ "+3\r\nabc\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "0x3\r\nabc\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "3 \r\nabc\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "-1\r\n", RC_PROTO, NULL, NULL },
		{ SEVENTEEN "\r\n", RC_LIMIT, NULL, NULL },
		{ "fffffffffffffff\r\nx", RC_LIMIT, NULL, NULL },
		{ "0\r\nbad trailer\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "0\r\n folded\r\n\r\n", RC_PROTO, NULL, NULL },
		{ "3;a\nb\r\nabc\r\n0\r\n\r\n", RC_PROTO, NULL, NULL },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (size_t step = 1; step < 20; step++) {
			AUTO_BUF(out, 100);
			size_t used;
			enum rc rc = decode(cases[i].text, step, &out, &used);
			if (rc != cases[i].rc) {
				fail_msg("%s in steps of %zu: %s", cases[i].text, step, rc_name(rc));
			}
			if (cases[i].body) {
				assert_true(str_is(buf_str(&out), cases[i].body));
			}
			if (rc == RC_OK) {
				assert_string_equal(cases[i].text + used, cases[i].rest);
			}
		}
	}
}

static void limits_hold_at_the_limit(void **state)
{
	for (size_t extra = 0; extra <= 1; extra++) {
		AUTO_BUF(text, 20000);
		AUTO_BUF(out, 3);
		size_t used;
		assert_int_equal(decode(extra ? "4\r\nabcd\r\n0\r\n\r\n" : "3\r\nabc\r\n0\r\n\r\n", 1, &out,
					&used),
				 extra ? RC_LIMIT : RC_OK);
		assert_true(buf_add_c(&text, "0;"));
		while (text.n < 254 + extra) {
			assert_true(buf_add_char(&text, 'x'));
		}
		assert_true(buf_add_c(&text, "\r\n\r\n"));
		assert_int_equal(decode(buf_c(&text), 7, &out, &used), extra ? RC_LIMIT : RC_OK);
		buf_clear(&text);
		assert_true(buf_add_c(&text, "0\r\nT: "));
		while (text.n < 3 + 8188 + extra) {
			assert_true(buf_add_char(&text, 'x'));
		}
		assert_true(buf_add_c(&text, "\r\n\r\n"));
		assert_int_equal(decode(buf_c(&text), 100, &out, &used), extra ? RC_LIMIT : RC_OK);
	}
}

RUN_TESTS(TEST(a_body_waits_where_there_is_no_room_and_goes_on_when_there_is),
	  TEST(bodies_decode_in_any_steps), TEST(limits_hold_at_the_limit))
