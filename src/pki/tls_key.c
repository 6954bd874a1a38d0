/* SPDX-License-Identifier: Apache-2.0
 * Which keys a client certificate can have in TLS. */
#include "pki/tls_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(name, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* A curve that is written out instead of named has no number in TLS. = RFC 8422 §5.4 */
static bool is_named(const EVP_PKEY *key)
{
	char encoding[32];
	return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof(encoding),
					      NULL) == 1 &&
	       strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0;
}

static enum tls_key judge_curve(const EVP_PKEY *key)
{
	static const char *const good[] = { "prime256v1", "secp384r1", "secp521r1" };
	static const char *const old[] = { "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
					   "secp256k1", "secp224r1" };
	char name[64];
	if (!is_named(key) || EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1) {
		return TLS_KEY_NONE;
	}
	if (is_one_of(name, good, ARRAY_SIZE(good))) {
		return TLS_KEY_GOOD;
	}
	return is_one_of(name, old, ARRAY_SIZE(old)) ? TLS_KEY_OLD : TLS_KEY_NONE;
}

enum tls_key tls_key_judge(const struct cert *c)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert_x509(c));
	int kind = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	int bits = key ? EVP_PKEY_get_bits(key) : 0;
	switch (kind) {
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448: return TLS_KEY_GOOD;
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return bits >= TLS_KEY_RSA_MIN && bits <= TLS_KEY_RSA_MAX ? TLS_KEY_GOOD : TLS_KEY_NONE;
	case EVP_PKEY_EC: return judge_curve(key);
	default: return TLS_KEY_NONE;
	}
}
