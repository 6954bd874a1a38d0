/* SPDX-License-Identifier: Apache-2.0
 * URLs are taken apart, and paths with two meanings are refused. */
#include "http/uri.h"
#include "unit/test.h"

static void urls_are_taken_apart(void **state)
{
	struct uri u;
	assert_int_equal(uri_parse(STR("HTTPS://[::1]:8443/a%20b?c=d"), &u, NULL), RC_OK);
	assert_true(u.https && u.host_is_ip6 && u.has_port && u.port == 8443);
	assert_true(str_is(u.host, "::1") && str_is(u.path, "/a%20b") && str_is(u.query, "c=d"));
	assert_int_equal(uri_parse(STR("http://h?x"), &u, NULL), RC_OK);
	assert_true(str_is(u.path, "/") && u.port == 80 && str_is(u.query, "x"));
	static const char *const bad[] = { "",
					   "http:/",
					   "http://",
					   "http://a:0/",
					   "http://a:x",
					   "ftp://a",
					   "http://a b",
					   "http://a/ b",
					   "http://a/#f",
					   "http://u:p@a/",
					   "http://[::1",
					   "http://a/%",
					   "http://a/..",
					   "http://a/?a b" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (uri_parse(str_of(bad[i]), &u, NULL) != RC_INVALID) {
			fail_msg("%s is taken", bad[i]);
		}
	}
}

static void dot_segments_are_seen_in_every_spelling(void **state)
{
	static const char *const bad[] = { "/.", "/..", "/a/./b", "/a/%2e", "/.%2E/a", "/a/%2e./" };
	static const char *const good[] = { "/", "/...", "/.a", "/a..b/", "//", "/a%2Fb", "/%2e%2e%2e" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(uri_check_path(str_of(bad[i]), NULL), RC_INVALID);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(uri_check_path(str_of(good[i]), NULL), RC_OK);
	}
}

static void segments_and_parameters_are_found(void **state)
{
	struct str rest = STR("/a//b"), segment;
	const char *const expected[] = { "a", "", "b" };
	for (size_t i = 0; i < 3; i++) {
		assert_true(uri_next_segment(&rest, &segment) && str_is(segment, expected[i]));
	}
	assert_false(uri_next_segment(&rest, &segment));
	AUTO_BUF(out, 100);
	assert_int_equal(uri_query_get(STR("a=1&b%63=x+y%21"), "bc", &out), RC_OK);
	assert_string_equal(buf_c(&out), "x y!");
	assert_int_equal(uri_query_get(STR("a=1"), "b", &out), RC_NOT_FOUND);
	assert_int_equal(uri_query_get(STR("a=%z"), "a", &out), RC_INVALID);
}

RUN_TESTS(TEST(urls_are_taken_apart), TEST(dot_segments_are_seen_in_every_spelling),
	  TEST(segments_and_parameters_are_found))
