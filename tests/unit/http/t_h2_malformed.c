/* SPDX-License-Identifier: Apache-2.0
 * Requests that RFC 9113 calls malformed: their streams are reset, answered or not. */
#include "unit/http/h2_rows.h"

#define MALFORMED(lines) \
	{ \
		lines, false, false, { { HEADERS, END_STREAM, 1, NOTHING, lines } }, "RST(1,PROTOCOL_ERROR)" \
	}
#define REGULAR(field) MALFORMED(GET field "\n")

static void a_malformed_request_is_reset_behind_its_answer_too(void **state)
{
	static const struct row rows[] = {
		{ "whole",
		  true,
		  false,
		  { { HEADERS, END_STREAM, 1, NOTHING, GET "X=1\n" } },
		  "HEADERS(1,400) DATA(1,0,end) RST(1,PROTOCOL_ERROR)" },
		{ "with a body to come",
		  true,
		  false,
		  { { HEADERS, 0, 1, NOTHING, POST "X=1\n" } },
		  "HEADERS(1,400) DATA(1,0,end) RST(1,PROTOCOL_ERROR)" },
		{ "by its body's end",
		  true,
		  false,
		  { { HEADERS, 0, 1, NOTHING, POST "content-length=2\n" }, { DATA, END_STREAM, 1, X, 0 } },
		  "HEADERS(1,400) DATA(1,0,end) RST(1,PROTOCOL_ERROR)" },
		{ "by its trailers",
		  true,
		  false,
		  { BEGUN(1), { HEADERS, END_STREAM, 1, NOTHING, ":path=/y\n" } },
		  "HEADERS(1,400) DATA(1,0,end) RST(1,PROTOCOL_ERROR)" },
		/* It is whole, and not served. */
		{ "CONNECT",
		  true,
		  false,
		  { { HEADERS, END_STREAM, 1, NOTHING, ":method=CONNECT\n:authority=a:1\n" } },
		  "HEADERS(1,501) DATA(1,0,end)" },
	};
	check(rows, ARRAY_SIZE(rows));
}

/* The answer began before the mistake: it ends here. */
static void what_is_malformed_behind_the_answers_begin_is_reset(void **state)
{
	static const struct {
		bool finished;
		const char *said;
	} cases[] = { { false, "HEADERS(1,200) RST(1,PROTOCOL_ERROR)" },
		      { true, "HEADERS(1,200) DATA(1,0,end) RST(1,PROTOCOL_ERROR)" } };
	static const struct step steps[] = { { HEADERS, 0, 1, NOTHING, POST "content-length=1\n" },
					     { DATA, 0, 1, { "xx", 2 }, 0 } };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct program p;
		begin(&p, false);
		say(&p, &steps[0], false);
		struct h2_stream *stream = h2_session_first_stream(p.session);
		h2_stream_begin(stream, 200, NULL, 0, true);
		if (cases[i].finished) {
			h2_stream_finish(stream);
		}
		read_said(&p);
		say(&p, &steps[1], false);
		assert_string_equal(buf_c(&p.said.text), cases[i].said);
		end(&p);
	}
}

static void a_malformed_request_is_a_stream_error(void **state)
{
	static const struct row rows[] = {
		REGULAR("X-Upper=1"),
		REGULAR("connection=close"),
		REGULAR("proxy-connection=close"),
		REGULAR("keep-alive=1"),
		REGULAR("transfer-encoding=chunked"),
		REGULAR("upgrade=h2c"),
		REGULAR("te=gzip"),
		REGULAR("te=trailers, gzip"),
		REGULAR(":unknown=1"),
		REGULAR(":status=200"),
		REGULAR(":protocol=websocket"),
		REGULAR(":path=/x"),
		REGULAR(":method=GET"),
		REGULAR(":scheme=https"),
		REGULAR(":authority=a"),
		REGULAR("content-length=1"),
		REGULAR("content-length=x"),
		REGULAR("content-length=0\ncontent-length=0"),
		REGULAR("a b=1"),
		REGULAR("=1"),
		REGULAR("x= 1"),
		REGULAR("x=1 "),
		REGULAR("x=a\rb"),
		MALFORMED("x=1\n" GET),
		MALFORMED(":Method=GET\n:scheme=https\n:path=/x\n:authority=a\n"),
		MALFORMED(":scheme=https\n:path=/x\n:authority=a\n"),
		MALFORMED(":method=GET\n:path=/x\n:authority=a\n"),
		MALFORMED(":method=GET\n:scheme=https\n:authority=a\n"),
		MALFORMED(":method=GET\n:scheme=https\n:path=\n:authority=a\n"),
		MALFORMED(":method=GET\n:scheme=https\n:path=x\n:authority=a\n"),
		MALFORMED(":method=GET\n:scheme=https\n:path=/x\n"),
		MALFORMED(":method=GET\n:scheme=https\n:path=/x\n:authority=u@a\n"),
		MALFORMED(":method=GET\n:scheme=https\n:path=*\n:authority=a\n"),
		MALFORMED(""),
	};
	check(rows, ARRAY_SIZE(rows));
}

#define CUT(why, declared, ...) \
	{ \
		why, false, false, { { HEADERS, 0, 1, NOTHING, POST declared }, __VA_ARGS__ }, \
			"RST(1,PROTOCOL_ERROR)" \
	}

static void a_body_and_its_trailers_keep_to_the_head(void **state)
{
	static const struct row rows[] = {
		CUT("shorter", "content-length=2\n", { DATA, END_STREAM, 1, X, 0 }),
		CUT("longer", "content-length=1\n", { DATA, 0, 1, { "xx", 2 }, 0 }),
		CUT("longer in two", "content-length=1\n", { DATA, 0, 1, X, 0 }, { DATA, 0, 1, X, 0 }),
		CUT("of a body of nothing", "content-length=0\n", { DATA, END_STREAM, 1, X, 0 }),
		CUT("shorter, ended by trailers", "content-length=2\n", { DATA, 0, 1, X, 0 }, TRAILER(1)),
		CUT("nothing at all", "content-length=2\n", { DATA, END_STREAM, 1, NOTHING, 0 }),
		CUT("padding is no body", "content-length=2\n",
		    { DATA, END_STREAM | PADDED, 1, { "\1x\0", 3 }, 0 }),
		CUT("trailers that do not end", "", { HEADERS, 0, 1, NOTHING, "checksum=1\n" }),
		CUT("a second head", "", BEGUN(1)),
		CUT("pseudo in trailers", "", { HEADERS, END_STREAM, 1, NOTHING, ":path=/y\n" }),
		CUT("pseudo behind others in trailers", "",
		    { HEADERS, END_STREAM, 1, NOTHING, "checksum=1\n:path=/y\n" }),
		CUT("upper case in trailers", "", { HEADERS, END_STREAM, 1, NOTHING, "Checksum=1\n" }),
		CUT("connection in trailers", "", { HEADERS, END_STREAM, 1, NOTHING, "connection=close\n" }),
	};
	check(rows, ARRAY_SIZE(rows));
}

RUN_TESTS(TEST(a_malformed_request_is_reset_behind_its_answer_too),
	  TEST(what_is_malformed_behind_the_answers_begin_is_reset),
	  TEST(a_malformed_request_is_a_stream_error), TEST(a_body_and_its_trailers_keep_to_the_head))
