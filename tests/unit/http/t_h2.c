/* SPDX-License-Identifier: Apache-2.0
 * An HTTP/2 connection over memory: frames made by hand go in, events and frames come out. */
#include "http/h2.h"
#include "base/memory.h"
#include "unit/http/frames.h"

/* A session, and a program behind it that writes down what it is told. */
struct side {
	struct h2_session *session;
	struct buf log;         /* events: "head GET /; end; closed" */
	struct frames said;     /* by the session */
	struct buf in;          /* what the peer says next */
	struct h2_stream *last; /* of the latest on_head */
	struct mono now;
	bool answer;  /* the program answers 200 "hello" when a request is whole */
	bool refuse;  /* it answers malformed ones too */
	bool consume; /* it is done with a body at once */
};

static void log_event(struct side *side, const char *text)
{
	(void)buf_printf(&side->log, "%s%s", side->log.n ? "; " : "", text);
}

static void answer(struct h2_stream *stream, int status, const char *body)
{
	static const struct http_field fields[] = { { { "Content-Type", 12 }, { "text/plain", 10 } },
						    { { "x-request-id", 12 }, { "1", 1 } } };
	h2_stream_begin(stream, status, fields, 2, body != NULL);
	if (body) {
		h2_stream_write(stream, str_of(body));
		h2_stream_finish(stream);
	}
}

static void on_head(void *ctx, struct h2_stream *stream)
{
	struct side *side = ctx;
	struct h1_request *r = mem_alloc(sizeof(*r));
	struct err err = { 0 };
	char text[600];
	int status = 0;
	AUTO_BUF(bytes, 0);
	side->last = stream;
	if (h2_stream_read_head(stream, &bytes, r, &status, &err) != RC_OK) {
		(void)snprintf(text, sizeof(text), "refused %d %s", status, err.text);
		log_event(side, text);
		if (side->refuse) {
			answer(stream, status, "no");
		}
	} else {
		(void)snprintf(text, sizeof(text), "head %.*s %.*s", STR_ARG(r->method), STR_ARG(r->target));
		log_event(side, text);
		if (r->framing == H1_BODY_NONE && side->answer) {
			answer(stream, 200, "hello");
		}
	}
	mem_free(r);
}

static void on_data(void *ctx, struct h2_stream *stream, struct str bytes)
{
	struct side *side = ctx;
	char text[40];
	(void)snprintf(text, sizeof(text), "data %zu", bytes.n);
	log_event(side, text);
	if (side->consume) {
		h2_stream_consume(stream, bytes.n);
	}
}

static void on_end(void *ctx, struct h2_stream *stream)
{
	struct side *side = ctx;
	log_event(side, "end");
	if (side->answer) {
		answer(stream, 200, "hello");
	}
}

static void on_malformed(void *ctx, struct h2_stream *stream, const char *why)
{
	struct side *side = ctx;
	log_event(side, why);
	if (side->refuse) {
		answer(stream, 400, "no");
	}
}

static void on_sent(void *ctx, struct h2_stream *stream)
{
	log_event(ctx, "sent");
}

static void on_closed(void *ctx, struct h2_stream *stream)
{
	struct side *side = ctx;
	if (side->last == stream) {
		side->last = NULL;
	}
	log_event(ctx, "closed");
}

static void on_failed(void *ctx, const char *why)
{
	char text[300];
	(void)snprintf(text, sizeof(text), "failed: %s", why);
	log_event(ctx, text);
}

static const struct h2_events EVENTS = {
	on_head, on_data, on_end, on_malformed, on_sent, on_closed, on_failed
};

/* Hand over what stands in in, then read all that comes back. Returns what input said. */
static enum rc talk(struct side *side)
{
	AUTO_BUF(out, SIZE_MAX);
	h2_session_set_time(side->session, side->now);
	buf_clear(&side->log);
	frames_clear(&side->said);
	enum rc rc = h2_session_input(side->session, buf_str(&side->in), NULL);
	buf_clear(&side->in);
	assert_int_equal(h2_session_output(side->session, &out, SIZE_MAX), RC_OK);
	assert_int_equal(describe_all(&side->said, buf_str(&out)).n, 0);
	return rc;
}

static void side_init(struct side *side, const struct h2_options *options)
{
	*side = (struct side){ .log = BUF(SIZE_MAX),
			       .in = BUF(SIZE_MAX),
			       .now = { 1000 * US_PER_SECOND },
			       .answer = true,
			       .consume = true };
	frames_init(&side->said);
	assert_int_equal(h2_session_new(&side->session, options, &EVENTS, side, NULL), RC_OK);
	(void)buf_add(&side->in, STR(PREFACE));
	(void)buf_add(&side->in, STR(SETTINGS_EMPTY));
	assert_int_equal(talk(side), RC_OK);
	assert_string_equal(buf_c(&side->said.text), "SETTINGS SETTINGS+ack WINDOW(0,983041)");
}

static void side_fini(struct side *side)
{
	h2_session_free(side->session);
	frames_fini(&side->said);
	buf_fini(&side->log);
	buf_fini(&side->in);
}

static void assert_said(struct side *side, const char *log, const char *frames)
{
	(void)talk(side);
	assert_string_equal(buf_c(&side->log), log);
	assert_string_equal(buf_c(&side->said.text), frames);
}

static void a_request_is_answered_and_its_stream_closed(void **state)
{
	struct side s;
	side_init(&s, NULL);
	add_headers(&s.in, END_STREAM, 1, GET);
	assert_said(&s, "head GET /x; sent; closed", "HEADERS(1,200) DATA(1,5,end)");
	assert_string_equal(buf_c(&s.said.body), "hello");
	add_headers(&s.in, 0, 3, POST "content-length=6\n");
	add_frame(&s.in, DATA, 0, 3, STR("abc"));
	add_frame(&s.in, DATA, END_STREAM, 3, STR("def"));
	assert_said(&s, "head POST /x; data 3; data 3; end; sent; closed", "HEADERS(3,200) DATA(3,5,end)");
	assert_false(h2_session_is_over(s.session));
	side_fini(&s);
}

static void an_answer_without_a_body_ends_with_its_head(void **state)
{
	struct side s;
	side_init(&s, NULL);
	s.answer = false;
	add_headers(&s.in, END_STREAM, 1, GET);
	(void)talk(&s);
	answer(s.last, 204, NULL);
	assert_said(&s, "sent; closed", "HEADERS(1,204,end)");
	side_fini(&s);
}

static void malformed_streams_are_answered_then_reset(void **state)
{
	struct side s;
	side_init(&s, NULL);
	s.refuse = true;
	add_headers(&s.in, END_STREAM, 1, GET "connection=close\n");
	assert_said(&s, "refused 400 a field that belongs to a connection of HTTP/1.1; sent; closed",
		    "HEADERS(1,400) DATA(1,2,end) RST(1,PROTOCOL_ERROR)");
	add_headers(&s.in, 0, 3, ":method=POST\n");
	add_frame(&s.in, DATA, 0, 3, STR("abc"));
	assert_said(&s, "refused 400 no :scheme; sent; closed",
		    "HEADERS(3,400) DATA(3,2,end) RST(3,PROTOCOL_ERROR)");
	s.refuse = false;
	add_headers(&s.in, END_STREAM, 5, ":method=CONNECT\n:authority=a:1\n");
	assert_said(&s, "refused 501 CONNECT is not served; closed", "RST(5,PROTOCOL_ERROR)");
	/* The connection goes on. */
	add_headers(&s.in, END_STREAM, 7, GET);
	assert_said(&s, "head GET /x; sent; closed", "HEADERS(7,200) DATA(7,5,end)");
	side_fini(&s);
}

static void a_body_other_than_its_length_is_malformed(void **state)
{
	struct side s;
	side_init(&s, NULL);
	s.refuse = true;
	add_headers(&s.in, 0, 1, POST "content-length=4\n");
	add_frame(&s.in, DATA, END_STREAM, 1, STR("abc"));
	assert_said(&s, "head POST /x; data 3; a body shorter than its Content-Length; sent; closed",
		    "HEADERS(1,400) DATA(1,2,end) RST(1,PROTOCOL_ERROR)");
	add_headers(&s.in, 0, 3, POST "content-length=4\n");
	add_frame(&s.in, DATA, 0, 3, STR("abc"));
	add_frame(&s.in, DATA, 0, 3, STR("de"));
	add_frame(&s.in, DATA, 0, 3, STR("f"));
	assert_said(&s, "head POST /x; data 3; a body longer than its Content-Length; sent; closed",
		    "HEADERS(3,400) DATA(3,2,end) RST(3,PROTOCOL_ERROR)");
	s.refuse = false;
	add_headers(&s.in, 0, 5, POST "content-length=0\n");
	add_frame(&s.in, DATA, END_STREAM, 5, STR("a"));
	assert_said(&s, "head POST /x; a body longer than its Content-Length; closed",
		    "RST(5,PROTOCOL_ERROR)");
	side_fini(&s);
}

static void trailers_end_a_request_or_are_malformed(void **state)
{
	struct side s;
	side_init(&s, NULL);
	add_headers(&s.in, 0, 1, POST);
	add_frame(&s.in, DATA, 0, 1, STR("abc"));
	add_headers(&s.in, END_STREAM, 1, "checksum=1\n");
	assert_said(&s, "head POST /x; data 3; end; sent; closed", "HEADERS(1,200) DATA(1,5,end)");
	static const struct {
		const char *lines;
		unsigned flags;
		const char *why;
	} cases[] = {
		{ "checksum=1\n", 0, "a second header block that does not end the request" },
		{ ":path=/y\n", END_STREAM, "a field name with a byte that may not stand there" },
		{ "X=1\n", END_STREAM, "a field name with an upper case letter" },
		{ "transfer-encoding=chunked\n", END_STREAM,
		  "a field that belongs to a connection of HTTP/1.1" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t id = (uint32_t)(3 + 2 * i);
		AUTO_FREE char *log = mem_printf("head POST /x; %s; closed", cases[i].why);
		AUTO_FREE char *frames = mem_printf("RST(%u,PROTOCOL_ERROR)", id);
		add_headers(&s.in, 0, id, POST);
		add_headers(&s.in, cases[i].flags, id, cases[i].lines);
		assert_said(&s, log, frames);
	}
	AUTO_FREE char *large = mem_alloc(8300);
	memset(large, 'x', 8299);
	memcpy(large, "t=", 2);
	add_headers(&s.in, 0, 21, POST);
	add_headers(&s.in, END_STREAM, 21, large);
	assert_said(&s, "head POST /x; trailers larger than allowed; closed", "RST(21,PROTOCOL_ERROR)");
	side_fini(&s);
}

static void a_body_waits_until_it_is_consumed(void **state)
{
	struct side s;
	size_t sent = 0;
	AUTO_FREE char *block = mem_alloc(16384);
	side_init(&s, NULL);
	s.consume = false;
	add_headers(&s.in, 0, 1, POST);
	for (; sent + 16384 <= H2_STREAM_WINDOW_FIRST; sent += 16384) {
		add_frame(&s.in, DATA, 0, 1, str_from(block, 16384));
	}
	add_frame(&s.in, DATA, 0, 1, str_from(block, H2_STREAM_WINDOW_FIRST - sent));
	(void)talk(&s);
	assert_string_equal(buf_c(&s.said.text), ""); /* the stream's window stays shut */
	h2_stream_consume(s.last, 40000);
	(void)talk(&s);
	assert_string_equal(buf_c(&s.said.text), "WINDOW(1,40000)");
	h2_stream_widen(s.last);
	(void)talk(&s);
	assert_string_equal(buf_c(&s.said.text), "WINDOW(1,65536)");
	/* Who sends past the window is cut off. */
	for (sent = 0; sent < 40000 + 65536; sent += 16384) {
		add_frame(&s.in, DATA, 0, 1, str_from(block, 16384));
	}
	(void)talk(&s);
	assert_non_null(strstr(buf_c(&s.log), "closed"));
	assert_non_null(strstr(buf_c(&s.said.text), "FLOW_CONTROL_ERROR"));
	side_fini(&s);
}

/* The connection's window opens as bytes arrive, so that a stream that rests holds no other back. */
static void one_stream_that_rests_holds_no_other_back(void **state)
{
	struct side s;
	AUTO_FREE char *block = mem_alloc(16000);
	side_init(&s, NULL);
	s.consume = false;
	for (uint32_t id = 1; id < 80; id += 2) { /* 40 × 48000 is more than the connection's window */
		add_headers(&s.in, 0, id, POST);
		for (int i = 0; i < 3; i++) {
			add_frame(&s.in, DATA, 0, id, str_from(block, 16000));
		}
		(void)talk(&s);
		assert_null(strstr(buf_c(&s.said.text), "GOAWAY"));
		assert_null(strstr(buf_c(&s.log), "closed"));
	}
	side_fini(&s);
}

/* Whether the last stream's answer is found too slow at the end of that time, over a window of a second. */
static bool is_too_slow_for(struct side *s, int64_t ms)
{
	bool found = false;
	for (; ms >= 0; ms -= 50) {
		found = h2_stream_is_too_slow(s->last, 1000, 1024);
		s->now.us += 50 * US_PER_MS;
		h2_session_set_time(s->session, s->now);
	}
	return found;
}

static void an_answer_waits_for_the_peers_window(void **state)
{
	struct side s;
	AUTO_FREE char *block = mem_alloc(100000);
	AUTO_BUF(payload, 100);
	side_init(&s, NULL);
	s.answer = false;
	add_headers(&s.in, END_STREAM, 1, GET);
	(void)talk(&s);
	h2_stream_begin(s.last, 200, NULL, 0, true);
	h2_stream_write(s.last, str_from(block, 100000));
	(void)talk(&s);
	assert_int_equal(s.said.body.n, 65535);
	assert_int_equal(h2_stream_unsent(s.last), 100000 - 65535);
	assert_false(is_too_slow_for(&s, 900));
	(void)talk(&s);
	assert_int_equal(s.said.body.n, 0);
	assert_true(is_too_slow_for(&s, 100));
	add_uint(&payload, 34466, 4);
	add_frame(&s.in, WINDOW_UPDATE, 0, 0, buf_str(&payload));
	add_frame(&s.in, WINDOW_UPDATE, 0, 1, buf_str(&payload));
	(void)talk(&s);
	assert_int_equal(s.said.body.n, 34465);
	assert_false(is_too_slow_for(&s, 2000)); /* nothing is written: it is the program that waits */
	h2_stream_finish(s.last);
	assert_said(&s, "sent; closed", "DATA(1,0,end)");
	side_fini(&s);
}

/* A request that is answered before it has ended. */
static void answer_early(struct side *s)
{
	side_init(s, NULL);
	add_headers(&s->in, 0, 1, POST);
	(void)talk(s);
	answer(s->last, 401, "who?");
	assert_said(s, "sent", "HEADERS(1,401) DATA(1,4,end)");
}

static void what_follows_an_answer_is_dropped_for_a_while(void **state)
{
	struct side s;
	answer_early(&s);
	add_frame(&s.in, DATA, 0, 1, STR("abc"));
	assert_said(&s, "", "");
	add_frame(&s.in, DATA, END_STREAM, 1, STR("def"));
	assert_said(&s, "closed", "");
	side_fini(&s);
	answer_early(&s);
	s.now.us += 2 * US_PER_SECOND;
	(void)talk(&s);
	h2_session_reap(s.session, 2001);
	assert_said(&s, "", "");
	h2_session_reap(s.session, 2000);
	assert_said(&s, "closed", "RST(1,NO_ERROR)");
	side_fini(&s);
}

static void what_follows_an_answer_without_end_is_reset(void **state)
{
	struct side s;
	size_t sent = 0;
	AUTO_FREE char *block = mem_alloc(16384);
	answer_early(&s);
	for (; s.last && sent < (size_t)8 * 1024 * 1024; sent += 16384) {
		add_frame(&s.in, DATA, 0, 1, str_from(block, 16384));
		(void)talk(&s);
	}
	assert_string_equal(buf_c(&s.said.text), "RST(1,NO_ERROR)");
	assert_int_equal(sent, 4 * 1024 * 1024 + 16384);
	side_fini(&s);
}

static void a_stream_can_be_cut_by_either_side(void **state)
{
	struct side s;
	side_init(&s, NULL);
	s.answer = false;
	add_headers(&s.in, END_STREAM, 1, GET);
	(void)talk(&s);
	h2_stream_begin(s.last, 200, NULL, 0, true);
	h2_stream_write(s.last, STR("half"));
	(void)talk(&s);
	h2_stream_reset(s.last);
	assert_said(&s, "closed", "RST(1,INTERNAL_ERROR)");
	add_headers(&s.in, END_STREAM, 3, GET);
	add_frame(&s.in, RST_STREAM, 0, 3, STR("\0\0\0\10"));
	assert_said(&s, "head GET /x; closed", "");
	side_fini(&s);
}

static void who_waits_for_100_is_told_to_go_on(void **state)
{
	struct side s;
	side_init(&s, NULL);
	add_headers(&s.in, 0, 1, POST "expect=100-continue\n");
	(void)talk(&s);
	h2_stream_continue(s.last);
	assert_said(&s, "", "HEADERS(1,100)");
	add_frame(&s.in, DATA, END_STREAM, 1, STR("abc"));
	assert_said(&s, "data 3; end; sent; closed", "HEADERS(1,200) DATA(1,5,end)");
	side_fini(&s);
}

static void a_header_block_may_come_in_parts_but_not_in_many(void **state)
{
	struct side s;
	AUTO_BUF(block, 1000);
	side_init(&s, NULL);
	add_block(&block, GET);
	add_frame(&s.in, HEADERS, END_STREAM, 1, str_first(buf_str(&block), 5));
	(void)talk(&s);
	assert_true(h2_session_in_head(s.session, NULL));
	add_frame(&s.in, CONTINUATION, 0, 1, str_first(str_skip(buf_str(&block), 5), 7));
	add_frame(&s.in, CONTINUATION, END_HEADERS, 1, str_skip(buf_str(&block), 12));
	assert_said(&s, "head GET /x; sent; closed", "HEADERS(1,200) DATA(1,5,end)");
	assert_false(h2_session_in_head(s.session, NULL));
	add_frame(&s.in, HEADERS, END_STREAM, 3, STR(""));
	for (int i = 0; i < 20; i++) {
		add_frame(&s.in, CONTINUATION, 0, 3, STR(""));
	}
	assert_int_equal(talk(&s), RC_PROTO);
	assert_non_null(strstr(buf_c(&s.log), "failed: "));
	assert_non_null(strstr(buf_c(&s.said.text), "ENHANCE_YOUR_CALM"));
	assert_true(h2_session_is_over(s.session));
	side_fini(&s);
}

static void a_head_over_the_limit_is_answered_431(void **state)
{
	struct side s;
	AUTO_FREE char *line = mem_alloc(16000);
	AUTO_BUF(block, SIZE_MAX);
	side_init(&s, NULL);
	s.refuse = true;
	memset(line, 'x', 15999);
	memcpy(line, "x=", 2);
	add_block(&block, GET);
	for (int i = 0; i < 5; i++) {
		add_block(&block, line);
	}
	struct str rest = buf_str(&block);
	add_frame(&s.in, HEADERS, END_STREAM, 1, str_first(rest, 16384));
	for (rest = str_skip(rest, 16384); rest.n > 0; rest = str_skip(rest, 16384)) {
		add_frame(&s.in, CONTINUATION, rest.n > 16384 ? 0 : END_HEADERS, 1, str_first(rest, 16384));
	}
	assert_said(&s, "refused 431 the head is larger than allowed; sent; closed",
		    "HEADERS(1,431) DATA(1,2,end)");
	side_fini(&s);
}

static void more_streams_than_allowed_end_the_connection(void **state)
{
	struct h2_options options = { .max_streams = 3 };
	struct side s;
	side_init(&s, &options);
	s.answer = false;
	for (uint32_t id = 1; id <= 7; id += 2) {
		add_headers(&s.in, END_STREAM, id, GET);
	}
	/* As long as our SETTINGS are not acknowledged, the fourth may not know:
	 * it is refused, and can be sent again. */
	assert_said(&s, "head GET /x; head GET /x; head GET /x", "RST(7,REFUSED_STREAM)");
	add_frame(&s.in, SETTINGS, ACK, 0, STR(""));
	add_headers(&s.in, END_STREAM, 9, GET);
	(void)talk(&s);
	assert_non_null(strstr(buf_c(&s.log), "max concurrent streams exceeded"));
	assert_non_null(strstr(buf_c(&s.said.text), "GOAWAY(0,"));
	assert_true(h2_session_is_over(s.session));
	side_fini(&s);
}

static void floods_end_the_connection(void **state)
{
	static const struct {
		unsigned type, flags;
		uint32_t stream;
		struct str payload;
	} floods[] = {
		{ PING, 0, 0, { "12345678", 8 } },
		{ SETTINGS, 0, 0, { "", 0 } },
		{ PRIORITY, 0, 5, { "\0\0\0\0\1", 5 } },

		{ DATA, 0, 1, { "", 0 } },
		{ DATA, PADDED, 1, { "\1\0", 2 } },
	};
	for (size_t i = 0; i < ARRAY_SIZE(floods); i++) {
		struct side s;
		struct h2_options options = { .control_burst = 50, .control_rate = 10 };
		int rounds = 0;
		side_init(&s, &options);
		add_headers(&s.in, 0, 1, POST);
		(void)talk(&s);
		while (!h2_session_is_over(s.session) && rounds++ < 100) {
			for (int j = 0; j < 2; j++) {
				add_frame(&s.in, floods[i].type, floods[i].flags, floods[i].stream,
					  floods[i].payload);
			}
			s.now.us += US_PER_SECOND / 10; /* twenty a second, of which ten are forgiven */
			(void)talk(&s);
		}
		if (rounds < 40 || rounds > 60) {
			fail_msg("flood %zu: %d rounds: %s", i, rounds, buf_c(&s.log));
		}
		assert_non_null(strstr(buf_c(&s.log), "than allowed"));
		assert_non_null(strstr(buf_c(&s.said.text), "ENHANCE_YOUR_CALM"));
		side_fini(&s);
	}
}

static void acknowledgements_that_nobody_reads_are_not_piled_up(void **state)
{
	struct side s;
	side_init(&s, NULL);
	for (int i = 0; i < 300; i++) {
		add_frame(&s.in, PING, 0, 0, STR("12345678"));
	}
	assert_int_equal(talk(&s), RC_PROTO);
	assert_non_null(strstr(buf_c(&s.said.text), "ENHANCE_YOUR_CALM"));
	side_fini(&s);
}

static void rapid_resets_end_the_connection(void **state)
{
	struct side s;
	uint32_t id = 1;
	side_init(&s, NULL);
	s.answer = false;
	for (; id < 1000 && !h2_session_is_over(s.session); id += 2) {
		add_headers(&s.in, END_STREAM, id, GET);
		add_frame(&s.in, RST_STREAM, 0, id, STR("\0\0\0\10"));
		(void)talk(&s);
	}
	assert_in_range(id, 2 * 200, 2 * 202 + 1);
	assert_non_null(strstr(buf_c(&s.log), "failed"));
	side_fini(&s);
}

static void resets_that_the_peer_makes_us_send_count_too(void **state)
{
	struct side s;
	uint32_t id = 1;
	side_init(&s, NULL);
	s.answer = false;
	for (; id < 1000 && !h2_session_is_over(s.session); id += 2) {
		add_headers(&s.in, END_STREAM, id, GET);
		add_frame(&s.in, WINDOW_UPDATE, 0, id, STR("\177\377\377\377"));
		(void)talk(&s);
	}
	assert_in_range(id, 2 * 200, 2 * 202 + 1);
	assert_non_null(strstr(buf_c(&s.said.text), "ENHANCE_YOUR_CALM"));
	side_fini(&s);
}

static void errors_of_the_connection_are_told_and_end_it(void **state)
{
	static const struct {
		unsigned type, flags;
		uint32_t stream;
		struct str payload;
		const char *code;
	} cases[] = {
		{ DATA, 0, 0, { "x", 1 }, "PROTOCOL_ERROR" },
		{ DATA, 0, 3, { "x", 1 }, "PROTOCOL_ERROR" }, /* idle */
		{ DATA, 0, 2, { "x", 1 }, "PROTOCOL_ERROR" }, /* ours */
		{ HEADERS, END_HEADERS | PADDED, 3, { "\5x", 2 }, "PROTOCOL_ERROR" },
		{ DATA, 0, 1, { "x", 1 }, "STREAM_CLOSED" }, /* half-closed */
		{ HEADERS, END_HEADERS, 0, { "", 0 }, "PROTOCOL_ERROR" },
		{ HEADERS, END_HEADERS, 2, { "\202", 1 }, "PROTOCOL_ERROR" },
		{ HEADERS, END_HEADERS, 3, { "\377\377\377\377\377\377", 6 }, "COMPRESSION_ERROR" },
		{ HEADERS, END_HEADERS, 3, { "\0\5ab", 4 }, "COMPRESSION_ERROR" },
		{ RST_STREAM, 0, 0, { "\0\0\0\0", 4 }, "PROTOCOL_ERROR" },
		{ RST_STREAM, 0, 3, { "\0\0\0\0", 4 }, "PROTOCOL_ERROR" }, /* idle */
		{ RST_STREAM, 0, 1, { "\0\0", 2 }, "FRAME_SIZE_ERROR" },
		{ SETTINGS, 0, 1, { "", 0 }, "PROTOCOL_ERROR" },
		{ SETTINGS, ACK, 0, { "\0\1\0\0\0\0", 6 }, "FRAME_SIZE_ERROR" },
		{ SETTINGS, 0, 0, { "\0\1\0", 3 }, "FRAME_SIZE_ERROR" },
		{ SETTINGS, 0, 0, { "\0\2\0\0\0\2", 6 }, "PROTOCOL_ERROR" }, /* ENABLE_PUSH 2 */
		{ SETTINGS, 0, 0, { "\0\4\377\377\377\377", 6 }, "FLOW_CONTROL_ERROR" },
		{ SETTINGS, 0, 0, { "\0\5\0\0\0\1", 6 }, "PROTOCOL_ERROR" }, /* MAX_FRAME_SIZE 1 */
		{ PUSH_PROMISE, END_HEADERS, 1, { "\0\0\0\2", 4 }, "PROTOCOL_ERROR" },
		{ PING, 0, 1, { "12345678", 8 }, "PROTOCOL_ERROR" },
		{ PING, 0, 0, { "1234", 4 }, "FRAME_SIZE_ERROR" },
		{ GOAWAY, 0, 1, { "\0\0\0\0\0\0\0\0", 8 }, "PROTOCOL_ERROR" },
		{ WINDOW_UPDATE, 0, 0, { "\0\0\0\0", 4 }, "PROTOCOL_ERROR" },
		{ WINDOW_UPDATE, 0, 0, { "\177\377\377\377", 4 }, "FLOW_CONTROL_ERROR" },
		{ WINDOW_UPDATE, 0, 3, { "\0\0\0\1", 4 }, "PROTOCOL_ERROR" }, /* idle */
		{ WINDOW_UPDATE, 0, 0, { "\0\0", 2 }, "FRAME_SIZE_ERROR" },
		{ CONTINUATION, END_HEADERS, 1, { "", 0 }, "PROTOCOL_ERROR" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct side s;
		side_init(&s, NULL);
		s.answer = false;
		add_headers(&s.in, END_STREAM, 1, GET);
		add_frame(&s.in, cases[i].type, cases[i].flags, cases[i].stream, cases[i].payload);
		(void)talk(&s);
		if (!strstr(buf_c(&s.said.text), cases[i].code) || !strstr(buf_c(&s.log), "failed: ") ||
		    !strstr(buf_c(&s.said.text), "GOAWAY") || !h2_session_is_over(s.session)) {
			fail_msg("case %zu: %s | %s", i, buf_c(&s.log), buf_c(&s.said.text));
		}
		side_fini(&s);
	}
}

static void what_is_no_http2_is_told_so(void **state)
{
	struct side s;
	side_init(&s, NULL);
	h2_session_free(s.session);
	assert_int_equal(h2_session_new(&s.session, NULL, &EVENTS, &s, NULL), RC_OK);
	(void)buf_add(&s.in, STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_int_equal(talk(&s), RC_PROTO);
	assert_string_equal(buf_c(&s.said.text), "SETTINGS GOAWAY(0,0,PROTOCOL_ERROR)");
	assert_non_null(strstr(buf_c(&s.log), "failed: "));
	side_fini(&s);
}

static void frames_that_are_not_known_are_passed_over(void **state)
{
	struct side s;
	side_init(&s, NULL);
	add_frame(&s.in, 0x42, 0xff, 0, STR("whatever"));
	add_frame(&s.in, SETTINGS, 0, 0, STR("\x77\x77\0\0\0\1"));
	add_frame(&s.in, PING, ACK, 0, STR("12345678"));
	add_headers(&s.in, END_STREAM, 1, GET);
	assert_said(&s, "head GET /x; sent; closed", "SETTINGS+ack HEADERS(1,200) DATA(1,5,end)");
	side_fini(&s);
}

static void a_drain_loses_no_request(void **state)
{
	struct side s;
	side_init(&s, NULL);
	s.answer = false;
	add_headers(&s.in, END_STREAM, 1, GET);
	(void)talk(&s);
	struct h2_stream *first = s.last;
	h2_session_drain(s.session);
	assert_said(&s, "", "GOAWAY(0,2147483647,NO_ERROR) PING");
	/* It was on its way when the peer had not read of the end. */
	add_headers(&s.in, END_STREAM, 3, GET);
	assert_said(&s, "head GET /x", "");
	add_frame(&s.in, PING, ACK, 0, STR("draining"));
	assert_said(&s, "", "GOAWAY(0,3,NO_ERROR)");
	add_headers(&s.in, END_STREAM, 5,
		    GET); /* not served; by its number the peer knows that it may ask elsewhere */
	assert_said(&s, "", "");
	answer(first, 200, "1");
	answer(s.last, 200, "3");
	(void)talk(&s);
	assert_string_equal(buf_c(&s.log), "sent; closed; sent; closed");
	assert_true(h2_session_is_over(s.session));
	side_fini(&s);
}

static void the_end_is_told(void **state)
{
	struct side s;
	side_init(&s, NULL);
	h2_session_close(s.session, false);
	assert_said(&s, "", "GOAWAY(0,0,NO_ERROR)");
	assert_true(h2_session_is_over(s.session));
	side_fini(&s);
}

/* Bytes may come in any portions; what comes of them is the same. */
static void portions_do_not_matter(void **state)
{
	AUTO_BUF(whole, SIZE_MAX);
	AUTO_BUF(log, SIZE_MAX);
	struct side s;
	side_init(&s, NULL);
	add_headers(&s.in, 0, 1, POST "content-length=6\n");
	add_frame(&s.in, DATA, 0, 1, STR("abcdef"));
	add_headers(&s.in, END_STREAM, 1, "t=1\n");
	add_headers(&s.in, END_STREAM, 3, GET);
	(void)buf_add(&whole, buf_str(&s.in));
	buf_clear(&s.in);
	for (size_t i = 0; i < whole.n; i++) {
		(void)buf_add(&s.in, str_first(str_skip(buf_str(&whole), i), 1));
		(void)talk(&s);
		(void)buf_printf(&log, "%s%s", s.log.n ? "; " : "", s.log.n ? buf_c(&s.log) : "");
	}
	assert_string_equal(
		buf_c(&log),
		"; head POST /x; data 1; data 1; data 1; data 1; data 1; data 1; end; sent; closed"
		"; head GET /x; sent; closed");
	side_fini(&s);
}

RUN_TESTS(TEST(a_request_is_answered_and_its_stream_closed),
	  TEST(an_answer_without_a_body_ends_with_its_head), TEST(malformed_streams_are_answered_then_reset),
	  TEST(a_body_other_than_its_length_is_malformed), TEST(trailers_end_a_request_or_are_malformed),
	  TEST(a_body_waits_until_it_is_consumed), TEST(one_stream_that_rests_holds_no_other_back),
	  TEST(an_answer_waits_for_the_peers_window), TEST(what_follows_an_answer_is_dropped_for_a_while),
	  TEST(what_follows_an_answer_without_end_is_reset), TEST(a_stream_can_be_cut_by_either_side),
	  TEST(who_waits_for_100_is_told_to_go_on), TEST(a_header_block_may_come_in_parts_but_not_in_many),
	  TEST(a_head_over_the_limit_is_answered_431), TEST(more_streams_than_allowed_end_the_connection),
	  TEST(floods_end_the_connection), TEST(acknowledgements_that_nobody_reads_are_not_piled_up),
	  TEST(rapid_resets_end_the_connection), TEST(resets_that_the_peer_makes_us_send_count_too),
	  TEST(errors_of_the_connection_are_told_and_end_it), TEST(what_is_no_http2_is_told_so),
	  TEST(frames_that_are_not_known_are_passed_over), TEST(a_drain_loses_no_request),
	  TEST(the_end_is_told), TEST(portions_do_not_matter))
