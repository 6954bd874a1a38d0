/* SPDX-License-Identifier: Apache-2.0
 * The server's connection over a socket pair: order, limits, deadlines, the end. */
#include "base/memory.h"
#include "http/server/server.h"
#include "os/socket.h"
#include "unit/test.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
	struct loop *loop;
	struct http_server *server;
	int peer;
	struct buf got;
	struct buf trace; /* what the server told, in order */
	size_t max_body;
	bool later; /* answer after the turn */
	bool refuse_at_head;
	bool tells_id;
	struct http_exchange *waiting;
	bool drained;
};

static void on_head(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	if (f->refuse_at_head) {
		http_exchange_respond(x, 401, NULL, 0, STR("no"));
	} else {
		http_exchange_accept_body(x, f->max_body);
	}
}

static void on_request(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	const struct http_field fields[] = { { STR("X-Id"), STR("7") },
					     { STR("Content-Length"), STR("999") },
					     { STR("X-Bad"), STR("a\r\nX: y") } };
	assert_true(buf_printf(&f->trace, "%.*s %.*s [%.*s];", STR_ARG(http_exchange_method(x)),
			       STR_ARG(http_exchange_path(x)), STR_ARG(http_exchange_body(x))));
	if (f->later) {
		f->waiting = x;
	} else {
		http_exchange_respond(x, 200, fields, 3, http_exchange_path(x));
	}
}

static void on_abort(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	f->waiting = NULL;
	assert_true(buf_add_c(&f->trace, "abort;"));
}

static void on_malformed(void *ctx, struct http_connection *c, const char *why, int status)
{
	struct fixture *f = ctx;
	assert_true(why[0] != '\0');
	assert_true(buf_printf(&f->trace, "malformed %d;", status));
	if (f->tells_id) {
		http_connection_refuse(c, &(struct http_field){ STR("X-Id"), STR("8") }, 1, STR("why"));
	}
}

static void on_body_malformed(void *ctx, struct http_exchange *x, const char *why, int status)
{
	struct fixture *f = ctx;
	assert_true(buf_printf(&f->trace, "body malformed %d;", status));
	if (f->tells_id) {
		http_exchange_respond(x, status, &(struct http_field){ STR("X-Id"), STR("9") }, 1,
				      str_of(why));
	}
}

static void on_sent(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	assert_true(buf_add_c(&f->trace, "sent;"));
}

static void on_connection_end(void *ctx, struct http_connection *c)
{
	struct fixture *f = ctx;
	assert_true(buf_add_c(&f->trace, "end;"));
}

static void drained(void *ctx)
{
	struct fixture *f = ctx;
	f->drained = true;
}

static void fixture_init(struct fixture *f, const struct http_server_options *options)
{
	static const struct http_handler handler = { .on_head = on_head,
						     .on_request = on_request,
						     .on_abort = on_abort,
						     .on_body_malformed = on_body_malformed,
						     .on_malformed = on_malformed,
						     .on_sent = on_sent,
						     .on_connection_end = on_connection_end };
	int fds[2];
	*f = (struct fixture){ .got = BUF(1 << 20), .trace = BUF(1 << 16), .max_body = 100 };
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
	if (f->peer >= 0) {
		(void)close(f->peer);
	}
	buf_fini(&f->got);
	buf_fini(&f->trace);
}

static void say(struct fixture *f, struct str text)
{
	assert_int_equal(send(f->peer, text.p, text.n, MSG_NOSIGNAL), text.n);
}

/* Turn the loop until nothing more comes; true when the server has closed. */
static bool hear(struct fixture *f, int patience_ms)
{
	const struct mono end = mono_after_ms(mono_now(), patience_ms);
	for (;;) {
		char bytes[4096];
		assert_int_equal(loop_turn(f->loop, 0, NULL), RC_OK);
		assert_int_equal(loop_turn(f->loop, 0, NULL), RC_OK);
		ssize_t n = recv(f->peer, bytes, sizeof(bytes), 0);
		if (n == 0) {
			return true;
		}
		if (n > 0) {
			assert_true(buf_add(&f->got, str_from(bytes, (size_t)n)));
			continue;
		}
		int64_t left_us = end.us - mono_now().us;
		if (patience_ms <= 0 || left_us <= 0) {
			return false;
		}
		/* A turn may be that of a timer that had been moved on meanwhile. */
		assert_int_equal(loop_turn(f->loop, (int)(left_us / 1000) + 1, NULL), RC_OK);
	}
}

static bool got(const struct fixture *f, const char *text)
{
	return str_find_str(buf_str(&f->got), str_of(text)) < f->got.n;
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	say(&f, STR("\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: "
		    "2\r\n\r\nxyHEAD /c "
		    "HTTP/1.1\r\nHost: h\r\n\r\nPOST /d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
		    "chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n"));
	assert_false(hear(&f, 0));
	assert_string_equal(buf_c(&f.trace),
			    "GET /a [];sent;POST /b [xy];sent;HEAD /c [];sent;POST /d [z];sent;");
	assert_true(got(&f, "\r\n\r\n/aHTTP/1.1 200 OK\r\n"));
	assert_true(got(&f, "Content-Length: 2\r\n\r\nHTTP/1.1 200 OK"));
	assert_true(got(&f, "X-Id: 7\r\n"));
	assert_false(got(&f, "999") || got(&f, "X-Bad"));
	fixture_fini(&f);
}

static void a_request_trickled_byte_by_byte_is_answered(void **state)
{
	struct fixture f;
	const struct str text =
		STR("POST /t HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
	fixture_init(&f, NULL);
	for (size_t i = 0; i < text.n; i++) {
		say(&f, str_from(text.p + i, 1));
		(void)hear(&f, 0);
	}
	assert_true(hear(&f, 0));
	assert_true(got(&f, "Connection: close\r\n") && got(&f, "\r\n\r\n/t"));
	fixture_fini(&f);
}

static void a_body_is_asked_for_when_it_waits_for_that(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	say(&f, STR("POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
	assert_false(hear(&f, 0));
	assert_string_equal(buf_c(&f.got), "HTTP/1.1 100 Continue\r\n\r\n");
	say(&f, STR("abc"));
	assert_false(hear(&f, 0));
	assert_true(got(&f, "HTTP/1.1 200 OK"));
	fixture_fini(&f);
}

static void a_refusal_at_the_head_asks_for_no_body(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.refuse_at_head = true;
	say(&f, STR("POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
	assert_true(hear(&f, 0));
	assert_true(str_starts_with(buf_str(&f.got), STR("HTTP/1.1 401 ")));
	assert_true(got(&f, "Connection: close"));
	assert_false(got(&f, "100 Continue"));
	fixture_fini(&f);
}

static void a_body_over_its_limit_is_413(void **state)
{
	static const char *const requests[] = {
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\nxxx",
	};
	for (size_t i = 0; i < 2; i++) {
		struct fixture f;
		fixture_init(&f, NULL);
		say(&f, str_of(requests[i]));
		(void)hear(&f, 0);
		assert_true(str_starts_with(buf_str(&f.got), STR("HTTP/1.1 413 ")));
		fixture_fini(&f);
	}
}

static void an_answer_may_come_later(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.later = true;
	say(&f, STR("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_false(hear(&f, 0));
	assert_int_equal(f.got.n, 0);
	assert_non_null(f.waiting);
	http_exchange_respond(f.waiting, 200, NULL, 0, STR("one"));
	assert_false(hear(&f, 0));
	assert_true(got(&f, "\r\n\r\none"));
	http_exchange_respond(f.waiting, 200, NULL, 0, STR("two"));
	assert_false(hear(&f, 0));
	assert_string_equal(buf_c(&f.trace), "GET /1 [];sent;GET /2 [];sent;");
	fixture_fini(&f);
}

static void a_peer_that_goes_is_told_to_the_program(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.later = true;
	say(&f, STR("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_false(hear(&f, 0));
	(void)close(f.peer);
	f.peer = -1;
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	http_exchange_respond(f.waiting, 200, NULL, 0, STR("x"));
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_string_equal(buf_c(&f.trace), "GET /1 [];abort;end;");
	assert_int_equal(http_server_count(f.server), 0);
	fixture_fini(&f);
}

static void what_is_not_http_is_refused_and_closed(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	say(&f, STR("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nGET "
		    "/x HTTP/1.1\r\n"));
	assert_true(hear(&f, 0));
	assert_true(str_starts_with(buf_str(&f.got), STR("HTTP/1.1 400 ")));
	(void)close(f.peer);
	f.peer = -1;
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_string_equal(buf_c(&f.trace), "malformed 400;end;");
	fixture_fini(&f);
}

static void a_refusal_of_what_is_no_request_carries_the_program_s_fields(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.tells_id = true;
	say(&f, STR("GET / HTTP/1.1\r\nHost : h\r\n\r\n"));
	assert_true(hear(&f, 0));
	assert_true(got(&f, "HTTP/1.1 400 ") && got(&f, "X-Id: 8\r\n") && got(&f, "\r\n\r\nwhy"));
	fixture_fini(&f);
}

static void a_body_that_breaks_off_being_http_is_refused_as_the_request_that_it_was(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.tells_id = true;
	say(&f, STR("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"));
	assert_true(hear(&f, 0));
	assert_true(got(&f, "HTTP/1.1 400 ") && got(&f, "X-Id: 9\r\n") && got(&f, "Connection: close\r\n"));
	assert_string_equal(buf_c(&f.trace), "body malformed 400;sent;");
	fixture_fini(&f);
}

static void a_body_that_ends_as_the_connection_s_turn_does_is_answered(void **state)
{
	struct fixture f;
	AUTO_BUF(text, 32768);
	const size_t first_read = (size_t)16 * 1024;
	const struct str last =
		STR("POST /last HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	fixture_init(&f, NULL);
	for (int i = 0; i < 40; i++) {
		assert_true(buf_add(&text, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n")));
	}
	assert_true(buf_add(&text, STR("GET / HTTP/1.1\r\nHost: h\r\nX: ")));
	while (text.n + 4 + last.n < first_read) {
		assert_true(buf_add(&text, STR("x")));
	}
	assert_true(buf_add(&text, STR("\r\n\r\n")) && buf_add(&text, last));
	assert_int_equal(text.n, first_read);
	assert_true(buf_add(&text, STR("0\r\n\r\n")));
	say(&f, buf_str(&text));
	assert_false(hear(&f, 0));
	assert_true(str_find_str(buf_str(&f.trace), STR("POST /last [hello];")) < f.trace.n);
	fixture_fini(&f);
}

static void a_slow_head_meets_its_deadline(void **state)
{
	struct fixture f;
	fixture_init(&f, &(struct http_server_options){ .head_timeout_ms = 20 });
	say(&f, STR("GET / HT"));
	assert_true(hear(&f, 2000));
	assert_true(str_starts_with(buf_str(&f.got), STR("HTTP/1.1 408 ")));
	fixture_fini(&f);
}

static void a_slow_body_meets_the_least_rate(void **state)
{
	struct fixture f;
	fixture_init(&f, &(struct http_server_options){ .body_window_ms = 200, .least_rate = 100000 });
	say(&f, STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nx"));
	assert_true(hear(&f, 2000));
	assert_true(str_starts_with(buf_str(&f.got), STR("HTTP/1.1 408 ")));
	assert_string_equal(buf_c(&f.trace), "body malformed 408;abort;malformed 408;");
	fixture_fini(&f);
}

/* n bytes of a body, as many as are taken at once. */
static void say_bytes(struct fixture *f, size_t n)
{
	static char bytes[65536];
	while (n > 0) {
		ssize_t done = send(f->peer, bytes, n < sizeof(bytes) ? n : sizeof(bytes), MSG_NOSIGNAL);
		n -= done > 0 ? (size_t)done : 0;
		assert_int_equal(loop_turn(f->loop, 0, NULL), RC_OK);
	}
}

static void a_body_that_begins_fast_and_falls_silent_meets_the_least_rate(void **state)
{
	static const char *const heads[] = { "Content-Length: 1000000\r\n\r\n",
					     "Transfer-Encoding: chunked\r\n\r\nf4240\r\n" };
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct fixture f;
		fixture_init(&f, &(struct http_server_options){ .body_window_ms = 100, .least_rate = 1000 });
		f.max_body = 1000000;
		say(&f, STR("POST / HTTP/1.1\r\nHost: h\r\n"));
		say(&f, str_of(heads[i]));
		say_bytes(&f, 900000); /* as much as the least rate takes a quarter of an hour for */
		assert_true(hear(&f, 3000));
		assert_true(str_starts_with(buf_str(&f.got), STR("HTTP/1.1 408 ")));
		fixture_fini(&f);
	}
}

/* The n-th allocation of an outsider's size is refused, for each n that there is. */
static void a_body_for_which_there_is_no_memory_is_503(void **state)
{
	static const char *const heads[] = { "Content-Length: 1000000\r\n\r\n",
					     "Transfer-Encoding: chunked\r\n\r\nf4240\r\n" };
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		unsigned n = 1;
		for (bool refused = true; refused; n++) {
			struct fixture f;
			fixture_init(&f, NULL);
			f.max_body = 1000000;
			mem_refuse(n);
			say(&f, STR("POST / HTTP/1.1\r\nHost: h\r\n"));
			say(&f, str_of(heads[i]));
			for (int part = 0; part < 10 && !got(&f, "HTTP/1.1 "); part++) {
				say_bytes(&f, 90000);
				(void)hear(&f, 0);
			}
			mem_refuse(0);
			refused = got(&f, "HTTP/1.1 503 ");
			assert_true(!refused || got(&f, "retry-after: 5\r\n"));
			assert_true(refused || f.got.n == 0);
			fixture_fini(&f);
		}
		assert_true(n > 3);
	}
}

static void a_body_above_the_budget_is_429_or_503_before_it_is_read(void **state)
{
	struct budget *budget = budget_new(400000);
	const struct http_server_options options = { .budget = budget };
	struct budget_account *others[4];
	struct fixture f;
	fixture_init(&f, &options);
	f.max_body = 1000000;
	say(&f, STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n"));
	(void)hear(&f, 0);
	assert_true(got(&f, "HTTP/1.1 429 ") && got(&f, "retry-after: 5\r\n"));
	fixture_fini(&f);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		others[i] = budget_open(budget, str_from("abcd" + i, 1));
		assert_int_equal(budget_take(others[i], 100000), BUDGET_OK);
	}
	fixture_init(&f, &options);
	f.max_body = 1000000;
	say(&f, STR("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"));
	(void)hear(&f, 0);
	assert_true(got(&f, "HTTP/1.1 503 ") && got(&f, "retry-after: 5\r\n"));
	fixture_fini(&f);
	assert_int_equal(budget_held(budget), 400000);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		budget_give(others[i], 100000);
		budget_close(others[i]);
	}
	budget_free(budget);
}

static void an_idle_connection_is_closed_without_a_word(void **state)
{
	struct fixture f;
	fixture_init(&f, &(struct http_server_options){ .head_timeout_ms = 20 });
	assert_true(hear(&f, 2000));
	assert_int_equal(f.got.n, 0);
	fixture_fini(&f);
}

static void a_draining_server_ends_after_the_last_answer(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.later = true;
	say(&f, STR("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_false(hear(&f, 0));
	http_server_drain(f.server, false, 0, drained, &f);
	assert_false(hear(&f, 0));
	assert_false(f.drained);
	http_exchange_respond(f.waiting, 200, NULL, 0, STR("x"));
	assert_true(hear(&f, 0));
	assert_true(got(&f, "Connection: close\r\n"));
	(void)shutdown(f.peer, SHUT_WR);
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_true(f.drained);
	fixture_fini(&f);
}

static void an_answer_begun_before_the_drain_does_not_hold_it_up(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	f.later = true;
	say(&f, STR("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_false(hear(&f, 0));
	http_exchange_begin(f.waiting, 200, NULL, 0, 1);
	assert_false(hear(&f, 0));
	assert_false(got(&f, "Connection: close"));
	http_server_drain(f.server, false, 0, drained, &f);
	assert_false(hear(&f, 0));
	assert_true(http_exchange_write(f.waiting, STR("x")));
	http_exchange_finish(f.waiting);
	assert_true(hear(&f, 10000));
	(void)shutdown(f.peer, SHUT_WR);
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_true(f.drained);
	fixture_fini(&f);
}

static void a_connection_idle_for_too_long_is_let_go_in_order(void **state)
{
	struct fixture f;
	fixture_init(&f, &(struct http_server_options){ .idle_timeout_ms = 20 });
	say(&f, STR("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_true(hear(&f, 2000));
	/* Its end is told first: what the peer sends meanwhile meets no reset. */
	assert_int_equal(http_server_count(f.server), 1);
	say(&f, STR("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	(void)shutdown(f.peer, SHUT_WR);
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_int_equal(http_server_count(f.server), 0);
	fixture_fini(&f);
}

static void a_draining_server_serves_the_request_that_has_just_come(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	assert_false(hear(&f, 0));
	/* Both in one turn: the timer of the drain is due, and the request lies in the socket. */
	http_server_drain(f.server, false, 0, drained, &f);
	say(&f, STR("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_true(hear(&f, 1000));
	assert_true(str_starts_with(buf_str(&f.got), STR("HTTP/1.1 200 ")));
	assert_true(got(&f, "Connection: close\r\n"));
	fixture_fini(&f);
}

static void a_draining_server_lets_idle_connections_go_in_order(void **state)
{
	struct fixture f;
	fixture_init(&f, NULL);
	assert_false(hear(&f, 0));
	http_server_drain(f.server, false, 20, drained, &f);
	assert_false(hear(&f, 0));
	assert_true(hear(&f, 1000));
	assert_int_equal(f.got.n, 0);
	/* Closed by the peer, not cut under it: what it sends meanwhile meets no reset. */
	assert_false(f.drained);
	say(&f, STR("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	(void)shutdown(f.peer, SHUT_WR);
	assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK);
	assert_true(f.drained);
	fixture_fini(&f);
}

static void a_server_that_stops_takes_who_waits_in_the_queue(void **state)
{
	struct fixture f;
	int listener, fds[3];
	struct socket_address address = { .n = sizeof(address.storage) };
	fixture_init(&f, NULL);
	assert_int_equal(socket_listen_tcp("localhost", 0, &listener, NULL, NULL), RC_OK);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address.storage, &address.n), 0);
	assert_int_equal(http_server_listen(f.server, listener, NULL, NULL, NULL), RC_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(socket_connect_start(&address, &fds[i], NULL), RC_OK);
	}
	assert_int_equal(http_server_count(f.server), 1);
	http_server_drain(f.server, true, 1000, drained, &f);
	assert_int_equal(http_server_count(f.server), 4);
	fixture_fini(&f);
	for (size_t i = 0; i < 3; i++) {
		(void)close(fds[i]);
	}
	(void)close(listener);
}

/* Only connections that say nothing: nothing of TLS is ever reached. */
static enum rc never_done(struct transport *transport, struct err *reterr)
{
	transport->want = LOOP_READ;
	return RC_AGAIN;
}

static void forget(struct transport *transport)
{
	(void)close(transport->fd);
	mem_free(transport);
}

static enum rc shaking_hands(void *context, int take_fd, struct transport **ret, struct err *reterr)
{
	static const struct transport_ops ops = { .handshake = never_done, .free = forget };
	*ret = mem_alloc(sizeof(**ret));
	**ret = (struct transport){ .ops = &ops, .fd = take_fd };
	return RC_OK;
}

static void above_the_limit_of_handshakes_the_oldest_goes_and_the_newest_stays(void **state)
{
	struct fixture f;
	int pairs[4][2];
	char byte;
	fixture_init(&f, &(struct http_server_options){ .max_handshakes = 3 });
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pairs[i]), 0);
		assert_int_equal(http_server_adopt(f.server, pairs[i][0], shaking_hands, NULL, NULL), RC_OK);
		assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	}
	assert_int_equal(read(pairs[0][1], &byte, 1), 0);
	for (size_t i = 1; i < ARRAY_SIZE(pairs); i++) {
		assert_int_equal(read(pairs[i][1], &byte, 1), -1);
	}
	fixture_fini(&f);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		(void)close(pairs[i][1]);
	}
}

static void at_the_limit_of_connections_the_oldest_idle_one_goes(void **state)
{
	struct fixture f;
	int listener, fds[3];
	struct socket_address address = { .n = sizeof(address.storage) };
	fixture_init(&f, &(struct http_server_options){ .max_connections = 2 });
	assert_int_equal(socket_listen_tcp("localhost", 0, &listener, NULL, NULL), RC_OK);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address.storage, &address.n), 0);
	assert_int_equal(http_server_listen(f.server, listener, NULL, NULL, NULL), RC_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(socket_connect_start(&address, &fds[i], NULL), RC_OK);
	}
	assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK);
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_int_equal(http_server_count(f.server), 2);
	assert_true(hear(&f, 0)); /* the socket pair was the oldest */
	fixture_fini(&f);
	for (size_t i = 0; i < 3; i++) {
		(void)close(fds[i]);
	}
	(void)close(listener);
}

static void a_unix_peer_is_known_by_its_user(void **state)
{
	struct fixture f;
	uid_t uid = (uid_t)-1;
	fixture_init(&f, NULL);
	f.later = true;
	say(&f, STR("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
	assert_false(hear(&f, 0));
	struct http_connection *c = http_exchange_connection(f.waiting);
	assert_true(http_connection_is_unix(c, &uid));
	assert_int_equal(uid, getuid());
	assert_string_equal(http_connection_peer(c), "unix");
	assert_null(http_connection_tls(c));
	fixture_fini(&f);
}

RUN_TESTS(TEST(pipelined_requests_are_answered_in_order), TEST(a_request_trickled_byte_by_byte_is_answered),
	  TEST(a_body_is_asked_for_when_it_waits_for_that), TEST(a_refusal_at_the_head_asks_for_no_body),
	  TEST(a_body_over_its_limit_is_413), TEST(an_answer_may_come_later),
	  TEST(a_peer_that_goes_is_told_to_the_program), TEST(what_is_not_http_is_refused_and_closed),
	  TEST(a_refusal_of_what_is_no_request_carries_the_program_s_fields),
	  TEST(a_body_that_breaks_off_being_http_is_refused_as_the_request_that_it_was),
	  TEST(a_body_that_ends_as_the_connection_s_turn_does_is_answered),
	  TEST(a_slow_head_meets_its_deadline), TEST(a_slow_body_meets_the_least_rate),
	  TEST(a_body_that_begins_fast_and_falls_silent_meets_the_least_rate),
	  TEST(a_body_for_which_there_is_no_memory_is_503),
	  TEST(a_body_above_the_budget_is_429_or_503_before_it_is_read),
	  TEST(an_idle_connection_is_closed_without_a_word),
	  TEST(a_draining_server_ends_after_the_last_answer),
	  TEST(an_answer_begun_before_the_drain_does_not_hold_it_up),
	  TEST(a_connection_idle_for_too_long_is_let_go_in_order),
	  TEST(a_draining_server_serves_the_request_that_has_just_come),
	  TEST(a_draining_server_lets_idle_connections_go_in_order),
	  TEST(a_server_that_stops_takes_who_waits_in_the_queue),
	  TEST(above_the_limit_of_handshakes_the_oldest_goes_and_the_newest_stays),
	  TEST(at_the_limit_of_connections_the_oldest_idle_one_goes), TEST(a_unix_peer_is_known_by_its_user))
