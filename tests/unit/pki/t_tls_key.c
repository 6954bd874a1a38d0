/* SPDX-License-Identifier: Apache-2.0
 * Of each kind of key it is known whether a client certificate can have it in TLS. */
#include "pki/tls_key.h"
#include "unit/test.h"

#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static EVP_PKEY *signer;

static int make_signer(void **state)
{
	signer = EVP_EC_gen("P-256");
	return signer ? 0 : -1;
}

static int free_signer(void **state)
{
	EVP_PKEY_free(signer);
	return 0;
}

/* What is said of a certificate with that public key; takes the key. */
static enum tls_key judge(EVP_PKEY *take_key)
{
	struct cert *c = NULL;
	X509 *x = X509_new();
	assert_non_null(take_key);
	assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 3600));
	assert_int_equal(X509_set_pubkey(x, take_key), 1);
	assert_true(X509_sign(x, signer, EVP_sha256()) > 0);
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	assert_int_equal(cert_new_der(&c, str_from(der, (size_t)n), NULL), RC_OK);
	enum tls_key kind = tls_key_judge(c);
	cert_free(c);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(take_key);
	return kind;
}

/* A public key of that size; that nobody has the private one does not matter here. */
static EVP_PKEY *rsa_public(const char *type, int bits)
{
	EVP_PKEY *key = NULL;
	BIGNUM *n = BN_new(), *e = BN_new();
	assert_int_equal(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), 1);
	assert_int_equal(BN_set_word(e, RSA_F4), 1);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e), 1);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *explicit_curve(void)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){ "P-256" }, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, (char[]){ "explicit" }, 0),
		OSSL_PARAM_END,
	};
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_params(context, params), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *dsa(void)
{
	EVP_PKEY *params = NULL, *key = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_DSA, NULL);
	assert_int_equal(EVP_PKEY_paramgen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_dsa_paramgen_bits(context, 1024), 1);
	assert_int_equal(EVP_PKEY_paramgen(context, &params), 1);
	EVP_PKEY_CTX_free(context);
	context = EVP_PKEY_CTX_new(params, NULL);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(params);
	return key;
}

static void rsa_is_good_from_1024_to_8192_bits_whatever_it_is_bound_to(void **state)
{
	static const char *const types[] = { "RSA", "RSA-PSS" };
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_equal(judge(rsa_public(types[i], 512)), TLS_KEY_NONE);
		assert_int_equal(judge(rsa_public(types[i], 1023)), TLS_KEY_NONE);
		assert_int_equal(judge(rsa_public(types[i], 1024)), TLS_KEY_GOOD);
		assert_int_equal(judge(rsa_public(types[i], 8192)), TLS_KEY_GOOD);
		assert_int_equal(judge(rsa_public(types[i], 8193)), TLS_KEY_NONE);
		assert_int_equal(judge(rsa_public(types[i], 16384)), TLS_KEY_NONE);
	}
}

static void curves_are_good_or_of_tls_1_2_alone_or_none(void **state)
{
	static const char *const good[] = { "P-256", "P-384", "P-521" };
	static const char *const old[] = { "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
					   "secp256k1", "secp224r1" };
	static const char *const none[] = { "P-192", "sect571k1", "sect233r1", "brainpoolP256t1",
					    "secp160r1" };
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(judge(EVP_EC_gen(good[i])), TLS_KEY_GOOD);
	}
	for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
		assert_int_equal(judge(EVP_EC_gen(old[i])), TLS_KEY_OLD);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		assert_int_equal(judge(EVP_EC_gen(none[i])), TLS_KEY_NONE);
	}
	assert_int_equal(judge(explicit_curve()), TLS_KEY_NONE);
}

static void edwards_curves_sign_and_their_siblings_and_dsa_do_not(void **state)
{
	assert_int_equal(judge(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")), TLS_KEY_GOOD);
	assert_int_equal(judge(EVP_PKEY_Q_keygen(NULL, NULL, "ED448")), TLS_KEY_GOOD);
	assert_int_equal(judge(EVP_PKEY_Q_keygen(NULL, NULL, "X25519")), TLS_KEY_NONE);
	assert_int_equal(judge(EVP_PKEY_Q_keygen(NULL, NULL, "X448")), TLS_KEY_NONE);
	assert_int_equal(judge(dsa()), TLS_KEY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(rsa_is_good_from_1024_to_8192_bits_whatever_it_is_bound_to),
					    TEST(curves_are_good_or_of_tls_1_2_alone_or_none),
					    TEST(edwards_curves_sign_and_their_siblings_and_dsa_do_not) };
	return cmocka_run_group_tests(tests, make_signer, free_signer);
}
