/* SPDX-License-Identifier: Apache-2.0
 * Reading PKCS#12: every iteration count is checked before the first key is derived. */
#include "keystore/pkcs12.h"

#include "base/memory.h"
#include "keystore/assembly.h"
#include "keystore/encryption.h"
#include "model/reason.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>

#define MAX_DEPTH 4
#define MAX_SAFES 50

/* Java marks its trusted certificates with this attribute of a bag. */
#define ALIAS_MAX ((size_t)64 * 1024) /* [bytes]; what is longer is cut */
#define TRUSTED_KEY_USAGE "2.16.840.1.113894.746875.1.1"

struct reading {
	struct container *c;
	struct assembly parts;
	const char *password; /* as OpenSSL takes it: NULL or text */
	int password_n;
	bool password_is_right;
	struct str given;
};

bool pkcs12_looks_like(struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	long n = 0;
	int tag = 0;
	int class = 0;
	int form = ASN1_get_object(&p, &n, &tag, &class, (long)bytes.n);
	ERR_clear_error();
	/* A truncated file fails the length check (0x80), yet it is still told for what it is. */
	size_t head = (size_t)((const char *)p - bytes.p);
	return tag == V_ASN1_SEQUENCE && (form & V_ASN1_CONSTRUCTED) && bytes.n >= head + 4 &&
	       memcmp(bytes.p + head, "\x02\x01\x03\x30", 4) == 0;
}

static enum rc check_mac(struct container *c, const PKCS12 *p12, struct err *reterr)
{
	const ASN1_INTEGER *count = NULL;
	const X509_ALGOR *algorithm = NULL;
	char name[80];
	PKCS12_get0_mac(NULL, &algorithm, NULL, &count, p12);
	if (!algorithm)
		return RC_OK;
	TRY(encryption_check_iterations(c, count, reterr));
	if (encryption_has_digest(OBJ_obj2nid(algorithm->algorithm)))
		return RC_OK;
	(void)OBJ_obj2txt(name, sizeof(name), algorithm->algorithm, 0);
	return encryption_unsupported(reterr, name);
}

/* Try the password as given; a file without one may have been made with an empty or an absent password. */
static enum rc choose_password(struct reading *r, PKCS12 *p12, struct err *reterr)
{
	struct str given = r->given;
	r->password = given.p;
	r->password_n = given.p ? (int)given.n : 0;
	if (!PKCS12_mac_present(p12))
		return RC_OK;
	if (given.p && given.n && PKCS12_verify_mac(p12, given.p, (int)given.n)) {
		r->password_is_right = true;
	} else if (given.n == 0 && PKCS12_verify_mac(p12, NULL, 0)) {
		r->password = NULL;
		r->password_is_right = true;
	} else if (given.n == 0 && PKCS12_verify_mac(p12, "", 0)) {
		r->password = "";
		r->password_is_right = true;
	}
	return r->password_is_right ? RC_OK : encryption_wrong_password(given.p != NULL, reterr);
}

static void add_utf8(struct buf *out, uint32_t c)
{
	char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(n == 1 ? c : n == 2 ? 0xc0 | c : n == 3 ? 0xe0 | c : 0xf0 | c);
	(void)buf_add(out, str_from(bytes, n));
}

/* A friendlyName is UTF-16 in the order of the network. Not PKCS12_get_friendlyname(): that of OpenSSL 3.0.19 loses what is
 * beyond ASCII. Half a surrogate pair becomes U+FFFD. */
static void bmp_to_utf8(struct str bmp, struct buf *out)
{
	const uint8_t *p = (const uint8_t *)bmp.p;
	for (size_t i = 0; i + 1 < bmp.n; i += 2) {
		uint32_t c = (uint32_t)p[i] << 8 | p[i + 1];
		uint32_t low = i + 3 < bmp.n ? (uint32_t)p[i + 2] << 8 | p[i + 3] : 0;
		if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		}
		if (c == 0)
			break;
		add_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	}
}

static char *bag_alias(const PKCS12_SAFEBAG *bag)
{
	AUTO_BUF(alias, ALIAS_MAX);
	const ASN1_TYPE *name = PKCS12_SAFEBAG_get0_attr(bag, NID_friendlyName);
	if (!name || name->type != V_ASN1_BMPSTRING)
		return NULL;
	bmp_to_utf8(str_from((const char *)ASN1_STRING_get0_data(name->value.bmpstring),
			     (size_t)ASN1_STRING_length(name->value.bmpstring)),
		    &alias);
	return alias.n ? buf_take(&alias) : NULL;
}

static bool bag_is_trusted(const PKCS12_SAFEBAG *bag)
{
	const STACK_OF(X509_ATTRIBUTE) *attributes = PKCS12_SAFEBAG_get0_attrs(bag);
	for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
		char oid[80];
		(void)OBJ_obj2txt(oid, sizeof(oid),
				  X509_ATTRIBUTE_get0_object(sk_X509_ATTRIBUTE_value(attributes, i)), 1);
		if (strcmp(oid, TRUSTED_KEY_USAGE) == 0)
			return true;
	}
	return false;
}

static enum rc add_cert_bag(struct reading *r, const PKCS12_SAFEBAG *bag, struct err *reterr)
{
	unsigned char *der = NULL;
	struct cert *c = NULL;
	X509 *x = PKCS12_SAFEBAG_get1_cert(bag);
	int n = x ? i2d_X509(x, &der) : -1;
	enum rc rc = n > 0 ? cert_new_der(&c, str_from(der, (size_t)n), NULL) : RC_INVALID;
	X509_free(x);
	OPENSSL_free(der);
	if (rc != RC_OK)
		return encryption_damaged(reterr, "a certificate in it cannot be read");
	AUTO_FREE char *alias = bag_alias(bag);
	return assembly_add_cert(&r->parts, c, alias, bag_is_trusted(bag), reterr);
}

static enum rc add_key_bag(struct reading *r, const PKCS12_SAFEBAG *bag, struct err *reterr)
{
	struct key *key = NULL;
	AUTO_FREE char *alias = bag_alias(bag);
	if (PKCS12_SAFEBAG_get_nid(bag) == NID_keyBag) {
		unsigned char *der = NULL;
		int n = i2d_PKCS8_PRIV_KEY_INFO(PKCS12_SAFEBAG_get0_p8inf(bag), &der);
		enum rc rc = n > 0 ? key_new_der(&key, str_from(der, (size_t)n), NULL) : RC_INVALID;
		if (n > 0)
			OPENSSL_clear_free(der, (size_t)n);
		if (rc != RC_OK)
			return encryption_damaged(reterr, "its private key cannot be read");
	} else {
		TRY(encryption_open_key(r->c, PKCS12_SAFEBAG_get0_pkcs8(bag), r->password, r->password_n,
					r->password_is_right, &key, reterr));
	}
	return assembly_add_key(&r->parts, key, alias, reterr);
}

static enum rc add_bags(struct reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
			struct err *reterr)
{
	if (depth > MAX_DEPTH || sk_PKCS12_SAFEBAG_num(bags) > CONTAINER_MAX_ENTRIES)
		return encryption_damaged(reterr, "it is nested too deep or holds too much");
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		int nid = PKCS12_SAFEBAG_get_nid(bag);
		if (nid == NID_certBag && PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate)
			TRY(add_cert_bag(r, bag, reterr));
		else if (nid == NID_keyBag || nid == NID_pkcs8ShroudedKeyBag)
			TRY(add_key_bag(r, bag, reterr));
		else if (nid == NID_safeContentsBag)
			TRY(add_bags(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, reterr));
	}
	return RC_OK;
}

/* Judge the keys among bags, and count what there is. */
static enum rc check_bags(struct reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
			  struct err *reterr)
{
	if (depth > MAX_DEPTH || sk_PKCS12_SAFEBAG_num(bags) > CONTAINER_MAX_ENTRIES)
		return encryption_damaged(reterr, "it is nested too deep or holds too much");
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		const X509_ALGOR *algorithm = NULL;
		if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag)
			TRY(check_bags(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, reterr));
		if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
			continue;
		X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
		TRY(encryption_check(r->c, algorithm, reterr));
	}
	return RC_OK;
}

static enum rc open_encrypted(struct reading *r, PKCS7 *safe, STACK_OF(PKCS12_SAFEBAG) * *ret,
			      struct err *reterr)
{
	ERR_clear_error();
	*ret = PKCS12_unpack_p7encdata(safe, r->password, r->password_n);
	if (!*ret)
		return encryption_failed(r->c, r->password_is_right, reterr);
	/* What was hidden until now. */
	enum rc rc = check_bags(r, *ret, 0, reterr);
	if (rc != RC_OK) {
		sk_PKCS12_SAFEBAG_pop_free(*ret, PKCS12_SAFEBAG_free);
		*ret = NULL;
	}
	return rc;
}

static enum rc add_safe(struct reading *r, PKCS7 *safe, struct err *reterr)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	if (PKCS7_type_is_data(safe)) {
		bags = PKCS12_unpack_p7data(safe);
		if (!bags)
			return encryption_damaged(reterr, "a part of it cannot be read");
	} else {
		TRY(open_encrypted(r, safe, &bags, reterr));
	}
	enum rc rc = add_bags(r, bags, 0, reterr);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return rc;
}

static enum rc check_safe(struct reading *r, PKCS7 *safe, struct err *reterr)
{
	if (PKCS7_type_is_encrypted(safe)) {
		if (!safe->d.encrypted || !safe->d.encrypted->enc_data ||
		    !safe->d.encrypted->enc_data->algorithm)
			return encryption_damaged(reterr, "an encrypted part is empty");
		return encryption_check(r->c, safe->d.encrypted->enc_data->algorithm, reterr);
	}
	if (!PKCS7_type_is_data(safe))
		return encryption_unsupported(reterr, "public-key encryption of its parts");
	STACK_OF(PKCS12_SAFEBAG) *bags = safe->d.data ? PKCS12_unpack_p7data(safe) : NULL;
	if (!bags)
		return encryption_damaged(reterr, "a part of it cannot be read");
	enum rc rc = check_bags(r, bags, 0, reterr);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return rc;
}

static enum rc add_safes(struct reading *r, const STACK_OF(PKCS7) * safes, struct err *reterr)
{
	for (int i = 0; i < sk_PKCS7_num(safes); i++)
		TRY(add_safe(r, sk_PKCS7_value(safes, i), reterr));
	return RC_OK;
}

/* Without a MAC only decryption tells an absent password from an empty one. */
static enum rc add_safes_guessing(struct reading *r, PKCS12 *p12, const STACK_OF(PKCS7) * safes,
				  struct err *reterr)
{
	if (r->given.n || PKCS12_mac_present(p12) || !r->c->encrypted)
		return add_safes(r, safes, reterr);
	for (int i = 0; i < 2; i++) {
		r->password = i == 0 ? "" : NULL;
		enum rc rc = add_safes(r, safes, reterr);
		if (rc != RC_DENIED || i == 1)
			return rc == RC_DENIED ? encryption_wrong_password(r->given.p != NULL, reterr) : rc;
		assembly_fini(&r->parts);
	}
	return RC_BUG;
}

/* All counts first: nothing is derived for a file that asks for too much anywhere in the open. */
static enum rc read_safes(struct reading *r, PKCS12 *p12, struct err *reterr)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	if (!safes)
		return encryption_damaged(reterr, "its contents cannot be read");
	enum rc rc = check_mac(r->c, p12, reterr);
	if (rc == RC_OK && sk_PKCS7_num(safes) > MAX_SAFES)
		rc = encryption_damaged(reterr, "it has too many parts");
	for (int i = 0; rc == RC_OK && i < sk_PKCS7_num(safes); i++)
		rc = check_safe(r, sk_PKCS7_value(safes, i), reterr);
	if (rc == RC_OK)
		rc = choose_password(r, p12, reterr);
	if (rc == RC_OK)
		rc = add_safes_guessing(r, p12, safes, reterr);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return rc;
}

/* Stores of secret keys or passwords alone; other bags are passed over. */
static enum rc nothing_in_it(struct err *reterr)
{
	(void)reason_err(reterr, RC_INVALID, REASON_P103, NULL);
	if (reterr)
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The file holds neither a private key nor a certificate.");
	return RC_INVALID;
}

enum rc pkcs12_open(struct container *c, struct str bytes, struct str password, struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, encryption_context(), NULL);
	AUTO_FREE_SECRET char *text = password.p ? str_dup(password) : NULL;
	struct reading r = { .c = c, .given = { text, password.n } };
	ASSERT(p12);
	enum rc rc = d2i_PKCS12(&p12, &p, (long)bytes.n)
			     ? read_safes(&r, p12, reterr)
			     : encryption_unreadable(reterr, bytes, "it ends too early or is altered");
	if (rc == RC_OK)
		assembly_finish(&r.parts, c);
	if (rc == RC_OK && c->n == 0)
		rc = nothing_in_it(reterr);
	assembly_fini(&r.parts);
	PKCS12_free(p12);
	ERR_clear_error();
	return rc;
}
