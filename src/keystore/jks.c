/* SPDX-License-Identifier: Apache-2.0
 * Java's key stores: big-endian records, a digest over all, keys under Java's own protection. */
#include "keystore/jks.h"

#include "base/memory.h"
#include "base/random.h"
#include "keystore/encryption.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>

#define MAGIC_JKS UINT32_C(0xFEEDFEED)
#define VERSION 2
#define TAG_KEY 1
#define TAG_CERT 2
#define DIGEST_BYTES 20
#define OID_JKS_PROTECTION "1.3.6.1.4.1.42.2.17.1.1"
#define OID_JCEKS_PROTECTION "1.3.6.1.4.1.42.2.19.1"
/* OpenJDK's constant that is hashed between password and contents. */
#define WHITENER "Mighty Aphrodite"
#define MAX_PASSWORD 1024
#define MIN_WRITE_PASSWORD 6

/* Bytes read in order; once one is missing, all that follow are. */
struct reader {
	struct str rest;
	bool failed;
};

static struct str take(struct reader *r, size_t n)
{
	struct str part = str_first(r->rest, n);
	if (r->failed || part.n < n) {
		r->failed = true;
		return STR_NONE;
	}
	r->rest = str_skip(r->rest, n);
	return part;
}

static uint32_t take_number(struct reader *r, size_t bytes)
{
	struct str part = take(r, bytes);
	uint32_t value = 0;
	for (size_t i = 0; i < part.n; i++)
		value = value << 8 | (uint8_t)part.p[i];
	return value;
}

/* A password as Java hashes it: UTF-16, big endian. */
static void add_utf16(struct buf *out, struct str utf8)
{
	for (size_t i = 0; i < utf8.n;) {
		uint8_t b = (uint8_t)utf8.p[i];
		size_t more = b < 0x80 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
		uint32_t code = more == 0 ? b : more == 1 ? b & 0x1f : more == 2 ? b & 0x0f : b & 0x07;
		for (i++; more && i < utf8.n; more--, i++)
			code = code << 6 | ((uint8_t)utf8.p[i] & 0x3f);
		uint32_t units[2] = { code, 0 };
		size_t n = 1;
		if (code > 0xffff) {
			units[0] = 0xd800 + ((code - 0x10000) >> 10 & 0x3ff);
			units[1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
			n = 2;
		}
		for (size_t k = 0; k < n; k++) {
			(void)buf_add_char(out, (char)(units[k] >> 8 & 255));
			(void)buf_add_char(out, (char)(units[k] & 255));
		}
	}
}

static void sha1_of(struct str a, struct str b, struct str c, uint8_t out[DIGEST_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) && EVP_DigestUpdate(ctx, a.p, a.n) &&
		  EVP_DigestUpdate(ctx, b.p, b.n) && EVP_DigestUpdate(ctx, c.p, c.n) &&
		  EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	ASSERT(ok);
}

/* JKS: a key stream of chained digests, from salt and password. */
static void jks_stream(struct str password16, const uint8_t *salt, const char *in, char *out, size_t n)
{
	uint8_t block[DIGEST_BYTES];
	memcpy(block, salt, DIGEST_BYTES);
	for (size_t i = 0; i < n; i++) {
		if (i % DIGEST_BYTES == 0)
			sha1_of(password16, str_from(block, DIGEST_BYTES), STR_NONE, block);
		out[i] = (char)(in[i] ^ (char)block[i % DIGEST_BYTES]);
	}
	mem_wipe(block, sizeof(block));
}

static enum rc open_jks_key(struct str sealed, struct str password16, struct key **ret, struct err *reterr)
{
	uint8_t check[DIGEST_BYTES];
	if (sealed.n < (size_t)2 * DIGEST_BYTES || sealed.n > KEY_MAX_BYTES)
		return encryption_damaged(reterr, "a private key is too short or too long");
	size_t n = sealed.n - (size_t)2 * DIGEST_BYTES;
	AUTO_BUF_SECRET(plain, KEY_MAX_BYTES);
	char *room = buf_reserve(&plain, n);
	ASSERT(room);
	jks_stream(password16, (const uint8_t *)sealed.p, sealed.p + DIGEST_BYTES, room, n);
	buf_added(&plain, n);
	sha1_of(password16, buf_str(&plain), STR_NONE, check);
	if (!mem_equal_secret(check, sealed.p + DIGEST_BYTES + n, DIGEST_BYTES))
		return encryption_wrong_password(true, reterr);
	return key_new_der(ret, buf_str(&plain), NULL) == RC_OK
		       ? RC_OK
		       : encryption_damaged(reterr, "its private key cannot be read");
}

/* JCEKS: MD5 rounds over each half of the salt give key and vector for triple DES. */
static void jceks_derive(struct str password, const uint8_t salt_in[8], uint32_t rounds, uint8_t out[32])
{
	uint8_t salt[8];
	memcpy(salt, salt_in, sizeof(salt));
	if (memcmp(salt, salt + 4, 4) == 0) {
		/* OpenJDK turns the first half around when both are alike, and does it in its own way. */
		for (int i = 0; i < 2; i++) {
			uint8_t swap = salt[i];
			salt[i] = salt[3 - i];
			salt[3 - 1] = swap;
		}
	}
	for (size_t half = 0; half < 2; half++) {
		uint8_t hash[16];
		memcpy(hash, salt + half * 4, 4);
		size_t n = 4;
		for (uint32_t i = 0; i < rounds; i++) {
			EVP_MD_CTX *ctx = EVP_MD_CTX_new();
			bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) &&
				  EVP_DigestUpdate(ctx, hash, n) &&
				  EVP_DigestUpdate(ctx, password.p, password.n) &&
				  EVP_DigestFinal_ex(ctx, hash, NULL);
			EVP_MD_CTX_free(ctx);
			ASSERT(ok);
			n = sizeof(hash);
		}
		memcpy(out + half * 16, hash, sizeof(hash));
		mem_wipe(hash, sizeof(hash));
	}
}

static enum rc open_jceks_key(const X509_ALGOR *algorithm, struct str sealed, struct str password,
			      struct key **ret, struct err *reterr)
{
	uint8_t material[32];
	int n = 0;
	int last = 0;
	PBEPARAM *pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
	if (!pbe || ASN1_STRING_length(pbe->salt) != 8 || sealed.n > KEY_MAX_BYTES) {
		PBEPARAM_free(pbe);
		return encryption_damaged(reterr, "the parameters of its encryption cannot be read");
	}
	enum rc rc = encryption_check_iterations(pbe->iter, reterr);
	if (rc == RC_OK)
		jceks_derive(password, ASN1_STRING_get0_data(pbe->salt),
			     (uint32_t)ASN1_INTEGER_get(pbe->iter), material);
	PBEPARAM_free(pbe);
	TRY(rc);
	AUTO_BUF_SECRET(plain, KEY_MAX_BYTES + 64);
	uint8_t *room = (uint8_t *)buf_reserve(&plain, sealed.n + 16);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = room && ctx && EVP_DecryptInit_ex(ctx, EVP_des_ede3_cbc(), NULL, material, material + 24) &&
		  EVP_DecryptUpdate(ctx, room, &n, (const uint8_t *)sealed.p, (int)sealed.n) &&
		  EVP_DecryptFinal_ex(ctx, room + n, &last);
	EVP_CIPHER_CTX_free(ctx);
	mem_wipe(material, sizeof(material));
	ERR_clear_error();
	if (!ok)
		return encryption_wrong_password(true, reterr);
	buf_added(&plain, (size_t)(n + last));
	return key_new_der(ret, buf_str(&plain), NULL) == RC_OK ? RC_OK
								: encryption_wrong_password(true, reterr);
}

static enum rc open_key(struct container *c, struct str der, struct str password, struct key **ret,
			struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)der.p;
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OCTET_STRING *octets = NULL;
	char oid[80];
	AUTO_BUF_SECRET(password16, (size_t)2 * MAX_PASSWORD);
	X509_SIG *sig = d2i_X509_SIG(NULL, &p, (long)der.n);
	if (!sig)
		return encryption_damaged(reterr, "a private key's wrapping cannot be read");
	X509_SIG_get0(sig, &algorithm, &octets);
	(void)OBJ_obj2txt(oid, sizeof(oid), algorithm->algorithm, 1);
	struct str sealed = str_from(ASN1_STRING_get0_data(octets), (size_t)ASN1_STRING_length(octets));
	enum rc rc;
	c->encrypted = true;
	if (!password.p) {
		rc = encryption_wrong_password(false, reterr);
	} else if (strcmp(oid, OID_JKS_PROTECTION) == 0) {
		(void)snprintf(c->encryption, sizeof(c->encryption), "Java key protection (SHA-1)");
		add_utf16(&password16, password);
		rc = open_jks_key(sealed, buf_str(&password16), ret, reterr);
	} else if (strcmp(oid, OID_JCEKS_PROTECTION) == 0) {
		(void)snprintf(c->encryption, sizeof(c->encryption), "PBEWithMD5AndTripleDES");
		rc = open_jceks_key(algorithm, sealed, password, ret, reterr);
	} else {
		rc = encryption_check(c, algorithm, reterr);
		if (rc == RC_OK)
			rc = encryption_open_key(c, sig, password, false, ret, reterr);
	}
	X509_SIG_free(sig);
	ERR_clear_error();
	return rc;
}

static enum rc read_cert(struct reader *r, struct cert_list *chain, struct err *reterr)
{
	struct cert *c = NULL;
	struct str type = take(r, take_number(r, 2));
	struct str der = take(r, take_number(r, 4));
	if (r->failed)
		return encryption_damaged(reterr, "it ends too early");
	if (!str_is(type, "X.509") || cert_new_der(&c, der, NULL) != RC_OK)
		return encryption_damaged(reterr, "a certificate in it cannot be read");
	cert_list_add(chain, c);
	cert_free(c);
	return RC_OK;
}

static enum rc read_entry(struct container *c, struct reader *r, struct str password, struct err *reterr)
{
	uint32_t tag = take_number(r, 4);
	struct str name = take(r, take_number(r, 2));
	(void)take(r, 8);
	if (r->failed)
		return encryption_damaged(reterr, "it ends too early");
	if (tag != TAG_KEY && tag != TAG_CERT) {
		(void)err_set(reterr, RC_UNSUPPORTED,
			      "The key store holds a secret key, which is not supported.");
		(void)err_reason(reterr, "P115");
		return RC_UNSUPPORTED;
	}
	AUTO_FREE char *alias = str_dup(name);
	struct container_entry *entry = container_add(c, alias);
	uint32_t certs = 1;
	if (tag == TAG_KEY) {
		struct str sealed = take(r, take_number(r, 4));
		certs = take_number(r, 4);
		if (r->failed || certs > CONTAINER_MAX_CHAIN)
			return encryption_damaged(reterr, "it ends too early, or a chain in it is too long");
		TRY(open_key(c, sealed, password, &entry->key, reterr));
	}
	for (uint32_t i = 0; i < certs; i++)
		TRY(read_cert(r, &entry->chain, reterr));
	return RC_OK;
}

static enum rc check_digest(struct str bytes, struct str password, struct err *reterr)
{
	uint8_t digest[DIGEST_BYTES];
	AUTO_BUF_SECRET(password16, (size_t)2 * MAX_PASSWORD);
	if (!password.p)
		return RC_OK; /* as Java does: without a password certificates are read unchecked */
	add_utf16(&password16, password);
	struct str contents = str_first(bytes, bytes.n - DIGEST_BYTES);
	sha1_of(buf_str(&password16), STR(WHITENER), contents, digest);
	return mem_equal_secret(digest, bytes.p + contents.n, DIGEST_BYTES)
		       ? RC_OK
		       : encryption_wrong_password(true, reterr);
}

enum rc jks_open(struct container *c, struct str bytes, struct str password, struct err *reterr)
{
	if (bytes.n < 12 + DIGEST_BYTES || password.n > MAX_PASSWORD)
		return encryption_damaged(reterr, "it ends too early");
	struct reader r = { .rest = str_first(bytes, bytes.n - DIGEST_BYTES) };
	(void)take(&r, 4);
	uint32_t version = take_number(&r, 4);
	uint32_t count = take_number(&r, 4);
	if (version != VERSION || count > CONTAINER_MAX_ENTRIES)
		return encryption_damaged(reterr, "its version or number of entries is out of bounds");
	c->legacy = c->kind == CONTAINER_JCEKS;
	TRY(check_digest(bytes, password, reterr));
	for (uint32_t i = 0; i < count; i++)
		TRY(read_entry(c, &r, password, reterr));
	return r.rest.n == 0 ? RC_OK : encryption_damaged(reterr, "bytes follow its last entry");
}

static void add_number(struct buf *out, uint64_t value, size_t bytes)
{
	for (size_t i = bytes; i-- > 0;)
		(void)buf_add_char(out, (char)(value >> (8 * i) & 255));
}

static void add_text(struct buf *out, const char *text)
{
	add_number(out, strlen(text), 2);
	(void)buf_add_c(out, text);
}

static void add_cert(struct buf *out, const struct cert *c)
{
	add_text(out, "X.509");
	add_number(out, cert_der(c).n, 4);
	(void)buf_add(out, cert_der(c));
}

static enum rc add_key(struct buf *out, const struct key *k, struct str password16)
{
	uint8_t salt[DIGEST_BYTES];
	uint8_t check[DIGEST_BYTES];
	AUTO_BUF_SECRET(plain, KEY_MAX_BYTES);
	AUTO_BUF(sealed, KEY_MAX_BYTES + 64);
	TRY(key_format_pkcs8(k, &plain));
	random_fill(salt, sizeof(salt));
	(void)buf_add(&sealed, str_from(salt, sizeof(salt)));
	char *room = buf_reserve(&sealed, plain.n);
	ASSERT(room);
	jks_stream(password16, salt, plain.p, room, plain.n);
	buf_added(&sealed, plain.n);
	sha1_of(password16, buf_str(&plain), STR_NONE, check);
	(void)buf_add(&sealed, str_from(check, sizeof(check)));
	X509_SIG *sig = X509_SIG_new();
	X509_ALGOR *algorithm = NULL;
	ASN1_OCTET_STRING *octets = NULL;
	unsigned char *der = NULL;
	X509_SIG_getm(sig, &algorithm, &octets);
	bool ok = X509_ALGOR_set0(algorithm, OBJ_txt2obj(OID_JKS_PROTECTION, 1), V_ASN1_NULL, NULL) &&
		  ASN1_OCTET_STRING_set(octets, (const unsigned char *)sealed.p, (int)sealed.n);
	int n = ok ? i2d_X509_SIG(sig, &der) : -1;
	if (n > 0) {
		add_number(out, (uint64_t)n, 4);
		(void)buf_add(out, str_from(der, (size_t)n));
	}
	OPENSSL_free(der);
	X509_SIG_free(sig);
	return n > 0 ? RC_OK : RC_BUG;
}

static enum rc add_entry(struct buf *out, const struct container_entry *e, const char *alias,
			 struct str password16)
{
	/* The entry's date is the certificate's: so the same input gives a store with the same dates. */
	int64_t ms = e->chain.n ? cert_not_before(e->chain.items[0]).us / US_PER_MS : 0;
	add_number(out, e->key ? TAG_KEY : TAG_CERT, 4);
	add_text(out, alias);
	add_number(out, (uint64_t)ms, 8);
	if (e->key) {
		TRY(add_key(out, e->key, password16));
		add_number(out, e->chain.n, 4);
	}
	for (size_t i = 0; i < e->chain.n && (e->key || i == 0); i++)
		add_cert(out, e->chain.items[i]);
	return RC_OK;
}

enum rc jks_write(const struct container *c, struct str password, struct buf *out, struct err *reterr)
{
	uint8_t digest[DIGEST_BYTES];
	size_t from = out->n;
	AUTO_BUF_SECRET(password16, (size_t)2 * MAX_PASSWORD);
	if (password.n < MIN_WRITE_PASSWORD || password.n > MAX_PASSWORD)
		return err_set(reterr, RC_INVALID, "A JKS file needs a password of at least %d characters.",
			       MIN_WRITE_PASSWORD);
	add_utf16(&password16, password);
	add_number(out, MAGIC_JKS, 4);
	add_number(out, VERSION, 4);
	add_number(out, c->n, 4);
	for (size_t i = 0; i < c->n; i++) {
		AUTO_FREE char *made = mem_printf("%zu", i + 1);
		/* Java compares aliases without regard to case and stores them in lower case. */
		const char *alias = c->entries[i].alias ? c->entries[i].alias : made;
		TRY(add_entry(out, &c->entries[i], alias, buf_str(&password16)));
	}
	sha1_of(buf_str(&password16), STR(WHITENER), str_skip(buf_str(out), from), digest);
	(void)buf_add(out, str_from(digest, sizeof(digest)));
	return out->overflow ? err_set(reterr, RC_LIMIT, "The JKS file would be too large.") : RC_OK;
}
