/* SPDX-License-Identifier: Apache-2.0
 * Calls in parts against a peer that says exactly what the test wants:
 * back-pressure, early answers, broken ones. */
#include "http/client/client.h"
#include "os/socket.h"
#include "unit/test.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define MIB ((size_t)1024 * 1024)

struct fixture {
	struct loop *loop;
	struct http_client *client;
	struct http_call *call;
	int listener;
	uint16_t port;
	int peer; /* the connection that the peer accepted; -1 */
	size_t accepted;
	struct buf got;  /* what the peer received */
	struct buf body; /* of the answer */
	bool holds;      /* does not consume */
	bool cancels;    /* at the answer's head */
	int status;
	uint64_t length;
	bool reused;
	size_t writes; /* parts that on_writable still has to write */
	bool done;
	enum rc rc;
	struct err err;
};

static void on_response(void *context, const struct http_client_response *response)
{
	struct fixture *f = context;
	f->status = response->status;
	f->length = response->length;
	f->reused = response->reused;
	if (f->cancels) {
		http_call_cancel(f->call);
	}
}

static void take(struct fixture *f)
{
	struct str part = http_call_body(f->call);
	assert_true(buf_add(&f->body, part));
	http_call_consume(f->call, part.n);
}

static void on_body(void *context)
{
	struct fixture *f = context;
	if (!f->holds) {
		take(f);
	}
}

static void on_writable(void *context)
{
	static char part[65536];
	struct fixture *f = context;
	if (f->writes == 0) {
		return;
	}
	memset(part, 'w', sizeof(part));
	while (f->writes > 0) {
		f->writes--;
		if (!http_call_write(f->call, str_from(part, sizeof(part)))) {
			return;
		}
	}
	http_call_finish(f->call);
}

static void on_end(void *context, enum rc rc, const struct err *err)
{
	struct fixture *f = context;
	assert_false(f->done);
	f->done = true;
	f->rc = rc;
	if (err) {
		f->err = *err;
	}
}

static const struct http_call_handler handler = {
	.on_response = on_response, .on_body = on_body, .on_writable = on_writable, .on_end = on_end
};

static void fixture_init(struct fixture *f)
{
	*f = (struct fixture){ .peer = -1, .got = BUF(16 * MIB), .body = BUF(16 * MIB) };
	assert_int_equal(loop_new(&f->loop, NULL), RC_OK);
	assert_int_equal(http_client_new(&f->client, f->loop, NULL, NULL), RC_OK);
	assert_int_equal(socket_listen_tcp("localhost", 0, &f->listener, &f->port, NULL), RC_OK);
}

static void fixture_fini(struct fixture *f)
{
	http_client_free(f->client);
	loop_free(f->loop);
	(void)close(f->listener);
	if (f->peer >= 0) {
		(void)close(f->peer);
	}
	buf_fini(&f->got);
	buf_fini(&f->body);
}

static void start(struct fixture *f, struct http_client_request request)
{
	char url[64];
	(void)snprintf(url, sizeof(url), "http://localhost:%u/p", f->port);
	request.url = str_of(url);
	f->done = false;
	assert_int_equal(http_client_stream(f->client, &request, &handler, f, &f->call, NULL), RC_OK);
}

/* Turn the loop, accept, and read what came; until nothing moves. */
static void settle(struct fixture *f, bool reads)
{
	static char bytes[65536];
	for (int idle = 0; idle < 4; idle++) {
		int fd;
		assert_int_equal(loop_turn(f->loop, idle ? 5 : 0, NULL), RC_OK);
		if (socket_accept(f->listener, &fd, NULL) == RC_OK) {
			if (f->peer >= 0) {
				(void)close(f->peer);
			}
			f->peer = fd;
			f->accepted++;
			idle = 0;
		}
		ssize_t n;
		while (reads && f->peer >= 0 && (n = recv(f->peer, bytes, sizeof(bytes), 0)) > 0) {
			assert_true(buf_add(&f->got, str_from(bytes, (size_t)n)));
			idle = 0;
			assert_int_equal(loop_turn(f->loop, 0, NULL), RC_OK);
		}
	}
}

static void answer(struct fixture *f, const char *text)
{
	assert_int_equal(send(f->peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	settle(f, true);
}

static bool got(const struct fixture *f, const char *text)
{
	return str_find_str(buf_str(&f->got), str_of(text)) < f->got.n;
}

static void a_body_of_unknown_length_goes_in_chunks(void **state)
{
	struct fixture f;
	fixture_init(&f);
	start(&f, (struct http_client_request){
			  .method = STR("POST"), .body_follows = true, .body_length = HTTP_LENGTH_UNKNOWN });
	assert_false(http_call_write(f.call, STR("hello"))); /* not yet connected */
	settle(&f, true);
	assert_true(got(&f, "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
	http_call_finish(f.call);
	settle(&f, true);
	assert_true(got(&f, "\r\nhello\r\n0\r\n\r\n"));
	answer(&f, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
	assert_true(f.done && f.rc == RC_OK);
	assert_int_equal(f.status, 201);
	assert_int_equal(f.length, 2);
	assert_string_equal(buf_c(&f.body), "ok");
	fixture_fini(&f);
}

static void a_connection_is_kept_after_parts_in_both_directions(void **state)
{
	struct fixture f;
	fixture_init(&f);
	for (int i = 0; i < 3; i++) {
		start(&f, (struct http_client_request){
				  .method = STR("PUT"), .body_follows = true, .body_length = 4 });
		(void)http_call_write(f.call, STR("body"));
		http_call_finish(f.call);
		settle(&f, true);
		assert_true(got(&f, "Content-Length: 4\r\n\r\nbody"));
		answer(&f, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
		assert_true(f.done && f.rc == RC_OK);
		assert_int_equal(f.reused, i > 0);
		assert_int_equal(f.length, HTTP_LENGTH_UNKNOWN);
	}
	assert_int_equal(f.accepted, 1);
	assert_string_equal(buf_c(&f.body), "okokok");
	fixture_fini(&f);
}

static void a_writer_waits_for_a_receiver_that_does_not_read(void **state)
{
	struct fixture f;
	fixture_init(&f);
	start(&f, (struct http_client_request){
			  .method = STR("POST"), .body_follows = true, .body_length = 128 * 65536 });
	f.writes = 128;
	settle(&f, false);
	assert_true(f.writes > 50);
	settle(&f, true);
	assert_int_equal(f.writes, 0);
	assert_int_equal(f.got.n - str_find_str(buf_str(&f.got), STR("\r\n\r\n")) - 4, 128 * 65536);
	fixture_fini(&f);
}

static void an_answer_that_nobody_consumes_stays_with_the_receiver(void **state)
{
	static char part[65536];
	struct fixture f;
	size_t sent = 0;
	fixture_init(&f);
	f.holds = true;
	start(&f, (struct http_client_request){ .method = STR("GET") });
	settle(&f, true);
	answer(&f, "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n");
	for (int idle = 0; idle < 3;) {
		ssize_t n = send(f.peer, part, sizeof(part), MSG_NOSIGNAL);
		idle = n > 0 ? 0 : idle + 1;
		sent += n > 0 ? (size_t)n : 0;
		settle(&f, true);
	}
	assert_true(sent < 8 * MIB);
	assert_int_equal(http_call_body(f.call).n, HTTP_CALL_WINDOW);
	f.holds = false;
	take(&f);
	while (sent < 8 * MIB) {
		size_t left = 8 * MIB - sent;
		ssize_t n = send(f.peer, part, left < sizeof(part) ? left : sizeof(part), MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		assert_int_equal(loop_turn(f.loop, 0, NULL), RC_OK);
	}
	settle(&f, true);
	assert_true(f.done && f.rc == RC_OK);
	assert_int_equal(f.body.n, 8 * MIB);
	fixture_fini(&f);
}

static void an_answer_is_over_when_it_is_consumed(void **state)
{
	struct fixture f;
	fixture_init(&f);
	f.holds = true;
	start(&f, (struct http_client_request){ .method = STR("GET") });
	settle(&f, true);
	answer(&f, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	assert_true(http_call_body_complete(f.call));
	assert_false(f.done);
	take(&f);
	settle(&f, true);
	assert_true(f.done && f.rc == RC_OK);
	fixture_fini(&f);
}

static void what_breaks_off_is_an_error(void **state)
{
	static const struct {
		const char *answer;
		enum rc rc;
	} cases[] = {
		{ "", RC_CLOSED },
		{ "HTTP/1.1 200 OK\r\n", RC_PROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", RC_PROTO },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", RC_PROTO },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", RC_PROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", RC_PROTO },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx", RC_PROTO },
		{ "HTTP/1.1 101 Switching\r\n\r\n", RC_PROTO },
		{ "ICY 200 OK\r\n\r\n", RC_PROTO },
		{ "HTTP/1.1 200 OK\r\n\r\nuntil the close", RC_OK },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fixture f;
		fixture_init(&f);
		start(&f, (struct http_client_request){ .method = STR("GET") });
		settle(&f, true);
		answer(&f, cases[i].answer);
		(void)shutdown(f.peer, SHUT_RDWR);
		settle(&f, false);
		assert_true(f.done);
		assert_int_equal(f.rc, cases[i].rc);
		fixture_fini(&f);
	}
}

static void an_early_answer_ends_the_call_before_its_body(void **state)
{
	struct fixture f;
	fixture_init(&f);
	start(&f, (struct http_client_request){
			  .method = STR("POST"), .body_follows = true, .body_length = 1000 });
	(void)http_call_write(f.call, STR("some"));
	settle(&f, true);
	answer(&f, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
	assert_true(f.done && f.rc == RC_OK);
	assert_int_equal(f.status, 401);
	start(&f, (struct http_client_request){ .method = STR("GET") });
	settle(&f, true);
	assert_int_equal(f.accepted, 2); /* what was half sent is not used again */
	fixture_fini(&f);
}

static void a_receiver_that_falls_silent_is_late(void **state)
{
	struct fixture f;
	fixture_init(&f);
	start(&f, (struct http_client_request){ .method = STR("GET"), .response_timeout_ms = 30 });
	settle(&f, true);
	answer(&f, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel");
	while (!f.done) {
		assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK);
	}
	assert_int_equal(f.rc, RC_TIMEOUT);
	fixture_fini(&f);
}

static void a_receiver_is_not_late_while_its_caller_is(void **state)
{
	struct fixture f;
	fixture_init(&f);
	start(&f, (struct http_client_request){ .method = STR("POST"),
						.body_follows = true,
						.body_length = 4,
						.response_timeout_ms = 20 });
	settle(&f, true);
	assert_int_equal(loop_turn(f.loop, 60, NULL), RC_OK);
	settle(&f, true);
	assert_false(f.done);
	(void)http_call_write(f.call, STR("body"));
	http_call_finish(f.call);
	while (!f.done) {
		assert_int_equal(loop_turn(f.loop, 1000, NULL), RC_OK);
	}
	assert_int_equal(f.rc, RC_TIMEOUT);
	fixture_fini(&f);
}

static void a_call_may_be_cancelled_at_the_answer_s_head(void **state)
{
	struct fixture f;
	fixture_init(&f);
	f.cancels = true;
	start(&f, (struct http_client_request){ .method = STR("GET") });
	settle(&f, true);
	answer(&f, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	assert_int_equal(f.status, 200);
	assert_false(f.done);
	assert_int_equal(f.body.n, 0);
	fixture_fini(&f);
}

static void a_receiver_that_only_says_it_will_is_refused(void **state)
{
	struct fixture f;
	fixture_init(&f);
	start(&f, (struct http_client_request){ .method = STR("GET") });
	settle(&f, true);
	for (int i = 0; i < 20 && !f.done; i++) {
		answer(&f, "HTTP/1.1 102 Processing\r\n\r\n");
	}
	assert_true(f.done);
	assert_int_equal(f.rc, RC_PROTO);
	fixture_fini(&f);
}

RUN_TESTS(TEST(a_body_of_unknown_length_goes_in_chunks),
	  TEST(a_connection_is_kept_after_parts_in_both_directions),
	  TEST(a_writer_waits_for_a_receiver_that_does_not_read),
	  TEST(an_answer_that_nobody_consumes_stays_with_the_receiver),
	  TEST(an_answer_is_over_when_it_is_consumed), TEST(what_breaks_off_is_an_error),
	  TEST(an_early_answer_ends_the_call_before_its_body), TEST(a_receiver_that_falls_silent_is_late),
	  TEST(a_receiver_is_not_late_while_its_caller_is),
	  TEST(a_call_may_be_cancelled_at_the_answer_s_head),
	  TEST(a_receiver_that_only_says_it_will_is_refused))
