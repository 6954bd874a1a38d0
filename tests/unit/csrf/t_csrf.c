/* SPDX-License-Identifier: Apache-2.0
 * Tests of CSRF tokens. */
#include "test.h"

#include "csrf/csrf.h"

static const struct seal_key key = { { 1, 2, 3 } };
static const struct wall now = { 1000 * US_PER_SECOND };

static struct csrf_binding binding(void)
{
	return (struct csrf_binding){ STR("default"), STR("orders"), STR("key-1"), STR("session") };
}

static void a_token_is_good_for_what_it_was_made_for_and_as_long_as_it_lasts(void **state)
{
	AUTO_BUF(token, 1024);
	struct csrf_binding b = binding();
	csrf_make(&key, &b, now, &token);
	const struct wall last = { now.us + (CSRF_VALID_SECONDS - 1) * US_PER_SECOND };
	const struct wall late = { now.us + CSRF_VALID_SECONDS * US_PER_SECOND };
	assert_int_equal(csrf_judge(&key, &b, buf_str(&token), now), POLICY_CSRF_GOOD);
	assert_int_equal(csrf_judge(&key, &b, buf_str(&token), last), POLICY_CSRF_GOOD);
	assert_int_equal(csrf_judge(&key, &b, buf_str(&token), late), POLICY_CSRF_WRONG);
	/* The clock went back: a token of the future would last longer than it should.
	 * Two clocks may differ by a minute. */
	const struct wall back = { now.us - 61 * US_PER_SECOND }, near = { now.us - 60 * US_PER_SECOND };
	assert_int_equal(csrf_judge(&key, &b, buf_str(&token), near), POLICY_CSRF_GOOD);
	assert_int_equal(csrf_judge(&key, &b, buf_str(&token), back), POLICY_CSRF_WRONG);
}

static void a_token_of_another_place_or_session_is_wrong(void **state)
{
	AUTO_BUF(token, 1024);
	struct csrf_binding b = binding();
	struct csrf_binding others[] = { b, b, b, b };
	csrf_make(&key, &b, now, &token);
	others[0].tenant = STR("other");
	others[1].artifact = STR("other");
	others[2].service_key = STR("other");
	others[3].session = STR("other");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(csrf_judge(&key, &others[i], buf_str(&token), now), POLICY_CSRF_WRONG);
	}
}

static void missing_made_up_and_fetch_are_told_apart(void **state)
{
	AUTO_BUF(token, 1024);
	struct csrf_binding b = binding();
	struct csrf_binding bare = b;
	bare.session = STR_NONE;
	csrf_make(&key, &b, now, &token);
	assert_int_equal(csrf_judge(&key, &b, STR_NONE, now), POLICY_CSRF_MISSING);
	assert_int_equal(csrf_judge(&key, &bare, buf_str(&token), now), POLICY_CSRF_MISSING);
	assert_int_equal(csrf_judge(&key, &b, STR("fetch"), now), POLICY_CSRF_FETCH);
	assert_int_equal(csrf_judge(&key, &b, STR("made up"), now), POLICY_CSRF_WRONG);
	assert_int_equal(csrf_judge(&key, &b, STR(""), now), POLICY_CSRF_WRONG);
}

static void the_session_is_found_among_other_cookies(void **state)
{
	assert_true(str_is(csrf_session(STR("a=b; " CSRF_COOKIE "=xyz; c=d")), "xyz"));
	assert_null(csrf_session(STR("a=b; not" CSRF_COOKIE "=xyz")).p);
	assert_null(csrf_session(STR("")).p);
}

RUN_TESTS(TEST(a_token_is_good_for_what_it_was_made_for_and_as_long_as_it_lasts),
	  TEST(a_token_of_another_place_or_session_is_wrong), TEST(missing_made_up_and_fetch_are_told_apart),
	  TEST(the_session_is_found_among_other_cookies))
