/* SPDX-License-Identifier: Apache-2.0
 * Signing and verifying tokens with a closed list of one algorithm. */
#include "pki/jws.h"

#include "base/encoding.h"
#include "base/memory.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

struct jws_key {
	EVP_PKEY *evp;
	char *kid;
};

enum rc jws_key_new(struct jws_key **ret, const char *kid, struct str spki_der, struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)spki_der.p;
	EVP_PKEY *evp = d2i_PUBKEY(NULL, &p, (long)spki_der.n);
	ERR_clear_error();
	if (!evp || EVP_PKEY_get_base_id(evp) != EVP_PKEY_RSA || EVP_PKEY_get_bits(evp) < 2048) {
		EVP_PKEY_free(evp);
		return err_set(reterr, RC_INVALID, "The token key is no RSA key of at least 2048 bit.");
	}
	struct jws_key *k = mem_alloc(sizeof(*k));
	k->evp = evp;
	k->kid = mem_strdup(kid);
	*ret = k;
	return RC_OK;
}

void jws_key_free(struct jws_key *k)
{
	if (!k) {
		return;
	}
	EVP_PKEY_free(k->evp);
	mem_free(k->kid);
	mem_free(k);
}

static void set_number(struct value *v, const char *name, const EVP_PKEY *evp, const char *param)
{
	BIGNUM *n = NULL;
	uint8_t bytes[1024];
	AUTO_BUF(text, 2048);
	if (EVP_PKEY_get_bn_param(evp, param, &n) && BN_num_bytes(n) <= (int)sizeof(bytes)) {
		(void)base64url_encode(&text, str_from(bytes, (size_t)BN_bn2bin(n, bytes)));
	}
	value_set_c(v, name, buf_c(&text));
	BN_free(n);
}

struct value *jws_key_to_value(const struct jws_key *k)
{
	struct value *v = value_object();
	value_set_c(v, "kty", "RSA");
	value_set_c(v, "use", "sig");
	value_set_c(v, "alg", "RS256");
	value_set_c(v, "kid", k->kid);
	set_number(v, "n", k->evp, OSSL_PKEY_PARAM_RSA_N);
	set_number(v, "e", k->evp, OSSL_PKEY_PARAM_RSA_E);
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	if (bio && PEM_write_bio_PUBKEY(bio, k->evp)) {
		long n = BIO_get_mem_data(bio, &data);
		value_set_str(v, "value", str_from(data, (size_t)n));
	}
	BIO_free(bio);
	return v;
}

static bool add_part(struct buf *out, const struct value *v)
{
	AUTO_BUF(json, JWS_MAX_BYTES);
	return value_format(v, &json) == RC_OK && base64url_encode(out, buf_str(&json));
}

enum rc jws_sign(const struct key *k, const char *kid, const char *jku, const struct value *payload,
		 struct buf *out, struct err *reterr)
{
	AUTO_VALUE *header = value_object();
	size_t from = out->n;
	unsigned char signature[1024];
	size_t n = sizeof(signature);
	if (!key_is_rsa(k)) {
		return err_set(reterr, RC_INVALID, "Tokens are signed with an RSA key.");
	}
	value_set_c(header, "alg", "RS256");
	value_set_c(header, "typ", "JWT");
	value_set_c(header, "kid", kid);
	if (jku) {
		value_set_c(header, "jku", jku);
	}
	if (!add_part(out, header) || !buf_add_char(out, '.') || !add_part(out, payload)) {
		return err_set(reterr, RC_LIMIT, "The token is too long.");
	}
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok =
		ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key_evp(k)) == 1 &&
		EVP_DigestSign(ctx, signature, &n, (const unsigned char *)out->p + from, out->n - from) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (!ok) {
		return err_set(reterr, RC_BUG, "The token cannot be signed.");
	}
	return buf_add_char(out, '.') && base64url_encode(out, str_from(signature, n))
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "The token is too long.");
}

static enum rc parse_part(struct str part, struct value **ret)
{
	AUTO_BUF(json, JWS_MAX_BYTES);
	TRY(base64_decode(&json, part, false));
	return value_parse(ret, buf_str(&json), JWS_MAX_BYTES, NULL);
}

static const struct jws_key *find_key(const struct value *header, struct jws_key *const *keys, size_t n_keys)
{
	struct str kid = value_get_str(header, "kid");
	for (size_t i = 0; kid.p && i < n_keys; i++) {
		if (str_is(kid, keys[i]->kid)) {
			return keys[i];
		}
	}
	return NULL;
}

static bool signature_holds(const struct jws_key *k, struct str signed_text, struct str signature)
{
	AUTO_BUF(bytes, 1024);
	if (base64_decode(&bytes, signature, false) != RC_OK) {
		return false;
	}
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, k->evp) == 1 &&
		  EVP_DigestVerify(ctx, (const unsigned char *)buf_c(&bytes), bytes.n,
				   (const unsigned char *)signed_text.p, signed_text.n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

enum rc jws_verify(struct str token, struct jws_key *const *keys, size_t n_keys, struct value **ret_payload,
		   struct err *reterr)
{
	AUTO_VALUE *header = NULL;
	AUTO_VALUE *payload = NULL;
	if (token.n > JWS_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The token is longer than %zu bytes.", JWS_MAX_BYTES);
	}
	size_t first = str_find(token, '.');
	size_t second = first + 1 + str_find(str_skip(token, first + 1), '.');
	struct str signature = str_skip(token, second + 1);
	if (first >= token.n || second >= token.n || signature.n == 0 ||
	    str_find(signature, '.') != signature.n ||
	    parse_part(str_first(token, first), &header) != RC_OK) {
		return err_set(reterr, RC_DENIED, "The token is malformed.");
	}
	if (!str_is(value_get_str(header, "alg"), "RS256") || value_get(header, "crit")) {
		return err_set(reterr, RC_DENIED, "The token's algorithm is not RS256.");
	}
	const struct jws_key *k = find_key(header, keys, n_keys);
	if (!k) {
		return err_set(reterr, RC_DENIED, "The token was signed with a key that is not known here.");
	}
	if (!signature_holds(k, str_first(token, second), signature)) {
		return err_set(reterr, RC_DENIED, "The token's signature does not hold.");
	}
	if (parse_part((struct str){ token.p + first + 1, second - first - 1 }, &payload) != RC_OK ||
	    !value_is_object(payload)) {
		return err_set(reterr, RC_DENIED, "The token's claims cannot be read.");
	}
	*ret_payload = TAKE(payload);
	return RC_OK;
}
