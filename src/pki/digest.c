/* SPDX-License-Identifier: Apache-2.0
 * SHA-256 of bytes, and the slow form of it for passwords that people choose. */
#include "pki/digest.h"

#include "base/encoding.h"

#include <openssl/evp.h>

#define ROUNDS 200000

void digest_sha256(struct str bytes, uint8_t out[DIGEST_SHA256_SIZE])
{
	unsigned n = DIGEST_SHA256_SIZE;
	ASSERT(EVP_Digest(bytes.p ? bytes.p : "", bytes.n, out, &n, EVP_sha256(), NULL) == 1);
}

const char *digest_sha256_text(struct str bytes, char out[DIGEST_SHA256_TEXT_SIZE])
{
	uint8_t digest[DIGEST_SHA256_SIZE];
	digest_sha256(bytes, digest);
	hex_format(digest, sizeof(digest), out);
	return out;
}

const char *digest_password(struct str password, struct str salt, char out[DIGEST_SHA256_TEXT_SIZE])
{
	uint8_t digest[DIGEST_SHA256_SIZE];
	const unsigned char *salt_bytes = (const unsigned char *)(salt.p ? salt.p : "");
	ASSERT(PKCS5_PBKDF2_HMAC(password.p ? password.p : "", (int)password.n, salt_bytes, (int)salt.n,
				 ROUNDS, EVP_sha256(), sizeof(digest), digest) == 1);
	hex_format(digest, sizeof(digest), out);
	return out;
}
