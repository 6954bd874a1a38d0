/* SPDX-License-Identifier: Apache-2.0
 * The fields of an HTTP/2 request mean what an HTTP/1.1 head would, or are refused. */
#include "base/memory.h"
#include "http/h2_head.h"
#include "unit/test.h"

#include <stdio.h>

static const struct h1_limits LIMITS = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };

/* A request as a test reads it; the slices live until the next one. */
static struct h1_request r;
static struct buf bytes;
static struct err err;

/* Read lines of "name=value"; 0 when taken, else the status. */
static int read_text(const char *lines, bool end)
{
	struct h2_head head;
	struct str rest = str_of(lines);
	struct str line;
	int status = 0;
	h2_head_init(&head, &LIMITS);
	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		size_t equals = str_find(line, '=');
		h2_head_add(&head, str_first(line, equals), str_skip(line, equals + 1));
	}
	buf_fini(&bytes);
	err = (struct err){ 0 };
	enum rc rc = h2_head_read(&head, end, &bytes, &r, &status, &err);
	h2_head_fini(&head);
	assert_true((rc == RC_OK) == (status == 0));
	return status;
}

#define M ":method=GET\n:scheme=https\n:path=/\n"
#define G M ":authority=a\n"

static void what_is_no_request_is_refused(void **state)
{
	static const struct {
		const char *lines;
		const char *why; /* NULL: taken */
		int status;
	} cases[] = {
		{ G, NULL, 0 },
		{ M "host=a\n", NULL, 0 },
		{ G "host=A\n", NULL, 0 },
		{ "", "no :method", 400 },
		{ ":scheme=https\n:path=/\n:authority=a\n", "no :method", 400 },
		{ ":method=GET\n:path=/\n:authority=a\n", "no :scheme", 400 },
		{ ":method=GET\n:scheme=https\n:authority=a\n", "no :path", 400 },
		{ M, "neither :authority nor a Host field", 400 },
		{ M ":authority=\n", "an authority that is no host", 400 },
		{ M ":authority=a b\n", "an authority that is no host", 400 },
		{ M ":authority=user@a\n", "an authority that is no host", 400 },
		{ M "host=\n", "an authority that is no host", 400 },
		{ G "host=b\n", "a Host field other than :authority", 400 },
		{ G "host=a\nhost=a\n", "more than one Host field", 400 },
		{ M "host=a\nhost=a\n", "more than one Host field", 400 },
		{ G ":path=/\n", "a pseudo-header field that came twice", 400 },
		{ ":method=GET\n" G, "a pseudo-header field that came twice", 400 },
		{ M "x=1\n:authority=a\n", "a pseudo-header field behind an ordinary one", 400 },
		{ G ":status=200\n", "a pseudo-header field that is not served", 400 },
		{ G ":protocol=websocket\n", "a pseudo-header field that is not served", 400 },
		{ G ":Method=GET\n", "a pseudo-header field that is not served", 400 },
		{ G ":=GET\n", "a pseudo-header field that is not served", 400 },
		{ G "X=1\n", "a field name with an upper case letter", 400 },
		{ G "=1\n", "a field name with a byte that may not stand there", 400 },
		{ G "x y=1\n", "a field name with a byte that may not stand there", 400 },
		{ G "x:=1\n", "a field name with a byte that may not stand there", 400 },
		{ G "x\r=1\n", "a field name with a byte that may not stand there", 400 },
		{ G "x= 1\n", "a field value with white space around it", 400 },
		{ G "x=1\t\n", "a field value with white space around it", 400 },
		{ G "x=1\r\n", "a field value with a control byte", 400 },
		{ G "x=\001\n", "a field value with a control byte", 400 },
		{ G "x=\n", NULL, 0 },
		{ G "x=\303\244\n", NULL, 0 },
		{ G "connection=close\n", "a field that belongs to a connection of HTTP/1.1", 400 },
		{ G "connection=\n", "a field that belongs to a connection of HTTP/1.1", 400 },
		{ G "proxy-connection=x\n", "a field that belongs to a connection of HTTP/1.1", 400 },
		{ G "keep-alive=5\n", "a field that belongs to a connection of HTTP/1.1", 400 },
		{ G "transfer-encoding=chunked\n", "a field that belongs to a connection of HTTP/1.1", 400 },
		{ G "upgrade=h2c\n", "a field that belongs to a connection of HTTP/1.1", 400 },
		{ G "te=trailers\n", NULL, 0 },
		{ G "te=gzip\n", "a TE field other than trailers", 400 },
		{ G "te=trailers, gzip\n", "a TE field other than trailers", 400 },
		{ ":method=CONNECT\n:authority=a:443\n", "CONNECT is not served", 501 },
		{ ":method=CONNECT\n:protocol=websocket\n" M, "a pseudo-header field that is not served",
		  400 },
		{ ":method=G T\n:scheme=https\n:path=/\n:authority=a\n", "a method that is no token", 400 },
		{ ":method=\n:scheme=https\n:path=/\n:authority=a\n", "a method that is no token", 400 },
		{ ":method=GET\n:scheme=ftp\n:path=/\n:authority=a\n",
		  "a scheme that is neither https nor http", 400 },
		{ ":method=GET\n:scheme=https\n:path=*\n:authority=a\n", "the path * without OPTIONS", 400 },
		{ ":method=OPTIONS\n:scheme=https\n:path=*\n:authority=a\n", NULL, 0 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int status = read_text(cases[i].lines, true);
		if (status != cases[i].status || strcmp(err.text, cases[i].why ? cases[i].why : "") != 0) {
			fail_msg("%s: %d %s", cases[i].lines, status, err.text);
		}
	}
}

static void a_path_is_checked_as_that_of_http1_is(void **state)
{
	static const struct {
		const char *path;
		int status;
	} cases[] = { { "/a%2fb?x=%41", 0 }, { "/?", 0 },          { "", 400 },          { "a", 400 },
		      { "/../x", 400 },      { "/%2e%2E/x", 400 }, { "/%", 400 },        { "/%00", 400 },
		      { "/a b", 400 },       { "/a?b#c", 400 },    { "/a\"b", 400 },     { "/a?b%4", 400 },
		      { "/a\\b", 400 },      { "//x/y", 0 },       { "https://a/", 400 } };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *lines =
			mem_printf(":method=GET\n:scheme=https\n:authority=a\n:path=%s\n", cases[i].path);
		if (read_text(lines, true) != cases[i].status) {
			fail_msg("%s: %s", cases[i].path, err.text);
		}
	}
}

static void a_request_reads_like_one_of_http1(void **state)
{
	assert_int_equal(
		read_text(":method=POST\n:path=/http/x?a=1\n:scheme=https\n:authority=h:8443\naccept=*/*\n"
			  "expect=100-continue\ncontent-length=5\n",
			  false),
		0);
	assert_true(str_is(r.method, "POST"));
	assert_true(str_is(r.target, "/http/x?a=1"));
	assert_true(str_is(r.path, "/http/x"));
	assert_true(str_is(r.query, "a=1"));
	assert_true(str_is(r.host, "h:8443"));
	assert_int_equal(r.form, H1_ORIGIN);
	assert_int_equal(r.minor, 1);
	assert_true(r.expect_continue);
	assert_true(r.keep_alive);
	assert_int_equal(r.framing, H1_BODY_LENGTH);
	assert_int_equal(r.length, 5);
	assert_int_equal(r.n_fields, 4);
	assert_true(str_is(http_fields_get(r.fields, r.n_fields, "Host"), "h:8443"));
	assert_true(str_is(http_fields_get(r.fields, r.n_fields, "Accept"), "*/*"));
	assert_int_equal(read_text(G, true), 0);
	assert_null(r.query.p);
	assert_false(r.expect_continue);
}

static void the_length_declared_must_agree_with_the_stream(void **state)
{
	static const struct {
		const char *length;
		bool end;
		int status;
		enum h1_framing framing;
	} cases[] = {
		{ "", true, 0, H1_BODY_NONE },
		{ "", false, 0, H1_BODY_CHUNKED },
		{ "content-length=0\n", true, 0, H1_BODY_NONE },
		{ "content-length=0\n", false, 0, H1_BODY_CHUNKED },
		{ "content-length=7\n", false, 0, H1_BODY_LENGTH },
		{ "content-length=7\n", true, 400, H1_BODY_NONE },
		{ "content-length=7\ncontent-length=7\n", false, 400, H1_BODY_NONE },
		{ "content-length=+7\n", false, 400, H1_BODY_NONE },
		{ "content-length=-7\n", false, 400, H1_BODY_NONE },
		{ "content-length=7, 7\n", false, 400, H1_BODY_NONE },
		{ "content-length=\n", false, 400, H1_BODY_NONE },
		{ "content-length=99999999999999999999\n", false, 400, H1_BODY_NONE },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *lines = mem_printf("%s%s", G, cases[i].length);
		if (read_text(lines, cases[i].end) != cases[i].status) {
			fail_msg("%s: %s", cases[i].length, err.text);
		}
		if (cases[i].status == 0) {
			assert_int_equal(r.framing, cases[i].framing);
		}
	}
}

static void crumbs_of_a_cookie_become_one_field(void **state)
{
	assert_int_equal(read_text(G "cookie=a=1\nx=y\ncookie=b=2\ncookie=c=3\n", true), 0);
	assert_int_equal(http_fields_count(r.fields, r.n_fields, "cookie"), 1);
	assert_true(str_is(http_fields_get(r.fields, r.n_fields, "cookie"), "a=1; b=2; c=3"));
	assert_true(str_is(http_fields_get(r.fields, r.n_fields, "x"), "y"));
	assert_int_equal(read_text(G "cookie=a=1; b=2\n", true), 0);
	assert_true(str_is(http_fields_get(r.fields, r.n_fields, "cookie"), "a=1; b=2"));
}

/* A head with n fields "x" besides a Host, each with a value of size bytes. */
static int read_many(size_t n, size_t size)
{
	AUTO_BUF(lines, SIZE_MAX);
	AUTO_FREE char *value = mem_alloc(size + 1);
	memset(value, 'v', size);
	(void)buf_add(&lines, STR(G));
	for (size_t i = 0; i < n; i++) {
		(void)buf_printf(&lines, "x=%s\n", value);
	}
	return read_text(buf_c(&lines), true);
}

static void fields_have_the_limits_of_http1(void **state)
{
	assert_int_equal(read_many(HTTP_FIELDS_MAX - 1, 1), 0); /* and Host */
	assert_int_equal(r.n_fields, HTTP_FIELDS_MAX);
	assert_int_equal(read_many(HTTP_FIELDS_MAX, 1), 431);
	assert_int_equal(read_many(HTTP_FIELDS_MAX + 1, 1), 431);
	/* Four pseudo-header fields of 32 bytes and what is in them, then one field more of 33 and its
	 * value. */
	size_t room = HTTP_HEAD_MAX - (size_t)(4 * 32 + 7 + 3 + 7 + 5 + 5 + 1 + 10 + 1 + 33);
	assert_int_equal(read_many(1, room), 0);
	assert_int_equal(read_many(1, room + 1), 431);
	assert_int_equal(read_many(2000, 1000), 431);
}

static void a_head_too_large_is_told_so_even_when_it_is_malformed_too(void **state)
{
	AUTO_BUF(lines, SIZE_MAX);
	(void)buf_add(&lines, STR(G "X=1\n"));
	for (int i = 0; i < 3000; i++) {
		(void)buf_printf(&lines, "y=%d\n", i);
	}
	assert_int_equal(read_text(buf_c(&lines), true), 431);
	assert_int_equal(err.code, RC_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(what_is_no_request_is_refused),
					    TEST(a_path_is_checked_as_that_of_http1_is),
					    TEST(a_request_reads_like_one_of_http1),
					    TEST(the_length_declared_must_agree_with_the_stream),
					    TEST(crumbs_of_a_cookie_become_one_field),
					    TEST(fields_have_the_limits_of_http1),
					    TEST(a_head_too_large_is_told_so_even_when_it_is_malformed_too) };
	int result = cmocka_run_group_tests(tests, NULL, NULL);
	buf_fini(&bytes);
	return result;
}
