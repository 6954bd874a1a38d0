/* SPDX-License-Identifier: Apache-2.0
 * HTTP/2 over a socket pair: the exchange is that of HTTP/1.1, and so are its deadlines. */
#include "http/server/server_internal.h"
#include "unit/http/frames.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define MIB ((size_t)1024 * 1024)

enum how { ECHO, STREAM, HOLD, REFUSE_EARLY, CUT, NEVER };

struct fixture {
	struct loop *loop;
	struct http_server *server;
	int peer;
	enum how how;
	struct buf trace; /* what the program was told */
	struct buf out;   /* what the peer says next */
	struct buf in;
	struct frames said;
	struct http_exchange *x;
	bool drained;
	bool ended;
};

static void trace(struct fixture *f, const char *text)
{
	(void)buf_printf(&f->trace, "%s%s", f->trace.n ? "; " : "", text);
}

static void on_head(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	f->x = x;
	trace(f, "head");
	if (f->how == REFUSE_EARLY) {
		http_exchange_respond(x, 401, NULL, 0, STR("who?"));
	} else if (f->how == STREAM || f->how == HOLD) {
		http_exchange_stream_body(x, 16 * MIB);
	} else {
		http_exchange_accept_body(x, MIB);
	}
}

static void on_request(void *ctx, struct http_exchange *x)
{
	static const struct http_field fields[] = { { { "X-Answer", 8 }, { "1", 1 } },
						    { { "Connection", 10 }, { "close", 5 } },
						    { { "Content-Length", 14 }, { "7", 1 } } };
	struct fixture *f = ctx;
	trace(f, "request");
	if (f->how == CUT) {
		http_exchange_cut(x);
	} else if (f->how == ECHO) {
		http_exchange_respond(x, 200, fields, ARRAY_SIZE(fields), http_exchange_body(x));
	}
}

static void on_body(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	struct str part = http_exchange_body(x);
	if (f->how == HOLD) {
		return;
	}
	if (!http_exchange_begun(x)) {
		http_exchange_begin(x, 200, NULL, 0, HTTP_LENGTH_UNKNOWN);
	}
	(void)http_exchange_write(x, part);
	http_exchange_consume(x, part.n);
	if (http_exchange_body_complete(x)) {
		http_exchange_finish(x);
	}
}

static void on_writable(void *ctx, struct http_exchange *x)
{
	trace(ctx, "writable");
}

static void on_abort(void *ctx, struct http_exchange *x)
{
	trace(ctx, "abort");
}

static void on_sent(void *ctx, struct http_exchange *x)
{
	trace(ctx, "sent");
}

static void on_malformed(void *ctx, struct http_connection *c, const char *why, int status)
{
	static const struct http_field fields[] = { { { "x-request-id", 12 }, { "42", 2 } } };
	char text[400];
	(void)snprintf(text, sizeof(text), "malformed %d %s", status, why);
	trace(ctx, text);
	http_connection_refuse(c, fields, 1, STR("no"));
}

static void on_body_malformed(void *ctx, struct http_exchange *x, const char *why, int status)
{
	char text[400];
	(void)snprintf(text, sizeof(text), "body %d %s", status, why);
	trace(ctx, text);
	http_exchange_respond(x, status, NULL, 0, STR("no"));
}

static void on_drained(void *ctx)
{
	((struct fixture *)ctx)->drained = true;
}

static void fixture_init(struct fixture *f, enum how how, const struct http_server_options *options)
{
	static const struct http_handler handler = { .on_head = on_head,
						     .on_request = on_request,
						     .on_body = on_body,
						     .on_writable = on_writable,
						     .on_abort = on_abort,
						     .on_sent = on_sent,
						     .on_malformed = on_malformed,
						     .on_body_malformed = on_body_malformed };
	int fds[2];
	*f = (struct fixture){ .how = how, .trace = BUF(1 << 16), .out = BUF(16 * MIB), .in = BUF(16 * MIB) };
	frames_init(&f->said);
	assert_int_equal(loop_new(&f->loop, NULL), RC_OK);
	assert_int_equal(http_server_new(&f->server, f->loop, options, &handler, f, NULL), RC_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	f->peer = fds[1];
	assert_int_equal(http_server_adopt(f->server, fds[0], NULL, NULL, NULL), RC_OK);
	/* As the end of a TLS handshake that agreed on it would. */
	f->server->lists[CONNECTION_IDLE].first->protocol = &H2_PROTOCOL;
	(void)buf_add(&f->out, STR(PREFACE));
	(void)buf_add(&f->out, STR(SETTINGS_EMPTY));
}

static void fixture_fini(struct fixture *f)
{
	http_server_free(f->server);
	loop_free(f->loop);
	(void)close(f->peer);
	buf_fini(&f->trace);
	buf_fini(&f->out);
	buf_fini(&f->in);
	frames_fini(&f->said);
}

/* Read what has come; true when there was some. */
static bool hear(struct fixture *f)
{
	static char bytes[65536];
	ssize_t n = recv(f->peer, bytes, sizeof(bytes), 0);
	f->ended = f->ended || n == 0 || (n < 0 && errno != EAGAIN);
	if (n <= 0) {
		return false;
	}
	(void)buf_add(&f->in, str_from(bytes, (size_t)n));
	buf_drop(&f->in, f->in.n - describe_all(&f->said, buf_str(&f->in)).n);
	return true;
}

/* Say what stands in out, and hear what comes of it, until nothing moves. */
static void talk(struct fixture *f)
{
	buf_clear(&f->trace);
	frames_clear(&f->said);
	for (int idle = 0; idle < 3;) {
		ssize_t n = f->out.n ? send(f->peer, f->out.p, f->out.n, MSG_NOSIGNAL) : 0;
		buf_drop(&f->out, n > 0 ? (size_t)n : 0);
		assert_int_equal(loop_turn(f->loop, 0, NULL), RC_OK);
		idle = hear(f) || n > 0 ? 0 : idle + 1;
	}
}

/* The same, until the text stands in what was told or said. */
static void wait_within(struct fixture *f, int patience_ms, const char *text)
{
	const struct mono end = mono_after_ms(mono_now(), patience_ms);
	while (mono_now().us < end.us) {
		assert_int_equal(loop_turn(f->loop, 10, NULL), RC_OK);
		while (hear(f))
			;
		if (strstr(buf_c(&f->trace), text) || strstr(buf_c(&f->said.text), text)) {
			return;
		}
	}
	fail_msg("waited in vain for %s: %s | %s", text, buf_c(&f->trace), buf_c(&f->said.text));
}

static void wait_for(struct fixture *f, const char *text)
{
	wait_within(f, 20000, text);
}

static void assert_said(struct fixture *f, const char *told, const char *said)
{
	talk(f);
	assert_string_equal(buf_c(&f->trace), told);
	assert_string_equal(buf_c(&f->said.text), said);
}

static void open_connection(struct fixture *f, enum how how, const struct http_server_options *options)
{
	fixture_init(f, how, options);
	assert_said(f, "", "SETTINGS WINDOW(0,983041) SETTINGS+ack");
}

static void a_stream_is_an_exchange(void **state)
{
	struct fixture f;
	open_connection(&f, ECHO, NULL);
	add_headers(&f.out, 0, 1, POST);
	add_frame(&f.out, DATA, END_STREAM, 1, STR("hello"));
	assert_said(&f, "head; request; sent", "WINDOW(1,65536) HEADERS(1,200) DATA(1,5,end)");
	assert_string_equal(buf_c(&f.said.body), "hello");
	add_headers(&f.out, END_STREAM, 3, ":method=HEAD\n:scheme=https\n:path=/x\n:authority=a\n");
	assert_said(&f, "head; request; sent", "HEADERS(3,200,end)");
	fixture_fini(&f);
}

static void what_is_malformed_is_told_answered_and_reset(void **state)
{
	struct fixture f;
	open_connection(&f, ECHO, NULL);
	add_headers(&f.out, 0, 1, GET "connection=x\n");
	assert_said(&f, "malformed 400 a field that belongs to a connection of HTTP/1.1",
		    "HEADERS(1,400) DATA(1,2,end) RST(1,PROTOCOL_ERROR)");
	add_headers(&f.out, 0, 3, POST "content-length=3\n");
	add_frame(&f.out, DATA, END_STREAM, 3, STR("ab"));
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "head; body 400 a body shorter than its Content-Length; sent");
	add_frame(&f.out, DATA, 0, 0, STR("ab"));
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "malformed 400 not HTTP/2: DATA: stream_id == 0");
	assert_string_equal(buf_c(&f.said.text), "GOAWAY(0,3,PROTOCOL_ERROR)");
	fixture_fini(&f);
}

static void a_streamed_body_is_held_at_its_sender(void **state)
{
	struct fixture f;
	AUTO_FREE char *block = mem_alloc(16384);
	open_connection(&f, HOLD, NULL);
	add_headers(&f.out, 0, 1, POST);
	for (int i = 0; i < 7; i++) {
		add_frame(&f.out, DATA, 0, 1, str_from(block, 16384));
	}
	talk(&f);
	assert_int_equal(http_exchange_body(f.x).n, 7 * 16384);
	assert_string_equal(buf_c(&f.said.text), "WINDOW(1,65536)");
	http_exchange_consume(f.x, 100000);
	talk(&f);
	assert_string_equal(buf_c(&f.said.text), "WINDOW(1,100000)");
	fixture_fini(&f);
}

static void a_body_goes_through_in_parts(void **state)
{
	struct fixture f;
	AUTO_FREE char *block = mem_alloc(16384);
	open_connection(&f, STREAM, NULL);
	add_frame(&f.out, WINDOW_UPDATE, 0, 0, STR("\0\100\0\0"));
	add_headers(&f.out, 0, 1, POST);
	add_frame(&f.out, WINDOW_UPDATE, 0, 1, STR("\0\100\0\0"));
	talk(&f);
	for (int i = 0; i < 200; i++) {
		add_frame(&f.out, DATA, 0, 1, str_from(block, 16384));
		talk(&f);
		assert_int_equal(f.said.body.n, 16384);
	}
	add_frame(&f.out, DATA, END_STREAM, 1, STR(""));
	assert_said(&f, "sent", "DATA(1,0,end)");
	fixture_fini(&f);
}

static void an_answer_that_is_cut_resets_its_stream_alone(void **state)
{
	struct fixture f;
	open_connection(&f, CUT, NULL);
	add_headers(&f.out, END_STREAM, 1, GET);
	assert_said(&f, "head; request; abort", "RST(1,INTERNAL_ERROR)");
	f.how = ECHO;
	add_headers(&f.out, END_STREAM, 3, GET);
	assert_said(&f, "head; request; sent", "HEADERS(3,200,end)");
	fixture_fini(&f);
}

static void each_exchange_ends_once_however_the_connection_ends(void **state)
{
	struct fixture f;
	open_connection(&f, NEVER, NULL);
	for (uint32_t id = 1; id < 9; id += 2) {
		add_headers(&f.out, END_STREAM, id, GET);
	}
	add_frame(&f.out, RST_STREAM, 0, 5, STR("\0\0\0\10"));
	talk(&f);
	assert_string_equal(buf_c(&f.trace),
			    "head; request; head; request; head; request; head; request; abort");
	add_frame(&f.out, PING, 0, 0, STR("short"));
	talk(&f);
	assert_string_equal(buf_c(&f.trace),
			    "malformed 400 not HTTP/2: FRAME_SIZE_ERROR; abort; abort; abort");
	fixture_fini(&f);
}

static void an_idle_connection_is_told_goodbye(void **state)
{
	struct http_server_options options = { .idle_timeout_ms = 30 };
	struct fixture f;
	open_connection(&f, ECHO, &options);
	wait_for(&f, "GOAWAY(0,0,NO_ERROR)");
	fixture_fini(&f);
	/* Also one that was not idle always, and one that never said the preface. */
	open_connection(&f, ECHO, &options);
	add_headers(&f.out, END_STREAM, 1, GET);
	talk(&f);
	wait_for(&f, "GOAWAY(0,1,NO_ERROR)");
	fixture_fini(&f);
	struct http_server_options impatient = { .head_timeout_ms = 30 };
	fixture_init(&f, ECHO, &impatient);
	buf_clear(&f.out);
	(void)buf_add(&f.out, STR("PRI"));
	talk(&f);
	wait_for(&f, "GOAWAY(0,0,NO_ERROR)");
	fixture_fini(&f);
}

static void a_head_that_drips_ends_the_connection(void **state)
{
	struct http_server_options options = { .head_timeout_ms = 30 };
	struct fixture f;
	open_connection(&f, ECHO, &options);
	add_frame(&f.out, HEADERS, 0, 1, STR("\202"));
	talk(&f);
	wait_for(&f, "GOAWAY(0,");
	assert_non_null(strstr(buf_c(&f.trace), "malformed 408 the head did not arrive in time"));
	fixture_fini(&f);
}

static void a_body_that_comes_too_slowly_is_refused(void **state)
{
	struct http_server_options options = { .body_window_ms = 200, .least_rate = 1000000 };
	struct fixture f;
	open_connection(&f, ECHO, &options);
	add_headers(&f.out, 0, 1, POST);
	add_frame(&f.out, DATA, 0, 1, STR("a"));
	talk(&f);
	wait_for(&f, "sent");
	assert_non_null(strstr(buf_c(&f.trace), "body 408 the body arrived too slowly"));
	assert_non_null(strstr(buf_c(&f.said.text), "HEADERS(1,408) DATA(1,2,end)"));
	fixture_fini(&f);
}

static void a_body_that_begins_fast_and_falls_silent_is_refused(void **state)
{
	struct http_server_options options = { .body_window_ms = 100, .least_rate = 1000 };
	static const enum how hows[] = { NEVER, STREAM };
	AUTO_FREE char *block = mem_alloc(16384);
	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		struct fixture f;
		open_connection(&f, hows[i], &options);
		add_headers(&f.out, 0, 1, POST);
		for (int k = 0; k < 7; k++) {
			add_frame(&f.out, DATA, 0, 1, str_from(block, 16384));
		}
		talk(&f);
		/* The answer of the streamed one has begun: it is cut. */
		wait_within(&f, 3000, hows[i] == NEVER ? "HEADERS(1,408)" : "abort");
		fixture_fini(&f);
	}
}

static void who_does_not_consume_is_not_blamed_on_the_peer(void **state)
{
	struct http_server_options options = { .body_window_ms = 200, .least_rate = 1000000 };
	struct fixture f;
	AUTO_FREE char *block = mem_alloc(16384);
	open_connection(&f, HOLD, &options);
	add_headers(&f.out, 0, 1, POST);
	for (int i = 0; i < 7; i++) {
		add_frame(&f.out, DATA, 0, 1, str_from(block, 16384));
	}
	talk(&f);
	/* A second stream that is slow itself shows when the connection was looked through. */
	add_headers(&f.out, 0, 3, POST);
	talk(&f);
	wait_for(&f, "body 408");
	wait_for(&f, "sent");
	assert_null(strstr(buf_c(&f.said.text), "HEADERS(1,"));
	assert_non_null(strstr(buf_c(&f.said.text), "HEADERS(3,408)"));
	fixture_fini(&f);
}

static void an_answer_that_nobody_takes_is_broken_off(void **state)
{
	struct http_server_options options = { .write_window_ms = 200 };
	struct fixture f;
	AUTO_FREE char *block = mem_alloc(16384);
	open_connection(&f, ECHO, &options);
	add_headers(&f.out, 0, 1, POST);
	for (int i = 0; i < 5; i++) {
		add_frame(&f.out, DATA, i == 4 ? END_STREAM : 0, 1, str_from(block, 16384));
	}
	talk(&f);
	assert_int_equal(f.said.body.n, 65535);
	wait_for(&f, "abort");
	assert_non_null(strstr(buf_c(&f.said.text), "RST(1,INTERNAL_ERROR)"));
	fixture_fini(&f);
}

static void an_answer_that_is_taken_byte_by_byte_is_broken_off(void **state)
{
	struct http_server_options options = { .write_window_ms = 100, .least_rate = 10000 };
	struct fixture f;
	const struct mono end = mono_after_ms(mono_now(), 3000);
	AUTO_FREE char *block = mem_alloc(16384);
	open_connection(&f, ECHO, &options);
	add_headers(&f.out, 0, 1, POST);
	for (int i = 0; i < 5; i++) {
		add_frame(&f.out, DATA, i == 4 ? END_STREAM : 0, 1, str_from(block, 16384));
	}
	talk(&f);
	while (!strstr(buf_c(&f.said.text), "RST(1,INTERNAL_ERROR)")) {
		assert_true(mono_now().us < end.us);
		add_frame(&f.out, WINDOW_UPDATE, 0, 0, STR("\0\0\0\1"));
		add_frame(&f.out, WINDOW_UPDATE, 0, 1, STR("\0\0\0\1"));
		talk(&f);
		assert_int_equal(loop_turn(f.loop, 20, NULL), RC_OK);
	}
	fixture_fini(&f);
}

static void the_rest_of_an_answered_request_is_read_past_then_reset(void **state)
{
	struct fixture f;
	open_connection(&f, REFUSE_EARLY, NULL);
	add_headers(&f.out, 0, 1, POST);
	assert_said(&f, "head; sent", "HEADERS(1,401) DATA(1,4,end)");
	wait_for(&f, "RST(1,NO_ERROR)");
	fixture_fini(&f);
}

static void a_drain_ends_idle_connections_and_lets_the_others_finish(void **state)
{
	struct fixture f;
	open_connection(&f, NEVER, NULL);
	add_headers(&f.out, END_STREAM, 1, GET);
	talk(&f);
	struct http_exchange *first = f.x;
	http_server_drain(f.server, false, 10000, on_drained, &f);
	assert_said(&f, "", "GOAWAY(0,2147483647,NO_ERROR) PING");
	add_headers(&f.out, END_STREAM, 3, GET);
	add_frame(&f.out, PING, ACK, 0, STR("draining"));
	assert_said(&f, "head; request", "GOAWAY(0,3,NO_ERROR)");
	http_exchange_respond(first, 200, NULL, 0, STR("1"));
	http_exchange_respond(f.x, 200, NULL, 0, STR("3"));
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "sent; sent");
	assert_true(f.ended);
	assert_false(f.drained);
	(void)shutdown(f.peer, SHUT_WR);
	talk(&f);
	assert_true(f.drained);
	fixture_fini(&f);
}

RUN_TESTS(TEST(a_stream_is_an_exchange), TEST(what_is_malformed_is_told_answered_and_reset),
	  TEST(a_streamed_body_is_held_at_its_sender), TEST(a_body_goes_through_in_parts),
	  TEST(an_answer_that_is_cut_resets_its_stream_alone),
	  TEST(each_exchange_ends_once_however_the_connection_ends), TEST(an_idle_connection_is_told_goodbye),
	  TEST(a_head_that_drips_ends_the_connection), TEST(a_body_that_comes_too_slowly_is_refused),
	  TEST(who_does_not_consume_is_not_blamed_on_the_peer),
	  TEST(an_answer_that_nobody_takes_is_broken_off),
	  TEST(an_answer_that_is_taken_byte_by_byte_is_broken_off),
	  TEST(a_body_that_begins_fast_and_falls_silent_is_refused),
	  TEST(the_rest_of_an_answered_request_is_read_past_then_reset),
	  TEST(a_drain_ends_idle_connections_and_lets_the_others_finish))
