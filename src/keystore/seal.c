/* SPDX-License-Identifier: Apache-2.0
 * AES-256-GCM and HKDF by OpenSSL. */
#include "keystore/seal.h"

#include "base/memory.h"
#include "base/random.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define FORMAT 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define HEAD_SIZE (1 + NONCE_SIZE)

static const unsigned char *bytes(const void *p)
{
	return (const unsigned char *)p;
}

/* EVP wants a pointer even where there is nothing. */
static bool update(EVP_CIPHER_CTX *ctx, unsigned char *out, struct str in)
{
	int n = 0;
	return in.n == 0 || EVP_CipherUpdate(ctx, out, &n, bytes(in.p), (int)in.n) == 1;
}

enum rc seal_close(const struct seal_key *key, struct str plain, struct str associated, struct buf *out)
{
	if (plain.n > SEAL_MAX_BYTES || associated.n > SEAL_MAX_BYTES)
		return RC_LIMIT;
	unsigned char *room = (unsigned char *)buf_reserve(out, plain.n + SEAL_OVERHEAD);
	if (!room)
		return RC_LIMIT;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	room[0] = FORMAT;
	random_fill(room + 1, NONCE_SIZE);
	bool ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->b, room + 1) == 1 &&
		  update(ctx, NULL, associated) && update(ctx, room + HEAD_SIZE, plain) &&
		  EVP_EncryptFinal_ex(ctx, room + HEAD_SIZE + plain.n, &n) == 1 &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, room + HEAD_SIZE + plain.n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ASSERT(ok);
	buf_added(out, plain.n + SEAL_OVERHEAD);
	return RC_OK;
}

static bool decrypt(const struct seal_key *key, struct str sealed, struct str associated, unsigned char *room)
{
	unsigned char tag[TAG_SIZE];
	int n = 0;
	struct str body = str_first(str_skip(sealed, HEAD_SIZE), sealed.n - SEAL_OVERHEAD);
	memcpy(tag, sealed.p + sealed.n - TAG_SIZE, TAG_SIZE);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->b, bytes(sealed.p) + 1) == 1 &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
		  update(ctx, NULL, associated) && update(ctx, room, body) &&
		  EVP_DecryptFinal_ex(ctx, room + body.n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

enum rc seal_open(const struct seal_key *key, struct str sealed, struct str associated, struct buf *out,
		  struct err *reterr)
{
	if (sealed.n > SEAL_MAX_BYTES + SEAL_OVERHEAD || associated.n > SEAL_MAX_BYTES)
		return err_set(reterr, RC_LIMIT, "The sealed secret is too large.");
	if (sealed.n < SEAL_OVERHEAD || sealed.p[0] != FORMAT)
		return err_set(reterr, RC_DENIED, "This is no sealed secret.");
	size_t n = sealed.n - SEAL_OVERHEAD;
	unsigned char *room = (unsigned char *)buf_reserve(out, n + 1);
	if (!room)
		return err_set(reterr, RC_LIMIT, "The sealed secret is too large.");
	if (!decrypt(key, sealed, associated, room)) {
		mem_wipe(room, n);
		return err_set(reterr, RC_DENIED, "The secret is sealed with another key, or altered.");
	}
	buf_added(out, n);
	return RC_OK;
}

void seal_derive(const struct seal_key *master, const char *label, struct seal_key *ret)
{
	char digest[] = "SHA256";
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	struct seal_key in = *master;
	AUTO_FREE char *info = mem_strdup(label);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, in.b, sizeof(in.b)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(info)),
		OSSL_PARAM_construct_end(),
	};
	bool ok = ctx && EVP_KDF_derive(ctx, ret->b, sizeof(ret->b), params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	seal_key_wipe(&in);
	ASSERT(ok);
}

void seal_key_wipe(struct seal_key *key)
{
	mem_wipe(key->b, sizeof(key->b));
}
