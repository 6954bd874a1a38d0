/* SPDX-License-Identifier: Apache-2.0
 * Sealing and opening. */
#include "seal/seal.h"

#include "base/memory.h"
#include "base/random.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#define FORMAT 1
#define NONCE_BYTES 12
#define TAG_BYTES 16

static bool encrypt(EVP_CIPHER_CTX *ctx, const struct seal_key *key, const uint8_t *nonce, struct str plain,
		    struct str associated, uint8_t *out, uint8_t *tag)
{
	int n = 0;
	return EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->b, nonce) &&
	       EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)associated.p, (int)associated.n) &&
	       EVP_EncryptUpdate(ctx, out, &n, (const uint8_t *)plain.p, (int)plain.n) &&
	       EVP_EncryptFinal_ex(ctx, out + n, &n) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag);
}

enum rc seal_close(const struct seal_key *key, struct str plain, struct str associated, struct buf *out)
{
	uint8_t *room = (uint8_t *)buf_reserve(out, plain.n + SEAL_OVERHEAD);
	if (!room || plain.n > INT32_MAX / 2) {
		return RC_LIMIT;
	}
	room[0] = FORMAT;
	random_fill(room + 1, NONCE_BYTES);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *text = room + 1 + NONCE_BYTES;
	/* A NULL text would be taken for associated data. */
	struct str whole = plain.n ? plain : STR("");
	bool ok = ctx && encrypt(ctx, key, room + 1, whole, associated, text, text + plain.n);
	EVP_CIPHER_CTX_free(ctx);
	ASSERT(ok);
	buf_added(out, plain.n + SEAL_OVERHEAD);
	return RC_OK;
}

static bool decrypt(EVP_CIPHER_CTX *ctx, const struct seal_key *key, const uint8_t *nonce, struct str text,
		    struct str associated, uint8_t *tag, uint8_t *out)
{
	int n = 0;
	return EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->b, nonce) &&
	       EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)associated.p, (int)associated.n) &&
	       EVP_DecryptUpdate(ctx, out, &n, (const uint8_t *)text.p, (int)text.n) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) &&
	       EVP_DecryptFinal_ex(ctx, out + n, &n) > 0;
}

enum rc seal_open(const struct seal_key *key, struct str sealed, struct str associated, struct buf *out,
		  struct err *reterr)
{
	if (sealed.n < SEAL_OVERHEAD || sealed.n > INT32_MAX / 2 || sealed.p[0] != FORMAT) {
		return err_set(reterr, RC_DENIED, "The sealed data is damaged.");
	}
	struct str text = { sealed.p + 1 + NONCE_BYTES, sealed.n - SEAL_OVERHEAD };
	uint8_t tag[TAG_BYTES];
	memcpy(tag, text.p + text.n, TAG_BYTES);
	uint8_t *room = (uint8_t *)buf_reserve(out, text.n);
	if (!room) {
		return err_set(reterr, RC_LIMIT, "The sealed data is too long.");
	}
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx && decrypt(ctx, key, (const uint8_t *)sealed.p + 1, text, associated, tag, room);
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	if (!ok) {
		mem_wipe(room, text.n);
		return err_set(
			reterr, RC_DENIED,
			"The sealed data does not open: another master key, another place, or altered.");
	}
	buf_added(out, text.n);
	return RC_OK;
}

void seal_derive(const struct seal_key *master, const char *label, struct seal_key *ret)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	char digest[] = "SHA256";
	void *key = (void *)(uintptr_t)master->b; /* lint: libcrypto only reads them */
	void *info = (void *)(uintptr_t)label;    /* lint: the same */
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key, SEAL_KEY_BYTES),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(label)),
		OSSL_PARAM_construct_end(),
	};
	bool ok = ctx && EVP_KDF_derive(ctx, ret->b, SEAL_KEY_BYTES, params) > 0;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	ASSERT(ok);
}
