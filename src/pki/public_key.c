/* SPDX-License-Identifier: Apache-2.0
 * Tells what a public key is, and whether it is strong enough. */
#include "pki/public_key.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <stdio.h>

void public_key_describe(const EVP_PKEY *key, char *out, size_t size)
{
	int kind = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	char group[64] = "";
	if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS || kind == EVP_PKEY_DSA) {
		(void)snprintf(out, size, "%s %d", kind == EVP_PKEY_DSA ? "DSA" : "RSA",
			       EVP_PKEY_get_bits(key));
	} else if (kind == EVP_PKEY_EC) {
		size_t n = 0;
		if (!EVP_PKEY_get_group_name(key, group, sizeof(group), &n)) {
			(void)snprintf(group, sizeof(group), "%d", EVP_PKEY_get_bits(key));
		}
		const char *nist = EC_curve_nid2nist(OBJ_txt2nid(group));
		(void)snprintf(out, size, "EC %s", nist ? nist : group);
	} else {
		const char *name = key ? EVP_PKEY_get0_type_name(key) : NULL;
		(void)snprintf(out, size, "%s", name ? name : "unknown");
	}
}

bool public_key_is_strong(const EVP_PKEY *key)
{
	int kind = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS) {
		return EVP_PKEY_get_bits(key) >= 2048;
	}
	return (kind == EVP_PKEY_EC && EVP_PKEY_get_bits(key) >= 224) || kind == EVP_PKEY_ED25519 ||
	       kind == EVP_PKEY_ED448;
}
