/* SPDX-License-Identifier: Apache-2.0
 * Sun's key protector (SHA-1 keystream) and JCEKS' MD5 with triple DES.
 *
 * Both are weak; they are read because they are in use, and JKS is written because Java programs ask for
 * it. */
#include "container/java/jks_protect.h"

#include "base/memory.h"
#include "base/random.h"
#include "container/encryption.h"
#include "model/reason.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>

#define SUN_PROTECTOR "1.3.6.1.4.1.42.2.17.1.1"
#define JCEKS_PROTECTOR "1.3.6.1.4.1.42.2.19.1"
#define SALT_SIZE 20
#define MD5_SIZE 16

/* One code point and how many bytes it took; a byte that starts no valid sequence stands for itself. */
static uint32_t code_point(struct str s, size_t *ret_n)
{
	const uint8_t *p = (const uint8_t *)s.p;
	size_t n = p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 1;
	uint32_t c = n == 4 ? p[0] & 7U : n == 3 ? p[0] & 15U : n == 2 ? p[0] & 31U : p[0];
	*ret_n = 1;
	if (n > s.n || p[0] >= 0xf5) {
		return p[0];
	}
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			return p[0];
		}
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c > 0x10ffff) {
		return p[0];
	}
	*ret_n = n;
	return c;
}

static void add_unit(struct buf *out, uint32_t unit)
{
	(void)buf_add_char(out, (char)(unit >> 8 & 0xff));
	(void)buf_add_char(out, (char)(unit & 0xff));
}

void jks_protect_password(struct str utf8, struct buf *utf16)
{
	for (size_t n; utf8.n; utf8 = str_skip(utf8, n)) {
		uint32_t c = code_point(utf8, &n);
		if (c > 0xffff) {
			add_unit(utf16, 0xd800 + ((c - 0x10000) >> 10));
			add_unit(utf16, 0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			add_unit(utf16, c);
		}
	}
}

/* Digest of a, then b, then c. */
static void digest(const EVP_MD *md, struct str a, struct str b, struct str c, uint8_t *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) && EVP_DigestUpdate(ctx, a.p, a.n) &&
		  EVP_DigestUpdate(ctx, b.p, b.n) && EVP_DigestUpdate(ctx, c.p, c.n) &&
		  EVP_DigestFinal_ex(ctx, ret, NULL);
	EVP_MD_CTX_free(ctx);
	ASSERT(ok);
}

void jks_protect_digest(struct str utf16_password, struct str store, uint8_t ret[JKS_DIGEST_SIZE])
{
	digest(EVP_sha1(), utf16_password, STR("Mighty Aphrodite"), store, ret);
}

/* The parts of an EncryptedPrivateKeyInfo. */
struct sealed {
	X509_SIG *sig;
	const X509_ALGOR *algorithm;
	struct str bytes;
	char oid[64];
};

static void sealed_fini(struct sealed *s)
{
	X509_SIG_free(s->sig);
}

static enum rc sealed_parse(struct sealed *s, struct str der, struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)der.p;
	const ASN1_OCTET_STRING *octets = NULL;
	s->sig = d2i_X509_SIG(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (!s->sig || p != (const unsigned char *)der.p + der.n) {
		return encryption_damaged(reterr, "a protected key cannot be read");
	}
	X509_SIG_get0(s->sig, &s->algorithm, &octets);
	s->bytes = str_from(ASN1_STRING_get0_data(octets), (size_t)ASN1_STRING_length(octets));
	(void)OBJ_obj2txt(s->oid, sizeof(s->oid), s->algorithm->algorithm, 1);
	return RC_OK;
}

static void note(struct container *c, const char *name)
{
	c->encrypted = true;
	c->legacy = true;
	(void)snprintf(c->encryption, sizeof(c->encryption), "%s", name);
}

enum rc jks_protect_check(struct container *c, struct str sealed_key, struct err *reterr)
{
	AUTO(sealed_fini) struct sealed s = { 0 };
	TRY(sealed_parse(&s, sealed_key, reterr));
	if (strcmp(s.oid, SUN_PROTECTOR) == 0) {
		note(c, "JKS key protector, SHA-1");
		if (s.bytes.n < SALT_SIZE + JKS_DIGEST_SIZE) {
			return encryption_damaged(reterr, "a protected key is too short");
		}
		return RC_OK;
	}
	if (strcmp(s.oid, JCEKS_PROTECTOR) != 0) {
		(void)reason_err(reterr, RC_UNSUPPORTED, REASON_P115, NULL);
		if (reterr) {
			(void)snprintf(reterr->text, sizeof(reterr->text),
				       "A key is protected with %s, which is not supported.", s.oid);
		}
		return RC_UNSUPPORTED;
	}
	PBEPARAM *pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), s.algorithm->parameter);
	ERR_clear_error();
	enum rc rc = RC_OK;
	if (!pbe || ASN1_STRING_length(pbe->salt) != 8 || s.bytes.n == 0 || s.bytes.n % 8 != 0) {
		rc = encryption_unreadable(reterr, sealed_key,
					   "the parameters of a protected key cannot be read");
	} else {
		rc = encryption_check_iterations(c, pbe->iter, reterr);
	}
	PBEPARAM_free(pbe);
	note(c, "PBEWithMD5AndTripleDES");
	return rc;
}

/* XOR with the keystream SHA1(password, salt), SHA1(password, that), ... */
static void apply_keystream(struct str utf16_password, struct str salt, struct str in, struct buf *out)
{
	uint8_t block[JKS_DIGEST_SIZE];
	digest(EVP_sha1(), utf16_password, salt, STR_NONE, block);
	for (size_t i = 0; i < in.n; i++) {
		if (i && i % sizeof(block) == 0) {
			digest(EVP_sha1(), utf16_password, str_from(block, sizeof(block)), STR_NONE, block);
		}
		(void)buf_add_char(out, (char)((uint8_t)in.p[i] ^ block[i % sizeof(block)]));
	}
	mem_wipe(block, sizeof(block));
}

static enum rc open_sun(const struct sealed *s, struct str utf16_password, struct buf *der,
			struct err *reterr)
{
	uint8_t check[JKS_DIGEST_SIZE];
	struct str salt = str_first(s->bytes, SALT_SIZE);
	struct str body = str_first(str_skip(s->bytes, SALT_SIZE), s->bytes.n - SALT_SIZE - JKS_DIGEST_SIZE);
	apply_keystream(utf16_password, salt, body, der);
	if (der->overflow) {
		return encryption_damaged(reterr, "a protected key is too large");
	}
	digest(EVP_sha1(), utf16_password, buf_str(der), STR_NONE, check);
	if (!mem_equal_secret(check, body.p + body.n, sizeof(check))) {
		return RC_DENIED;
	}
	return RC_OK;
}

/* Key and vector of PBEWithMD5AndTripleDES: each half of the salt is digested with the password, count
 * times. */
static void derive_jceks(const uint8_t salt_in[8], uint64_t count, struct str password, uint8_t ret[32])
{
	uint8_t salt[8];
	memcpy(salt, salt_in, sizeof(salt));
	if (memcmp(salt, salt + 4, 4) == 0) {
		/* As in Java, slip included: salt[2] is written where salt[3 - i] was meant. */
		for (size_t i = 0; i < 2; i++) {
			uint8_t kept = salt[i];
			salt[i] = salt[3 - i];
			salt[2] = kept;
		}
	}
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL;
	for (size_t half = 0; half < 2; half++) {
		uint8_t *block = ret + half * MD5_SIZE;
		memcpy(block, salt + half * 4, 4);
		for (uint64_t i = 0; ok && i < count; i++) {
			ok = EVP_DigestInit_ex(ctx, i == 0 && half == 0 ? EVP_md5() : NULL, NULL) &&
			     EVP_DigestUpdate(ctx, block, i == 0 ? 4 : MD5_SIZE) &&
			     EVP_DigestUpdate(ctx, password.p, password.n) &&
			     EVP_DigestFinal_ex(ctx, block, NULL);
		}
	}
	EVP_MD_CTX_free(ctx);
	ASSERT(ok);
}

static bool decrypt_3des(const uint8_t key_and_iv[32], struct str in, struct buf *der)
{
	int n = 0;
	int last = 0;
	unsigned char *room = (unsigned char *)buf_reserve(der, in.n + 8);
	if (!room) {
		return false;
	}
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx &&
		  EVP_DecryptInit_ex(ctx, EVP_des_ede3_cbc(), NULL, key_and_iv, key_and_iv + 24) == 1 &&
		  EVP_DecryptUpdate(ctx, room, &n, (const unsigned char *)in.p, (int)in.n) == 1 &&
		  EVP_DecryptFinal_ex(ctx, room + n, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	if (ok) {
		buf_added(der, (size_t)n + (size_t)last);
	}
	return ok;
}

static enum rc open_jceks(const struct sealed *s, struct str password, struct buf *der)
{
	uint8_t key_and_iv[2 * MD5_SIZE];
	int64_t count = 1;
	AUTO_BUF_SECRET(ascii, CONTAINER_MAX_BYTES);
	for (size_t i = 0; i < password.n; i++) {
		(void)buf_add_char(&ascii, (char)(password.p[i] & 0x7f));
	}
	PBEPARAM *pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), s->algorithm->parameter);
	ASSERT(pbe && ASN1_STRING_length(pbe->salt) == 8); /* jks_protect_check() has seen to it */
	(void)ASN1_INTEGER_get_int64(&count, pbe->iter);
	derive_jceks(ASN1_STRING_get0_data(pbe->salt), (uint64_t)count, buf_str(&ascii), key_and_iv);
	PBEPARAM_free(pbe);
	bool ok = decrypt_3des(key_and_iv, s->bytes, der);
	mem_wipe(key_and_iv, sizeof(key_and_iv));
	return ok ? RC_OK : RC_DENIED;
}

enum rc jks_protect_open(struct str sealed_key, struct str password, struct str utf16_password,
			 struct buf *der, struct err *reterr)
{
	AUTO(sealed_fini) struct sealed s = { 0 };
	TRY(sealed_parse(&s, sealed_key, reterr));
	if (strcmp(s.oid, SUN_PROTECTOR) == 0) {
		return open_sun(&s, utf16_password, der, reterr);
	}
	return open_jceks(&s, password, der);
}

/* Append EncryptedPrivateKeyInfo { { SUN_PROTECTOR, NULL }, OCTET STRING }. */
static enum rc add_sealed(struct str bytes, struct buf *out)
{
	X509_SIG *sig = X509_SIG_new();
	X509_ALGOR *algorithm = NULL;
	ASN1_OCTET_STRING *octets = NULL;
	unsigned char *der = NULL;
	ASSERT(sig);
	X509_SIG_getm(sig, &algorithm, &octets);
	bool ok = X509_ALGOR_set0(algorithm, OBJ_txt2obj(SUN_PROTECTOR, 1), V_ASN1_NULL, NULL) &&
		  ASN1_OCTET_STRING_set(octets, (const unsigned char *)bytes.p, (int)bytes.n);
	int n = ok ? i2d_X509_SIG(sig, &der) : -1;
	ok = n > 0 && buf_add(out, str_from(der, (size_t)n));
	OPENSSL_free(der);
	X509_SIG_free(sig);
	return ok ? RC_OK : RC_LIMIT;
}

enum rc jks_protect_seal(struct str der, struct str utf16_password, struct buf *out)
{
	uint8_t salt[SALT_SIZE];
	uint8_t check[JKS_DIGEST_SIZE];
	AUTO_BUF(sealed, der.n + SALT_SIZE + JKS_DIGEST_SIZE);
	random_fill(salt, sizeof(salt));
	(void)buf_add(&sealed, str_from(salt, sizeof(salt)));
	apply_keystream(utf16_password, str_from(salt, sizeof(salt)), der, &sealed);
	digest(EVP_sha1(), utf16_password, der, STR_NONE, check);
	(void)buf_add(&sealed, str_from(check, sizeof(check)));
	return sealed.overflow ? RC_LIMIT : add_sealed(buf_str(&sealed), out);
}
