/* SPDX-License-Identifier: Apache-2.0
 * Addresses: the rules of the sender channel, what each serves and which collide. */
#include "flow/address.h"
#include "unit/test.h"

static void an_address_follows_the_rules_of_the_sender_channel(void **state)
{
	static const struct {
		const char *address;
		enum rc rc;
	} cases[] = {
		{ "/orders", RC_OK },
		{ "/orders/v1", RC_OK },
		{ "/orders/*", RC_OK },
		{ "/$sys/x", RC_OK },
		{ "/a/~b", RC_OK },
		{ "/a-b_c.d", RC_OK },
		{ "/A", RC_OK },
		{ "/*", RC_OK },
		{ "/orders/", RC_OK },
		{ "", RC_INVALID },
		{ "orders", RC_INVALID },
		{ "/", RC_INVALID },
		{ "/.a", RC_INVALID },
		{ "/-a", RC_INVALID },
		{ "/~a", RC_INVALID },
		{ "/a~b", RC_INVALID },
		{ "/a$", RC_INVALID },
		{ "/a*", RC_INVALID },
		{ "/a/*/b", RC_INVALID },
		{ "/a b", RC_INVALID },
		{ "/a//b", RC_INVALID },
		{ "/a/../b", RC_INVALID },
		{ "/a/./b", RC_INVALID },
		{ "/a?b", RC_INVALID },
		{ "/\xC3\xA4", RC_INVALID },
		{ "/a/..", RC_INVALID },
		{ "/a\n", RC_INVALID },
		{ "/a%20b", RC_INVALID },
		{ "//", RC_INVALID },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };
		if (address_check(str_of(cases[i].address), &err) != cases[i].rc) {
			fail_msg("%s: %s", cases[i].address, err.text);
		}
	}
}

static void an_address_is_as_long_as_its_limit_and_no_longer(void **state)
{
	char text[ADDRESS_MAX + 2];
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	assert_int_equal(address_check(str_from(text, ADDRESS_MAX), NULL), RC_OK);
	assert_int_equal(address_check(str_from(text, ADDRESS_MAX + 1), NULL), RC_INVALID);
}

static void a_path_is_served_by_its_address_whatever_its_case(void **state)
{
	static const struct {
		const char *address, *path, *rest; /* rest NULL: not served */
	} cases[] = {
		{ "/orders", "/orders", "" },      { "/orders", "/ORDERS", "" },
		{ "/orders", "/orders/", "" },     { "/orders", "/orders/1", NULL },
		{ "/orders", "/order", NULL },     { "/orders/*", "/orders", "" },
		{ "/orders/*", "/orders/", "" },   { "/orders/*", "/Orders/abc/Def", "abc/Def" },
		{ "/orders/*", "/ordersx", NULL }, { "/*", "/a/b", "a/b" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct str rest = STR_NONE;
		bool served = address_match(str_of(cases[i].address), str_of(cases[i].path), &rest);
		if (served != (cases[i].rest != NULL) || (served && !str_is(rest, cases[i].rest))) {
			fail_msg("%s serves %s: %d, rest %.*s", cases[i].address, cases[i].path, served,
				 STR_ARG(rest));
		}
	}
}

static void two_addresses_collide_when_one_could_take_the_others_calls(void **state)
{
	static const struct {
		const char *a, *b;
		bool conflict;
	} cases[] = {
		{ "/a", "/a", true },       { "/a", "/A", true },     { "/a", "/a/", true },
		{ "/a", "/b", false },      { "/a", "/a/b", false },  { "/a/*", "/a/b", true },
		{ "/a/*", "/a/b/c", true }, { "/a/*", "/a", false },  { "/a/*", "/a/*", true },
		{ "/a/*", "/a/b/*", true }, { "/a/*", "/ab", false },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(address_conflicts(str_of(cases[i].a), str_of(cases[i].b)),
				 cases[i].conflict);
		assert_int_equal(address_conflicts(str_of(cases[i].b), str_of(cases[i].a)),
				 cases[i].conflict);
	}
}

static void candidates_go_from_the_longest_to_the_shortest(void **state)
{
	static const char *const expected[] = { "/a/b", "/a/b/*", "/a/*", "/*" };
	AUTO_BUF(key, 256);
	size_t i;
	for (i = 0; address_candidate(STR("/A/b/"), i, &key); i++) {
		assert_true(i < 4);
		assert_string_equal(buf_c(&key), expected[i]);
	}
	assert_int_equal(i, 4);
}

static void a_key_is_among_the_candidates_of_every_path_it_serves(void **state)
{
	static const char *const pairs[][2] = { { "/a", "/A/" },
						{ "/a/*", "/a" },
						{ "/a/*", "/a/b/c" },
						{ "/*", "/x" },
						{ "/Or/ders/", "/or/ders" } };
	for (size_t k = 0; k < ARRAY_SIZE(pairs); k++) {
		AUTO_BUF(key, 256);
		AUTO_BUF(candidate, 256);
		bool found = false;
		address_key(str_of(pairs[k][0]), &key);
		for (size_t i = 0; address_candidate(str_of(pairs[k][1]), i, &candidate); i++) {
			found = found || str_equal(buf_str(&key), buf_str(&candidate));
		}
		assert_true(found);
	}
}

static void a_raw_path_is_decoded_but_never_climbs(void **state)
{
	static const struct {
		const char *raw, *path; /* NULL: none */
	} cases[] = {
		{ "/http/orders", "/orders" },
		{ "/http/%6frders", "/orders" },
		{ "/http/a%2Fb", "/a%2Fb" },
		{ "/http/a/../b", NULL },
		{ "/http/a/%2e%2E/b", NULL },
		{ "/http/./a", NULL },
		{ "/orders", NULL },
		{ "/http", NULL },
		{ "/httpx/orders", NULL },
		{ "/http/a//b", NULL },
		{ "/http/a/", "/a/" },
		{ "/http/a\nb", NULL },
		{ "/http/%zz", "/%zz" },
		{ "/http/%4", "/%4" },
		{ "/http/", "/" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_BUF(out, ADDRESS_PATH_MAX);
		enum rc rc = address_path(str_of(cases[i].raw), &out);
		assert_int_equal(rc == RC_OK, cases[i].path != NULL);
		if (cases[i].path) {
			assert_string_equal(buf_c(&out), cases[i].path);
		}
	}
}

RUN_TESTS(TEST(an_address_follows_the_rules_of_the_sender_channel),
	  TEST(an_address_is_as_long_as_its_limit_and_no_longer),
	  TEST(a_path_is_served_by_its_address_whatever_its_case),
	  TEST(two_addresses_collide_when_one_could_take_the_others_calls),
	  TEST(candidates_go_from_the_longest_to_the_shortest),
	  TEST(a_key_is_among_the_candidates_of_every_path_it_serves),
	  TEST(a_raw_path_is_decoded_but_never_climbs))
