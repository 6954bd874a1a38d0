/* SPDX-License-Identifier: Apache-2.0
 * Bodies in parts over a socket pair: back-pressure in both directions, and what a broken transfer looks
 * like. */
#include "base/memory.h"
#include "http/server/server.h"
#include "unit/test.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define MIB ((size_t)1024 * 1024)

struct fixture {
	struct loop *loop;
	struct http_server *server;
	int peer;
	struct buf got;
	struct buf trace;
	struct http_exchange *x;
	uint64_t max_body;
	bool holds;    /* does not consume */
	bool echoes;   /* writes what it consumes */
	bool whole;    /* the body came to its end */
	size_t taken;  /* [bytes] consumed */
	size_t writes; /* parts that on_writable still has to write */
};

static void on_head(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	f->x = x;
	http_exchange_stream_body(x, f->max_body);
}

static void take(struct fixture *f)
{
	struct str part = http_exchange_body(f->x);
	f->taken += part.n;
	if (f->echoes) {
		(void)http_exchange_write(f->x, part);
	}
	http_exchange_consume(f->x, part.n);
}

static void on_body(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	f->whole = http_exchange_body_complete(x);
	if (f->echoes && !http_exchange_begun(x)) {
		http_exchange_begin(x, 200, NULL, 0, HTTP_LENGTH_UNKNOWN);
	}
	if (!f->holds) {
		take(f);
	}
	if (f->echoes && f->whole) {
		http_exchange_finish(x);
	}
}

static void on_request(void *ctx, struct http_exchange *x)
{
	fail_msg("a streamed body is never given whole");
}

static void on_writable(void *ctx, struct http_exchange *x)
{
	static char part[65536];
	struct fixture *f = ctx;
	memset(part, 'w', sizeof(part));
	while (f->writes > 0) {
		f->writes--;
		if (!http_exchange_write(x, str_from(part, sizeof(part)))) {
			return;
		}
	}
	http_exchange_finish(x);
}

static void on_abort(void *ctx, struct http_exchange *x)
{
	assert_true(buf_add_c(&((struct fixture *)ctx)->trace, "abort;"));
}

static void on_sent(void *ctx, struct http_exchange *x)
{
	assert_true(buf_add_c(&((struct fixture *)ctx)->trace, "sent;"));
}

static void fixture_init(struct fixture *f, const struct http_server_options *options)
{
	static const struct http_handler handler = { .on_head = on_head,
						     .on_request = on_request,
						     .on_body = on_body,
						     .on_writable = on_writable,
						     .on_abort = on_abort,
						     .on_sent = on_sent };
	int fds[2];
	*f = (struct fixture){ .got = BUF(16 * MIB), .trace = BUF(1 << 16), .max_body = 4 * MIB };
	assert_int_equal(loop_new(&f->loop, NULL), RC_OK);
	assert_int_equal(http_server_new(&f->server, f->loop, options, &handler, f, NULL), RC_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	f->peer = fds[1];
	assert_int_equal(http_server_adopt(f->server, fds[0], NULL, NULL, NULL), RC_OK);
}

static void fixture_fini(struct fixture *f)
{
	http_server_free(f->server);
	loop_free(f->loop);
	(void)close(f->peer);
	buf_fini(&f->got);
	buf_fini(&f->trace);
}

static void turn(struct fixture *f)
{
	assert_int_equal(loop_turn(f->loop, 0, NULL), RC_OK);
}

static void say(struct fixture *f, const char *text)
{
	assert_int_equal(send(f->peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	turn(f);
}

/* Push up to n bytes while the server takes them; how many it took. */
static size_t push(struct fixture *f, size_t n)
{
	static char bytes[65536];
	size_t sent = 0;
	memset(bytes, 'b', sizeof(bytes));
	for (int idle = 0; sent < n && idle < 3;) {
		size_t part = n - sent < sizeof(bytes) ? n - sent : sizeof(bytes);
		ssize_t done = send(f->peer, bytes, part, MSG_NOSIGNAL);
		idle = done > 0 ? 0 : idle + 1;
		sent += done > 0 ? (size_t)done : 0;
		turn(f);
	}
	return sent;
}

/* Read all there is; true at the end of the connection. */
static bool hear(struct fixture *f)
{
	static char bytes[65536];
	for (int idle = 0; idle < 3;) {
		turn(f);
		ssize_t n = recv(f->peer, bytes, sizeof(bytes), 0);
		if (n == 0) {
			return true;
		}
		idle = n > 0 ? 0 : idle + 1;
		if (n > 0) {
			assert_true(buf_add(&f->got, str_from(bytes, (size_t)n)));
		}
	}
	return false;
}

static bool got(const struct fixture *f, const char *text)
{
	return str_find_str(buf_str(&f->got), str_of(text)) < f->got.n;
}

static void a_body_that_nobody_consumes_stays_with_its_sender(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.holds = true;
	say(&f, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
	size_t sent = push(&f, 3000000);
	assert_true(sent < 3000000);
	assert_int_equal(http_exchange_body(f.x).n, HTTP_BODY_WINDOW);
	f.holds = false;
	take(&f);
	turn(&f);
	sent += push(&f, 3000000 - sent);
	assert_int_equal(sent, 3000000);
	assert_true(f.whole);
	assert_int_equal(f.taken, 3000000);
	assert_int_equal(http_exchange_body_received(f.x), 3000000);
	fixture_fini(&f);
}

static void a_chunked_body_is_held_back_in_the_same_way(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.holds = true;
	say(&f, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2dc6c0\r\n");
	size_t sent = push(&f, 3000000);
	assert_true(sent < 3000000);
	assert_int_equal(http_exchange_body(f.x).n, HTTP_BODY_WINDOW);
	f.holds = false;
	take(&f);
	turn(&f);
	sent += push(&f, 3000000 - sent);
	assert_int_equal(sent, 3000000);
	say(&f, "\r\n0\r\n\r\n");
	assert_true(f.whole);
	assert_int_equal(f.taken, 3000000);
	fixture_fini(&f);
}

static void an_answer_may_go_out_while_the_body_comes_in(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.echoes = true;
	say(&f, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
	assert_false(hear(&f));
	assert_true(got(&f, "Transfer-Encoding: chunked\r\n") && got(&f, "\r\n\r\n5\r\nhello\r\n"));
	assert_false(got(&f, "Content-Length"));
	say(&f, "worldGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_false(hear(&f));
	assert_true(got(&f, "5\r\nworld\r\n0\r\n\r\nHTTP/1.1 200 OK"));
	assert_string_equal(buf_c(&f.trace), "sent;sent;");
	fixture_fini(&f);
}

static void an_answer_of_unknown_length_ends_with_the_connection_in_http_1_0(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.echoes = true;
	say(&f, "POST / HTTP/1.0\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello");
	assert_true(hear(&f));
	assert_true(got(&f, "Connection: close\r\n\r\nhello"));
	assert_false(got(&f, "chunked"));
	fixture_fini(&f);
}

static void a_request_without_a_body_is_told_so_once(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.echoes = true;
	say(&f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_false(hear(&f));
	assert_true(f.whole);
	assert_true(got(&f, "\r\n\r\n0\r\n\r\n"));
	fixture_fini(&f);
}

static void a_writer_waits_for_a_slow_reader(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	say(&f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	http_exchange_begin(f.x, 200, NULL, 0, 64 * 65536);
	f.writes = 64;
	on_writable(&f, f.x);
	assert_true(f.writes > 50);
	assert_true(http_exchange_unsent(f.x) < MIB);
	assert_false(hear(&f));
	assert_int_equal(f.writes, 0);
	assert_true(got(&f, "Content-Length: 4194304\r\n"));
	assert_int_equal(f.got.n - str_find_str(buf_str(&f.got), STR("\r\n\r\n")) - 4, 64 * 65536);
	assert_string_equal(buf_c(&f.trace), "sent;");
	fixture_fini(&f);
}

/* 64 KiB each 10 ms would hold the answer for five seconds, and never rest for as long as the window. */
static void a_reader_below_the_least_rate_loses_its_answer(void **state)
{
	static char bytes[65536];
	struct fixture f;
	const struct mono end = mono_after_ms(mono_now(), 3000);
	struct mono next = { 0 };
	AUTO_FREE char *answer = mem_alloc(32 * MIB);
	fixture_init(&f, &(struct http_server_options){ .write_window_ms = 100, .least_rate = 100000000 });
	say(&f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	http_exchange_respond(f.x, 200, NULL, 0, str_from(answer, 32 * MIB));
	while (buf_str(&f.trace).n == 0) {
		assert_true(mono_now().us < end.us);
		if (mono_now().us >= next.us && recv(f.peer, bytes, sizeof(bytes), 0) > 0) {
			next = mono_after_ms(mono_now(), 10);
		}
		assert_int_equal(loop_turn(f.loop, 1, NULL), RC_OK);
	}
	assert_string_equal(buf_c(&f.trace), "abort;");
	fixture_fini(&f);
}

static void a_cut_answer_has_no_last_chunk_and_no_second_answer(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	say(&f, "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
	http_exchange_begin(f.x, 200, NULL, 0, HTTP_LENGTH_UNKNOWN);
	(void)http_exchange_write(f.x, STR("part"));
	assert_false(hear(&f));
	http_exchange_cut(f.x);
	assert_true(hear(&f));
	assert_true(got(&f, "4\r\npart\r\n"));
	assert_false(got(&f, "0\r\n\r\n"));
	assert_string_equal(buf_c(&f.trace), "abort;");
	fixture_fini(&f);
}

static void an_answer_shorter_or_longer_than_its_length_is_a_cut(void **state)
{
	for (int longer = 0; longer < 2; longer++) {
		struct fixture f;
		fixture_init(&f, NULL);
		say(&f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
		http_exchange_begin(f.x, 200, NULL, 0, 5);
		(void)http_exchange_write(f.x, longer ? STR("longer") : STR("less"));
		http_exchange_finish(f.x);
		assert_true(hear(&f));
		assert_string_equal(buf_c(&f.trace), "abort;");
		fixture_fini(&f);
	}
}

static void a_streamed_body_over_its_limit_is_413_or_a_cut(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.max_body = 8;
	say(&f,
	    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n");
	(void)hear(&f);
	assert_true(got(&f, "HTTP/1.1 413 "));
	fixture_fini(&f);
	fixture_init(&f, NULL);
	f.max_body = 8;
	f.echoes = true;
	say(&f, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	say(&f, "5\r\nworld\r\n");
	assert_true(hear(&f));
	assert_false(got(&f, "413") || got(&f, "0\r\n\r\n"));
	assert_string_equal(buf_c(&f.trace), "abort;");
	fixture_fini(&f);
}

static void an_answer_before_the_body_s_end_closes_the_connection(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	say(&f, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx");
	http_exchange_respond(f.x, 409, NULL, 0, STR("no"));
	assert_true(hear(&f));
	assert_true(got(&f, "HTTP/1.1 409 ") && got(&f, "\r\n\r\nno"));
	assert_string_equal(buf_c(&f.trace), "sent;");
	fixture_fini(&f);
}

static void a_body_that_the_program_holds_up_is_not_blamed_for_being_slow(void **state)
{
	struct fixture f;
	fixture_init(&f, &(struct http_server_options){ .body_window_ms = 200, .least_rate = 100000000 });
	f.holds = true;
	say(&f, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n");
	(void)push(&f, 300000);
	assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK); /* the grace is over */
	assert_false(hear(&f));
	assert_int_equal(f.got.n, 0);
	fixture_fini(&f);
}

RUN_TESTS(TEST(a_body_that_nobody_consumes_stays_with_its_sender),
	  TEST(a_chunked_body_is_held_back_in_the_same_way),
	  TEST(an_answer_may_go_out_while_the_body_comes_in),
	  TEST(an_answer_of_unknown_length_ends_with_the_connection_in_http_1_0),
	  TEST(a_request_without_a_body_is_told_so_once), TEST(a_writer_waits_for_a_slow_reader),
	  TEST(a_reader_below_the_least_rate_loses_its_answer),
	  TEST(a_cut_answer_has_no_last_chunk_and_no_second_answer),
	  TEST(an_answer_shorter_or_longer_than_its_length_is_a_cut),
	  TEST(a_streamed_body_over_its_limit_is_413_or_a_cut),
	  TEST(an_answer_before_the_body_s_end_closes_the_connection),
	  TEST(a_body_that_the_program_holds_up_is_not_blamed_for_being_slow))
