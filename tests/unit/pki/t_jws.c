/* SPDX-License-Identifier: Apache-2.0
 * A token is believed only when the key that it names signed it, with the one algorithm there is. */
#include "base/encoding.h"
#include "base/memory.h"
#include "pki/jws.h"
#include "unit/test.h"

#include <openssl/hmac.h>

static struct key *private_key;
static struct jws_key *public_key;

static int set_up(void **state)
{
	AUTO_BUF(spki, 2000);
	assert_int_equal(key_generate(&private_key, "rsa-2048", NULL), RC_OK);
	assert_int_equal(key_format_public(private_key, &spki), RC_OK);
	assert_int_equal(jws_key_new(&public_key, "k1", buf_str(&spki), NULL), RC_OK);
	return 0;
}

static int tear_down(void **state)
{
	key_free(private_key);
	jws_key_free(public_key);
	return 0;
}

static void sign(const char *kid, struct buf *out)
{
	AUTO_VALUE *claims = value_object();
	value_set_c(claims, "zid", "default");
	assert_int_equal(jws_sign(private_key, kid, NULL, claims, out, NULL), RC_OK);
}

static enum rc verify(struct str token)
{
	AUTO_VALUE *claims = NULL;
	return jws_verify(token, &public_key, 1, &claims, NULL);
}

static void a_token_verifies_with_its_key_and_gives_its_claims(void **state)
{
	AUTO_BUF(token, 4000);
	AUTO_VALUE *claims = NULL;
	sign("k1", &token);
	assert_int_equal(jws_verify(buf_str(&token), &public_key, 1, &claims, NULL), RC_OK);
	assert_string_equal(value_get_c(claims, "zid"), "default");
}

static void a_token_with_any_byte_altered_is_refused(void **state)
{
	AUTO_BUF(token, 4000);
	sign("k1", &token);
	for (size_t i = 0; i + 1 < token.n; i++) {
		char was = token.p[i];
		token.p[i] = was == 'A' ? 'B' : 'A';
		assert_int_not_equal(verify(buf_str(&token)), RC_OK);
		token.p[i] = was;
	}
	assert_int_equal(verify(buf_str(&token)), RC_OK);
}

static void a_token_of_an_unknown_key_is_refused(void **state)
{
	AUTO_BUF(token, 4000);
	sign("k2", &token);
	assert_int_equal(verify(buf_str(&token)), RC_DENIED);
}

/* header.payload.signature with a header of the forger's choice. */
static void forge(const char *header, const char *signature, struct buf *out)
{
	(void)base64url_encode(out, str_of(header));
	(void)buf_add_char(out, '.');
	(void)base64url_encode(out, STR("{\"zid\":\"default\"}"));
	(void)buf_add_char(out, '.');
	(void)base64url_encode(out, str_of(signature));
}

static void other_algorithms_are_refused_whatever_the_token_says(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"kid\":\"k1\"}",     "{\"alg\":\"HS256\",\"kid\":\"k1\"}",
		"{\"alg\":\"RS512\",\"kid\":\"k1\"}",    "{\"kid\":\"k1\"}",
		"{\"alg\":\"RS256\",\"kid\":\"../k1\"}", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[]}"
	};
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		AUTO_BUF(token, 4000);
		forge(headers[i], "x", &token);
		assert_int_equal(verify(buf_str(&token)), RC_DENIED);
	}
	AUTO_BUF(unsigned_token, 4000);
	forge("{\"alg\":\"none\",\"kid\":\"k1\"}", "", &unsigned_token);
	assert_int_equal(verify(buf_str(&unsigned_token)), RC_DENIED);
}

/* The old trick: the public key, which everybody has, as the secret of an HMAC. */
static void an_hmac_with_the_public_key_as_its_secret_is_refused(void **state)
{
	AUTO_BUF(spki, 2000);
	AUTO_BUF(token, 4000);
	AUTO_VALUE *jwk = jws_key_to_value(public_key);
	struct str secrets[] = { STR_NONE, value_get_str(jwk, "value") };
	assert_int_equal(key_format_public(private_key, &spki), RC_OK);
	secrets[0] = buf_str(&spki);
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		unsigned char mac[32];
		unsigned n = 0;
		buf_clear(&token);
		forge("{\"alg\":\"HS256\",\"kid\":\"k1\"}", "", &token);
		assert_non_null(HMAC(EVP_sha256(), secrets[i].p, (int)secrets[i].n,
				     (const unsigned char *)token.p, token.n - 1, mac, &n));
		assert_true(base64url_encode(&token, str_from(mac, n)));
		assert_int_equal(verify(buf_str(&token)), RC_DENIED);
	}
}

static void a_token_longer_than_the_limit_is_refused(void **state)
{
	AUTO_BUF(token, JWS_MAX_BYTES + 1);
	while (buf_add_char(&token, 'a')) {
		continue;
	}
	assert_int_equal(verify(buf_str(&token)), RC_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(a_token_verifies_with_its_key_and_gives_its_claims),
					    TEST(a_token_with_any_byte_altered_is_refused),
					    TEST(a_token_of_an_unknown_key_is_refused),
					    TEST(other_algorithms_are_refused_whatever_the_token_says),
					    TEST(an_hmac_with_the_public_key_as_its_secret_is_refused),
					    TEST(a_token_longer_than_the_limit_is_refused) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
