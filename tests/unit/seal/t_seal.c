/* SPDX-License-Identifier: Apache-2.0
 * Sealing: only the same key at the same place opens, and nothing altered. */
#include "test.h"

#include "base/encoding.h"
#include "seal/seal.h"

static const struct seal_key key = { { 1, 2, 3 } };

static void what_is_sealed_opens_at_its_place(void **state)
{
	static const struct str plains[] = { STR("secret"), STR(""), STR("\0\x01") };
	for (size_t i = 0; i < ARRAY_SIZE(plains); i++) {
		AUTO_BUF(sealed, 1024);
		AUTO_BUF_SECRET(plain, 1024);
		assert_int_equal(seal_close(&key, plains[i], STR("default/key/1"), &sealed), RC_OK);
		assert_int_equal(sealed.n, plains[i].n + SEAL_OVERHEAD);
		assert_int_equal(seal_open(&key, buf_str(&sealed), STR("default/key/1"), &plain, NULL),
				 RC_OK);
		assert_true(str_equal(buf_str(&plain), plains[i]));
	}
}

static void another_place_another_key_and_any_altered_byte_are_refused(void **state)
{
	struct seal_key other = { { 9 } };
	AUTO_BUF(sealed, 1024);
	AUTO_BUF_SECRET(plain, 1024);
	assert_int_equal(seal_close(&key, STR("secret"), STR("a"), &sealed), RC_OK);
	assert_int_equal(seal_open(&key, buf_str(&sealed), STR("b"), &plain, NULL), RC_DENIED);
	assert_int_equal(seal_open(&other, buf_str(&sealed), STR("a"), &plain, NULL), RC_DENIED);
	for (size_t i = 0; i < sealed.n; i++) {
		sealed.p[i] ^= 1;
		assert_int_equal(seal_open(&key, buf_str(&sealed), STR("a"), &plain, NULL), RC_DENIED);
		sealed.p[i] ^= 1;
		assert_int_equal(seal_open(&key, str_first(buf_str(&sealed), i), STR("a"), &plain, NULL),
				 RC_DENIED);
	}
	assert_int_equal(plain.n, 0);
}

static void a_full_buffer_is_told(void **state)
{
	AUTO_BUF(sealed, SEAL_OVERHEAD + 5);
	assert_int_equal(seal_close(&key, STR("secret"), STR("a"), &sealed), RC_LIMIT);
}

static void keys_are_derived_as_rfc_5869_says(void **state)
{
	/* HKDF-SHA256 with key 0x0b * 32, no salt, info "label"; computed with Python's hmac. */
	struct seal_key master;
	struct seal_key derived;
	char hex[65];
	memset(master.b, 0x0b, sizeof(master.b));
	seal_derive(&master, "label", &derived);
	hex_format(derived.b, sizeof(derived.b), hex);
	assert_string_equal(hex, "B9353292F1F5B8DE7612EB413046CF02268318C8B1EC020E2E50F050BD2CB646");
}

RUN_TESTS(TEST(what_is_sealed_opens_at_its_place),
	  TEST(another_place_another_key_and_any_altered_byte_are_refused), TEST(a_full_buffer_is_told),
	  TEST(keys_are_derived_as_rfc_5869_says))
