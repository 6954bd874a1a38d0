/* SPDX-License-Identifier: Apache-2.0
 * Bodies about which the program decides later, in HTTP/1.1 and in HTTP/2:
 * until then they stay with their sender. */
#include "http/h2.h"
#include "http/server/server_internal.h"
#include "unit/http/frames.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Above what either version may hold of a body that nobody has asked for [bytes]. */
#define LARGE ((size_t)400 * 1000)

enum version { H1, H2, VERSIONS };
enum decision { WHOLE, PARTS, ANSWER, DECISIONS };

struct fixture {
	enum version version;
	struct loop *loop;
	struct http_server *server;
	int peer;
	struct http_exchange *x; /* deferred, or NULL */
	size_t max_body;
	size_t taken; /* [bytes] of a body in parts */
	bool chunked; /* the body that it says */
	bool decides; /* at the head: not deferred */
	bool drained;
	bool ended;
	struct buf trace; /* what the program was told */
	struct buf out;   /* what the peer has to say */
	size_t body_left; /* [bytes] of a body that it says when it may */
	uint64_t window;  /* [bytes] that it may, of HTTP/2 */
	struct buf got;   /* what it heard: bytes of HTTP/1.1, frames as text */
	struct frames said;
};

static void on_head(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	(void)buf_add_c(&f->trace, "head;");
	if (f->decides) {
		return;
	}
	f->x = x;
	http_exchange_defer(x);
}

static void on_request(void *ctx, struct http_exchange *x)
{
	(void)buf_printf(&((struct fixture *)ctx)->trace, "request %zu;", http_exchange_body(x).n);
	http_exchange_respond(x, 200, NULL, 0, STR("fine"));
}

static void on_body(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	f->taken += http_exchange_body(x).n;
	http_exchange_consume(x, http_exchange_body(x).n);
	if (!http_exchange_body_complete(x)) {
		return;
	}
	(void)buf_printf(&f->trace, "parts %zu;", f->taken);
	http_exchange_respond(x, 200, NULL, 0, STR("fine"));
}

static void on_body_malformed(void *ctx, struct http_exchange *x, const char *why, int status)
{
	(void)buf_printf(&((struct fixture *)ctx)->trace, "malformed %d;", status);
	http_exchange_respond(x, status, NULL, 0, STR("no"));
}

static void on_abort(void *ctx, struct http_exchange *x)
{
	struct fixture *f = ctx;
	(void)buf_add_c(&f->trace, "abort;");
	f->x = f->x == x ? NULL : f->x;
}

static void on_sent(void *ctx, struct http_exchange *x)
{
	(void)buf_add_c(&((struct fixture *)ctx)->trace, "sent;");
}

static void on_drained(void *ctx)
{
	((struct fixture *)ctx)->drained = true;
}

static void fixture_init(struct fixture *f, enum version version, const struct http_server_options *options)
{
	static const struct http_handler handler = { .on_head = on_head,
						     .on_request = on_request,
						     .on_body = on_body,
						     .on_body_malformed = on_body_malformed,
						     .on_abort = on_abort,
						     .on_sent = on_sent };
	int fds[2];
	*f = (struct fixture){ .version = version,
			       .max_body = 1 << 20,
			       .window = H2_STREAM_WINDOW_FIRST,
			       .trace = BUF(1 << 16),
			       .out = BUF(1 << 20),
			       .got = BUF(1 << 20) };
	frames_init(&f->said);
	assert_int_equal(loop_new(&f->loop, NULL), RC_OK);
	assert_int_equal(http_server_new(&f->server, f->loop, options, &handler, f, NULL), RC_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	f->peer = fds[1];
	assert_int_equal(http_server_adopt(f->server, fds[0], NULL, NULL, NULL), RC_OK);
	if (version == H1) {
		return;
	}
	/* As the end of a TLS handshake that agreed on it would. */
	f->server->lists[CONNECTION_IDLE].first->protocol = &H2_PROTOCOL;
	(void)buf_add(&f->out, STR(PREFACE));
	(void)buf_add(&f->out, STR(SETTINGS_EMPTY));
}

static void fixture_fini(struct fixture *f)
{
	http_server_free(f->server);
	loop_free(f->loop);
	if (f->peer >= 0) {
		(void)close(f->peer);
	}
	buf_fini(&f->trace);
	buf_fini(&f->out);
	buf_fini(&f->got);
	frames_fini(&f->said);
}

/* What is said of the first stream's window, once. */
static void read_windows(struct fixture *f)
{
	static const char update[] = "WINDOW(1,";
	for (const char *p = buf_c(&f->said.text); (p = strstr(p, update)); p += sizeof(update) - 1) {
		f->window += strtoul(p + sizeof(update) - 1, NULL, 10);
	}
}

static bool hear(struct fixture *f)
{
	static char bytes[65536];
	ssize_t n = recv(f->peer, bytes, sizeof(bytes), 0);
	f->ended = f->ended || n == 0;
	if (n <= 0) {
		return false;
	}
	if (f->version == H1) {
		return buf_add(&f->got, str_from(bytes, (size_t)n));
	}
	frames_clear(&f->said);
	assert_int_equal(describe_all(&f->said, str_from(bytes, (size_t)n)).n, 0);
	read_windows(f);
	return buf_printf(&f->got, "%s ", buf_c(&f->said.text));
}

/* The next part of the body, where the peer has one and may. */
static void say_more(struct fixture *f)
{
	static const char bytes[16384];
	size_t n = f->body_left < sizeof(bytes) ? f->body_left : sizeof(bytes);
	if (f->version == H2 && n > f->window) {
		n = f->window;
	}
	if (f->out.n > 0 || n == 0) {
		return;
	}
	f->body_left -= n;
	f->window -= n;
	if (f->version == H1) {
		(void)buf_add(&f->out, str_from(bytes, n));
		(void)buf_add_c(&f->out, f->chunked && f->body_left == 0 ? "\r\n0\r\n\r\n" : "");
	} else {
		add_frame(&f->out, DATA, f->body_left ? 0 : END_STREAM, 1, str_from(bytes, n));
	}
}

/* Talk until nothing moves. */
static void talk(struct fixture *f)
{
	for (int idle = 0; idle < 4;) {
		say_more(f);
		ssize_t n = f->out.n ? send(f->peer, f->out.p, f->out.n, MSG_NOSIGNAL) : 0;
		buf_drop(&f->out, n > 0 ? (size_t)n : 0);
		assert_int_equal(loop_turn(f->loop, 0, NULL), RC_OK);
		idle = hear(f) || n > 0 ? 0 : idle + 1;
	}
}

static bool got(struct fixture *f, const char *text)
{
	return strstr(buf_c(&f->got), text) != NULL;
}

/* A request for the first stream, and its body of n bytes unless that waits to be asked for. */
static void say_request(struct fixture *f, size_t n, bool chunked, bool expects)
{
	AUTO_BUF(lines, 1000);
	bool h1 = f->version == H1;
	const char *end = h1 ? "\r\n" : "\n";
	(void)buf_add_c(&lines, h1 ? "POST /x HTTP/1.1\r\nHost: a\r\n" : POST);
	if (n > 0 && !chunked) {
		(void)buf_printf(&lines, "%s%zu%s", h1 ? "Content-Length: " : "content-length=", n, end);
	}
	if (h1 && chunked) {
		(void)buf_add_c(&lines, "Transfer-Encoding: chunked\r\n");
	}
	if (expects) {
		(void)buf_printf(&lines, "%s100-continue%s", h1 ? "Expect: " : "expect=", end);
	}
	if (h1) {
		(void)buf_printf(&f->out, "%s\r\n", buf_c(&lines));
	} else {
		add_headers(&f->out, n > 0 ? 0 : END_STREAM, 1, buf_c(&lines));
	}
	f->body_left = expects ? 0 : n;
	f->chunked = chunked;
	if (h1 && chunked && !expects) {
		(void)buf_printf(&f->out, "%zx\r\n", n);
	}
}

static void decide(struct fixture *f, enum decision decision)
{
	struct http_exchange *x = TAKE(f->x);
	if (decision == WHOLE) {
		http_exchange_accept_body(x, f->max_body);
	} else if (decision == PARTS) {
		http_exchange_stream_body(x, f->max_body);
	} else {
		http_exchange_respond(x, 403, NULL, 0, STR("no"));
	}
}

/* A body that waited to be asked for, once it was. */
static void say_asked(struct fixture *f, size_t n)
{
	talk(f);
	assert_true(got(f, f->version == H1 ? "HTTP/1.1 100 Continue\r\n\r\n" : "HEADERS(1,100) "));
	f->body_left = n;
	talk(f);
}

static void assert_answered(struct fixture *f, int status)
{
	char text[32];
	(void)snprintf(text, sizeof(text), f->version == H1 ? "HTTP/1.1 %d " : "HEADERS(1,%d", status);
	if (!got(f, text)) {
		fail_msg("not answered by %d: %s | %s", status, buf_c(&f->trace), buf_c(&f->got));
	}
}

/* Nothing was asked for, and no more is held than may be. */
static void assert_at_rest(struct fixture *f)
{
	assert_string_equal(buf_c(&f->trace), "head;");
	assert_non_null(f->x);
	assert_false(f->version == H1 ? f->got.n > 0 : got(f, "(1,"));
	assert_true(f->x->connection->in.n <= 2 * CONNECTION_READ_BYTES);
	assert_true(f->x->body.n <= (f->version == H1 ? 0 : H2_STREAM_WINDOW_FIRST));
}

struct row {
	const char *name;
	size_t n; /* [bytes] of the body */
	bool chunked, expects;
};

static const struct row ROWS[] = {
	{ "none", 0, false, false },
	{ "small", 5, false, false },
	{ "large", LARGE, false, false },
	{ "small, of unknown length", 5, true, false },
	{ "large, of unknown length", LARGE, true, false },
	{ "waits to be asked for", 5, false, true },
};

static void decided_later(enum version version, const struct row *row, enum decision decision)
{
	struct fixture f;
	char told[64];
	fixture_init(&f, version, NULL);
	say_request(&f, row->n, row->chunked, row->expects);
	talk(&f);
	assert_at_rest(&f);
	decide(&f, decision);
	if (row->expects && decision != ANSWER) {
		say_asked(&f, row->n);
	}
	talk(&f);
	(void)snprintf(told, sizeof(told), "head;%s %zu;sent;", decision == WHOLE ? "request" : "parts",
		       row->n);
	assert_string_equal(buf_c(&f.trace), decision == ANSWER ? "head;sent;" : told);
	assert_answered(&f, decision == ANSWER ? 403 : 200);
	assert_true(decision != ANSWER || !got(&f, "100"));
	fixture_fini(&f);
}

static void a_body_stays_with_its_sender_until_it_is_decided(void **state)
{
	for (enum version version = 0; version < VERSIONS; version++) {
		for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
			for (enum decision decision = 0; decision < DECISIONS; decision++) {
				print_message("# HTTP/%u, %s, %u\n", version + 1, ROWS[i].name, decision);
				decided_later(version, &ROWS[i], decision);
			}
		}
	}
}

static void a_peer_is_not_blamed_for_what_is_not_decided(void **state)
{
	static const struct http_server_options options = {
		.head_timeout_ms = 100, .idle_timeout_ms = 100, .body_window_ms = 100, .least_rate = 100000000
	};
	for (enum version version = 0; version < VERSIONS; version++) {
		struct fixture f;
		fixture_init(&f, version, &options);
		say_request(&f, 5, false, false);
		f.body_left = 0;
		talk(&f);
		const struct mono end = mono_after_ms(mono_now(), 600);
		while (mono_now().us < end.us) {
			assert_int_equal(loop_turn(f.loop, 50, NULL), RC_OK);
		}
		talk(&f);
		assert_at_rest(&f);
		/* From now on it is. */
		decide(&f, WHOLE);
		while (!strstr(buf_c(&f.trace), "malformed 408;")) {
			assert_int_equal(loop_turn(f.loop, 50, NULL), RC_OK);
		}
		talk(&f);
		assert_answered(&f, 408);
		fixture_fini(&f);
	}
}

static void a_peer_that_leaves_before_its_body_is_whole_is_told_to_the_program(void **state)
{
	for (enum version version = 0; version < VERSIONS; version++) {
		for (int chunked = 0; chunked < 2; chunked++) {
			struct fixture f;
			fixture_init(&f, version, NULL);
			say_request(&f, 5, chunked, false);
			f.body_left = 0;
			talk(&f);
			assert_at_rest(&f);
			(void)shutdown(f.peer, SHUT_WR);
			talk(&f);
			assert_string_equal(buf_c(&f.trace), "head;abort;");
			assert_null(f.x);
			fixture_fini(&f);
		}
	}
}

static void a_reset_is_told_to_the_program(void **state)
{
	struct fixture f;
	fixture_init(&f, H2, NULL);
	say_request(&f, 5, false, false);
	talk(&f);
	assert_at_rest(&f);
	add_frame(&f.out, RST_STREAM, 0, 1, STR("\0\0\0\10"));
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "head;abort;");
	fixture_fini(&f);
	/* HTTP/1.1 has none of its own; that of a socket whose peer has not read all is one. */
	fixture_init(&f, H1, NULL);
	say_request(&f, LARGE, false, false);
	f.body_left = 0;
	talk(&f);
	assert_int_equal(send(f.x->connection->transport->fd, "x", 1, MSG_NOSIGNAL), 1);
	(void)close(f.peer);
	f.peer = -1;
	assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	assert_string_equal(buf_c(&f.trace), "head;abort;");
	fixture_fini(&f);
}

static void a_peer_that_has_said_all_may_end_its_side(void **state)
{
	for (enum version version = 0; version < VERSIONS; version++) {
		for (size_t n = 0; n < 6; n += 5) {
			struct fixture f;
			fixture_init(&f, version, NULL);
			say_request(&f, n, false, false);
			talk(&f);
			(void)shutdown(f.peer, SHUT_WR);
			talk(&f);
			assert_at_rest(&f);
			decide(&f, WHOLE);
			talk(&f);
			assert_answered(&f, 200);
			fixture_fini(&f);
		}
	}
}

static void a_request_behind_it_waits_in_http_1_and_passes_in_http_2(void **state)
{
	struct fixture f;
	fixture_init(&f, H1, NULL);
	(void)buf_add_c(&f.out, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
	(void)buf_add_c(&f.out, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	talk(&f);
	assert_at_rest(&f);
	f.decides = true;
	decide(&f, WHOLE);
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "head;request 5;sent;head;request 0;sent;");
	fixture_fini(&f);
	fixture_init(&f, H2, NULL);
	say_request(&f, 5, false, false);
	talk(&f);
	f.decides = true;
	add_headers(&f.out, END_STREAM, 3, GET);
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "head;head;request 0;sent;");
	assert_true(got(&f, "HEADERS(3,200)"));
	decide(&f, WHOLE);
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "head;head;request 0;sent;request 5;sent;");
	fixture_fini(&f);
}

static void a_request_answered_instead_leaves_the_connection_where_its_body_has_come(void **state)
{
	struct fixture f;
	fixture_init(&f, H1, NULL);
	(void)buf_add_c(&f.out, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
	(void)buf_add_c(&f.out, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	talk(&f);
	f.decides = true;
	decide(&f, ANSWER);
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "head;sent;head;request 0;sent;");
	assert_false(got(&f, "Connection: close"));
	fixture_fini(&f);
	fixture_init(&f, H1, NULL);
	say_request(&f, 5, false, true);
	talk(&f);
	decide(&f, ANSWER);
	talk(&f);
	assert_true(got(&f, "Connection: close") && f.ended);
	fixture_fini(&f);
}

static void an_answer_in_parts_instead_is_not_cut_by_the_body(void **state)
{
	for (enum version version = 0; version < VERSIONS; version++) {
		struct fixture f;
		fixture_init(&f, version, NULL);
		say_request(&f, 5, true, false);
		talk(&f);
		struct http_exchange *x = TAKE(f.x);
		http_exchange_begin(x, 403, NULL, 0, HTTP_LENGTH_UNKNOWN);
		talk(&f);
		(void)http_exchange_write(x, STR("no"));
		talk(&f);
		http_exchange_finish(x);
		talk(&f);
		assert_string_equal(buf_c(&f.trace), "head;sent;");
		assert_answered(&f, 403);
		fixture_fini(&f);
	}
}

static void a_drain_waits_for_the_decision(void **state)
{
	for (enum version version = 0; version < VERSIONS; version++) {
		struct fixture f;
		fixture_init(&f, version, NULL);
		say_request(&f, 5, false, false);
		talk(&f);
		http_server_drain(f.server, false, 0, on_drained, &f);
		talk(&f);
		assert_string_equal(buf_c(&f.trace), "head;");
		assert_false(f.drained);
		decide(&f, WHOLE);
		if (version == H2) {
			add_frame(&f.out, PING, ACK, 0, STR("draining"));
		}
		talk(&f);
		assert_string_equal(buf_c(&f.trace), "head;request 5;sent;");
		assert_answered(&f, 200);
		assert_true(version == H2 || got(&f, "Connection: close"));
		(void)shutdown(f.peer, SHUT_WR);
		talk(&f);
		assert_true(f.drained);
		fixture_fini(&f);
	}
}

static void a_limit_below_what_has_come_is_413(void **state)
{
	for (enum version version = 0; version < VERSIONS; version++) {
		for (int chunked = 0; chunked < 2; chunked++) {
			for (enum decision decision = WHOLE; decision <= PARTS; decision++) {
				struct fixture f;
				fixture_init(&f, version, NULL);
				say_request(&f, 5, chunked, false);
				talk(&f);
				f.max_body = 4;
				decide(&f, decision);
				talk(&f);
				assert_answered(&f, 413);
				fixture_fini(&f);
			}
		}
	}
}

/* In HTTP/1.1 nobody looks at the body before it is wanted. */
static void a_body_that_is_malformed_meanwhile_is_told_as_such(void **state)
{
	struct fixture f;
	fixture_init(&f, H2, NULL);
	add_headers(&f.out, 0, 1, POST "content-length=3\n");
	add_frame(&f.out, DATA, 0, 1, STR("hello"));
	talk(&f);
	assert_string_equal(buf_c(&f.trace), "head;malformed 400;sent;");
	fixture_fini(&f);
}

static void what_comes_of_it_meanwhile_is_the_address_s_and_then_the_payer_s(void **state)
{
	struct budget *budget = budget_new(400000);
	struct budget_account *address = budget_open(budget, STR("unix")),
			      *key = budget_open(budget, STR("key"));
	struct fixture f;
	fixture_init(&f, H2, &(struct http_server_options){ .budget = budget });
	say_request(&f, 60000, false, false);
	talk(&f);
	assert_at_rest(&f);
	assert_int_equal(http_exchange_held(f.x), 60000);
	assert_int_equal(budget_take(address, 40001), BUDGET_CALLER);
	assert_int_equal(budget_take(key, 100000), BUDGET_OK);
	budget_give(key, 100000);
	http_exchange_set_payer(f.x, STR("key"));
	assert_int_equal(budget_take(key, 40001), BUDGET_CALLER);
	assert_int_equal(budget_take(address, 100000), BUDGET_OK);
	budget_give(address, 100000);
	decide(&f, WHOLE);
	talk(&f);
	assert_answered(&f, 200);
	fixture_fini(&f);
	assert_int_equal(budget_held(budget), 0);
	budget_close(address);
	budget_close(key);
	budget_free(budget);
}

RUN_TESTS(TEST(a_body_stays_with_its_sender_until_it_is_decided),
	  TEST(a_peer_is_not_blamed_for_what_is_not_decided),
	  TEST(a_peer_that_leaves_before_its_body_is_whole_is_told_to_the_program),
	  TEST(a_reset_is_told_to_the_program), TEST(a_peer_that_has_said_all_may_end_its_side),
	  TEST(a_request_behind_it_waits_in_http_1_and_passes_in_http_2),
	  TEST(a_request_answered_instead_leaves_the_connection_where_its_body_has_come),
	  TEST(an_answer_in_parts_instead_is_not_cut_by_the_body), TEST(a_drain_waits_for_the_decision),
	  TEST(a_limit_below_what_has_come_is_413), TEST(a_body_that_is_malformed_meanwhile_is_told_as_such),
	  TEST(what_comes_of_it_meanwhile_is_the_address_s_and_then_the_payer_s))
