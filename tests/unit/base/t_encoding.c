/* SPDX-License-Identifier: Apache-2.0
 * Encodings round-trip and refuse what is not theirs. */
#include "base/encoding.h"
#include "unit/test.h"

static void base64_of_the_rfc_vectors(void **state)
{
	static const char *const vectors[][2] = {
		{ "", "" },        { "f", "Zg==" },        { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "foobar", "Zm9vYmFy" }
	};
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		AUTO_BUF(text, 64);
		AUTO_BUF(bytes, 64);
		assert_true(base64_encode(&text, str_of(vectors[i][0])));
		assert_string_equal(buf_c(&text), vectors[i][1]);
		assert_int_equal(base64_decode(&bytes, buf_str(&text), false), RC_OK);
		assert_true(str_is(buf_str(&bytes), vectors[i][0]));
	}
}

static void base64_refuses_a_dangling_digit_and_foreign_bytes(void **state)
{
	static const char *const bad[] = { "Z", "Zg=", "Zg===", "Z!==", "Zm9vZ", "Zg==Zg==" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO_BUF(bytes, 64);
		assert_int_equal(base64_decode(&bytes, str_of(bad[i]), false), RC_INVALID);
	}
}

static void base64_skips_white_space_only_when_lenient(void **state)
{
	AUTO_BUF(strict, 64);
	AUTO_BUF(lenient, 64);
	assert_int_equal(base64_decode(&strict, STR("Zm9v\nYmFy"), false), RC_INVALID);
	assert_int_equal(base64_decode(&lenient, STR("Zm9v\r\nYmFy\n"), true), RC_OK);
	assert_string_equal(buf_c(&lenient), "foobar");
}

static void percent_decode_refuses_a_broken_escape(void **state)
{
	AUTO_BUF(good, 64);
	AUTO_BUF(bad, 64);
	assert_int_equal(percent_decode(&good, STR("a%20b%2Fc"), false), RC_OK);
	assert_string_equal(buf_c(&good), "a b/c");
	assert_int_equal(percent_decode(&bad, STR("a%2"), false), RC_INVALID);
	assert_int_equal(percent_decode(&bad, STR("a%GG"), false), RC_INVALID);
}

static void hex_round_trips(void **state)
{
	AUTO_BUF(text, 64);
	AUTO_BUF(bytes, 64);
	assert_true(hex_encode(&text, STR("\x01\xfe\x80")));
	assert_string_equal(buf_c(&text), "01FE80");
	assert_int_equal(hex_decode(&bytes, buf_str(&text)), RC_OK);
	assert_true(str_equal(buf_str(&bytes), STR("\x01\xfe\x80")));
	assert_int_equal(hex_decode(&bytes, STR("0")), RC_INVALID);
}

RUN_TESTS(TEST(base64_of_the_rfc_vectors), TEST(base64_refuses_a_dangling_digit_and_foreign_bytes),
	  TEST(base64_skips_white_space_only_when_lenient), TEST(percent_decode_refuses_a_broken_escape),
	  TEST(hex_round_trips))
