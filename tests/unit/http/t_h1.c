/* SPDX-License-Identifier: Apache-2.0
 * A head has one meaning or is refused. */
#include "base/memory.h"
#include "http/h1.h"
#include "unit/test.h"

static const struct h1_limits LIMITS = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };

/* As the server reads: find the end, then parse. Returns 0 when taken, else the status. */
static int request(struct str in, struct h1_request *ret)
{
	size_t scanned = 0, end = 0;
	int status = 0;
	enum rc rc = h1_find_end(in, LIMITS.max_head, &scanned, &end, NULL);
	if (rc != RC_OK) {
		return rc == RC_LIMIT ? 431 : rc == RC_AGAIN ? -1 : 400;
	}
	return h1_parse_request(str_first(in, end), &LIMITS, ret, &status, NULL) == RC_OK ? 0 : status;
}

#define H "GET / HTTP/1.1\r\nHost: a\r\n"

static void what_could_be_read_two_ways_is_refused(void **state)
{
	static const struct {
		struct str head;
		int status; /* 0: taken */
	} rows[] = {
		{ STR(H "\r\n"), 0 },
		{ STR(H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400 },
		{ STR(H "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), 400 },
		{ STR(H "Content-Length: 5, 5\r\n\r\n"), 400 },
		{ STR(H "Content-Length: +5\r\n\r\n"), 400 },
		{ STR(H "Content-Length: -5\r\n\r\n"), 400 },
		{ STR(H "Content-Length: 0x5\r\n\r\n"), 400 },
		{ STR(H "Content-Length:\r\n\r\n"), 400 },
		{ STR(H "Content-Length: 99999999999999999999\r\n\r\n"), 400 },
		{ STR(H "Transfer-Encoding: chunked\r\n\r\n"), 0 },
		{ STR(H "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501 },
		{ STR(H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400 },
		{ STR(H "Transfer-Encoding : chunked\r\n\r\n"), 400 },
		{ STR(H "Transfer-Encoding: \x0b"
			"chunked\r\n\r\n"),
		  400 },
		{ STR(H "X: a\r\n b\r\n\r\n"), 400 },
		{ STR("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400 },
		{ STR(H "X : a\r\n\r\n"), 400 },
		{ STR(H ": a\r\n\r\n"), 400 },
		{ STR(H "X\r\n\r\n"), 400 },
		{ STR(H "X: a\rb\r\n\r\n"), 400 },
		{ STR(H "X: a\nY: b\r\n\r\n"), 400 },
		{ STR("GET / HTTP/1.1\nHost: a\n\n"), 400 },
		{ STR(H "X: a\0b\r\n\r\n"), 400 },
		{ STR(H "X: a\x7f\r\n\r\n"), 400 },
		{ STR(H "X: \xc3\xa4\r\n\r\n"), 0 },
		{ STR(H "Host: b\r\n\r\n"), 400 },
		{ STR("GET / HTTP/1.1\r\n\r\n"), 400 },
		{ STR("GET / HTTP/1.0\r\n\r\n"), 0 },
		{ STR("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400 },
		{ STR("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505 },
		{ STR("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 0 },
		{ STR("GET / http/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET /\r\nHost: a\r\n\r\n"), 400 },
		{ STR("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 0 },
		{ STR("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), 0 },
		{ STR("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
		{ STR("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400 },
		{ STR("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n"), 400 },
		{ STR("\r\n\r\n"), 400 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct h1_request r;
		int status = request(rows[i].head, &r);
		if (status != rows[i].status) {
			fail_msg("%s: %d, not %d", rows[i].head.p, status, rows[i].status);
		}
	}
}

static void an_absolute_target_is_normalised(void **state)
{
	struct h1_request r;
	assert_int_equal(request(STR("GET https://b.example:8443/x/y?q=1 HTTP/1.1\r\nHost: a\r\n\r\n"), &r),
			 0);
	assert_true(str_is(r.path, "/x/y") && str_is(r.query, "q=1") && str_is(r.host, "b.example:8443"));
	assert_int_equal(request(STR("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n"), &r), 0);
	assert_true(str_is(r.path, "/") && !r.query.p && str_is(r.host, "b"));
	assert_int_equal(request(STR("GET /x? HTTP/1.1\r\nHost: a:1\r\n\r\n"), &r), 0);
	assert_true(str_is(r.path, "/x") && r.query.p && r.query.n == 0 && str_is(r.host, "a:1"));
}

static void a_head_trickled_byte_by_byte_is_the_same(void **state)
{
	const struct str in =
		STR("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nxyz");
	size_t scanned = 0, end = 0;
	for (size_t n = 0; n < in.n - 3; n++) {
		assert_int_equal(h1_find_end(str_first(in, n), LIMITS.max_head, &scanned, &end, NULL),
				 RC_AGAIN);
	}
	assert_int_equal(h1_find_end(in, LIMITS.max_head, &scanned, &end, NULL), RC_OK);
	assert_int_equal(end, in.n - 3);
	struct h1_request r;
	assert_int_equal(request(in, &r), 0);
	assert_int_equal(r.framing, H1_BODY_LENGTH);
	assert_int_equal(r.length, 3);
	assert_true(r.expect_continue && r.keep_alive);
}

static void limits_hold_at_the_limit(void **state)
{
	for (size_t extra = 0; extra <= 1; extra++) {
		AUTO_BUF(head, HTTP_HEAD_MAX * 2);
		assert_true(buf_add_c(&head, "GET / HTTP/1.1\r\nHost: a\r\n"));
		for (size_t i = 1; i < HTTP_FIELDS_MAX + extra; i++) {
			assert_true(buf_printf(&head, "X-%zu: y\r\n", i));
		}
		assert_true(buf_add_c(&head, "\r\n"));
		struct h1_request r;
		assert_int_equal(request(buf_str(&head), &r), extra ? 431 : 0);
		buf_clear(&head);
		assert_true(buf_add_c(&head, "GET / HTTP/1.1\r\nHost: a\r\nX: "));
		while (head.n < HTTP_HEAD_MAX - 4 + extra) {
			assert_true(buf_add_char(&head, 'x'));
		}
		assert_true(buf_add_c(&head, "\r\n\r\n"));
		assert_int_equal(request(buf_str(&head), &r), extra ? 431 : 0);
	}
}

static void connection_options_decide_about_keeping_it(void **state)
{
	struct h1_request r;
	assert_int_equal(request(STR("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"), &r), 0);
	assert_false(r.keep_alive);
	assert_int_equal(request(STR("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), &r), 0);
	assert_true(r.keep_alive);
	assert_int_equal(request(STR("GET / HTTP/1.0\r\n\r\n"), &r), 0);
	assert_false(r.keep_alive);
}

static void a_response_says_how_its_body_ends(void **state)
{
	static const struct {
		const char *text;
		bool to_head;
		enum rc rc;
		enum h1_framing framing;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", false, RC_OK, H1_BODY_LENGTH },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, RC_OK, H1_BODY_NONE },
		{ "HTTP/1.1 204\r\nContent-Length: 3\r\n\r\n", false, RC_OK, H1_BODY_NONE },
		{ "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", false, RC_OK, H1_BODY_CHUNKED },
		{ "HTTP/1.1 200 OK\r\n\r\n", false, RC_OK, H1_BODY_UNTIL_CLOSE },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", false,
		  RC_PROTO, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 2000 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 20\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 099 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 000 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 600 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 999\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 -20 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 +20 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1 2x0 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.1  200 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/2.0 200 OK\r\n\r\n", false, RC_PROTO, 0 },
		{ "HTTP/1.2 200 OK\r\n\r\n", false, RC_OK, H1_BODY_UNTIL_CLOSE },
		{ "HTTP/1.1 599\r\n\r\n", false, RC_OK, H1_BODY_UNTIL_CLOSE },
		{ "SSH-2.0-OpenSSH\r\n\r\n", false, RC_PROTO, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct h1_response r;
		enum rc rc = h1_parse_response(str_of(cases[i].text), &LIMITS, cases[i].to_head, &r, NULL);
		if (rc != cases[i].rc || (rc == RC_OK && r.framing != cases[i].framing)) {
			fail_msg("%s: %s", cases[i].text, rc_name(rc));
		}
	}
}

static void a_later_minor_version_is_taken_for_1_1(void **state)
{
	struct h1_request r;
	for (char minor = '2'; minor <= '9'; minor++) {
		AUTO_FREE char *head = mem_printf("GET / HTTP/1.%c\r\nHost: a\r\n\r\n", minor);
		assert_int_equal(request(str_of(head), &r), 0);
		assert_int_equal(r.minor, 1);
		assert_true(r.keep_alive);
	}
	assert_int_equal(request(STR("GET / HTTP/1.2\r\n\r\n"), &r), 400); /* Host is owed as in 1.1 */
}

RUN_TESTS(TEST(a_later_minor_version_is_taken_for_1_1), TEST(what_could_be_read_two_ways_is_refused),
	  TEST(an_absolute_target_is_normalised), TEST(a_head_trickled_byte_by_byte_is_the_same),
	  TEST(limits_hold_at_the_limit), TEST(connection_options_decide_about_keeping_it),
	  TEST(a_response_says_how_its_body_ends))
