/* SPDX-License-Identifier: Apache-2.0
 * What stands in the bags of a PKCS#12 file. */
#include "base/memory.h"
#include "container/encryption.h"
#include "container/form.h"
#include "container/key_kind.h"
#include "container/pkcs12/read.h"
#include "model/reason.h"

#include <openssl/x509.h>

#define MAX_DEPTH 4
#define ALIAS_MAX ((size_t)64 * 1024) /* [bytes]; what is longer is cut */
/* Java marks its trusted certificates with this attribute of a bag. */
#define TRUSTED_KEY_USAGE "2.16.840.1.113894.746875.1.1"

static void add_utf8(struct buf *out, uint32_t c)
{
	char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6) {
		bytes[i] = (char)(0x80 | (c & 0x3f));
	}
	bytes[0] = (char)(n == 1 ? c : n == 2 ? 0xc0 | c : n == 3 ? 0xe0 | c : 0xf0 | c);
	(void)buf_add(out, str_from(bytes, n));
}

/* A friendlyName is UTF-16 in the order of the network. Not PKCS12_get_friendlyname():
 * that of OpenSSL 3.0.19 loses what is beyond ASCII. Half a surrogate pair becomes U+FFFD. */
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
		if (c == 0) {
			break;
		}
		add_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	}
}

static char *bag_alias(const PKCS12_SAFEBAG *bag)
{
	AUTO_BUF(alias, ALIAS_MAX);
	const ASN1_TYPE *name = PKCS12_SAFEBAG_get0_attr(bag, NID_friendlyName);
	if (!name || name->type != V_ASN1_BMPSTRING) {
		return NULL;
	}
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
		if (strcmp(oid, TRUSTED_KEY_USAGE) == 0) {
			return true;
		}
	}
	return false;
}

static enum rc add_cert_bag(struct pkcs12_reading *r, const PKCS12_SAFEBAG *bag, struct err *reterr)
{
	unsigned char *der = NULL;
	struct cert *c = NULL;
	X509 *x = PKCS12_SAFEBAG_get1_cert(bag);
	int n = x ? i2d_X509(x, &der) : -1;
	enum rc rc = n > 0 ? cert_new_der(&c, str_from(der, (size_t)n), NULL) : RC_INVALID;
	X509_free(x);
	OPENSSL_free(der);
	if (rc != RC_OK) {
		return encryption_damaged(reterr, "a certificate in it cannot be read");
	}
	AUTO_FREE char *alias = bag_alias(bag);
	return assembly_add_cert(&r->parts, c, alias, bag_is_trusted(bag), reterr);
}

static enum rc take_key(struct pkcs12_reading *r, struct str der, const char *alias, struct err *reterr)
{
	struct key *key = NULL;
	TRY(key_kind_read(r->c, der, alias, &key, reterr));
	return key ? assembly_add_key(&r->parts, key, alias, reterr) : RC_OK;
}

static void note_key_id(struct pkcs12_reading *r, const PKCS12_SAFEBAG *bag)
{
	r->lacks_key_id |= PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID) == NULL;
}

static enum rc add_clear_key(struct pkcs12_reading *r, const PKCS12_SAFEBAG *bag, struct err *reterr)
{
	unsigned char *der = NULL;
	AUTO_FREE char *alias = bag_alias(bag);
	int n = i2d_PKCS8_PRIV_KEY_INFO(PKCS12_SAFEBAG_get0_p8inf(bag), &der);
	enum rc rc = n > 0 ? take_key(r, str_from(der, (size_t)n), alias, reterr)
			   : encryption_damaged(reterr, "its private key cannot be read");
	if (n > 0) {
		OPENSSL_clear_free(der, (size_t)n);
	}
	r->c->traits |= FORM_CLEAR_KEY;
	note_key_id(r, bag);
	return rc;
}

struct sealed_key {
	const struct container *c;
	const X509_SIG *sealed;
	struct buf *der;
};

static enum rc try_key(void *context, const struct password_way *way, struct err *reterr)
{
	const struct sealed_key *key = context;
	return encryption_decrypt_key(key->c, key->sealed, way, key->der, reterr);
}

static enum rc add_sealed_key(struct pkcs12_reading *r, const PKCS12_SAFEBAG *bag, struct err *reterr)
{
	char shown[150];
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_FREE char *alias = bag_alias(bag);
	struct sealed_key key = { r->c, PKCS12_SAFEBAG_get0_pkcs8(bag), &der };
	enum rc rc = password_ways_try(&r->ways, r->c, true, try_key, &key, reterr);
	if (rc == RC_DENIED && !r->password_is_right) {
		return encryption_wrong_password(r->ways.is_given, reterr);
	}
	if (rc == RC_DENIED) {
		AUTO_FREE char *what =
			mem_printf("the private key %s",
				   alias ? str_printable(str_of(alias), shown, sizeof(shown)) : "in it");
		return encryption_other_password(reterr, what);
	}
	TRY(rc);
	note_key_id(r, bag);
	return take_key(r, buf_str(&der), alias, reterr);
}

/* What no client needs stands in many files of Java, NSS and Windows. */
static void pass_over(struct pkcs12_reading *r, const PKCS12_SAFEBAG *bag)
{
	char oid[80] = "";
	AUTO_FREE char *alias = bag_alias(bag);
	int nid = PKCS12_SAFEBAG_get_nid(bag);
	(void)OBJ_obj2txt(oid, sizeof(oid), PKCS12_SAFEBAG_get0_type(bag), 1);
	if (nid == NID_secretBag) {
		container_pass_over(r->c, REASON_P123, alias, "a secret key or a password");
	} else if (nid == NID_crlBag) {
		container_pass_over(r->c, REASON_P123, alias, "a revocation list");
	} else if (nid == NID_certBag) {
		container_pass_over(r->c, REASON_P123, alias, "a certificate that is not X.509");
	} else {
		container_pass_over(r->c, REASON_P123, alias, "of an unknown kind (%s)", oid);
	}
}

static enum rc too_much(struct err *reterr)
{
	return encryption_damaged(reterr, "it is nested too deep or holds too much");
}

enum rc pkcs12_add_bags(struct pkcs12_reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
			struct err *reterr)
{
	if (depth > MAX_DEPTH || sk_PKCS12_SAFEBAG_num(bags) > CONTAINER_MAX_ENTRIES) {
		return too_much(reterr);
	}
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		int nid = PKCS12_SAFEBAG_get_nid(bag);
		if (nid == NID_certBag && PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate) {
			TRY(add_cert_bag(r, bag, reterr));
		} else if (nid == NID_keyBag) {
			TRY(add_clear_key(r, bag, reterr));
		} else if (nid == NID_pkcs8ShroudedKeyBag) {
			TRY(add_sealed_key(r, bag, reterr));
		} else if (nid == NID_safeContentsBag) {
			TRY(pkcs12_add_bags(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, reterr));
		} else {
			pass_over(r, bag);
		}
	}
	return RC_OK;
}

enum rc pkcs12_check_bags(struct pkcs12_reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
			  struct err *reterr)
{
	if (depth > MAX_DEPTH || sk_PKCS12_SAFEBAG_num(bags) > CONTAINER_MAX_ENTRIES) {
		return too_much(reterr);
	}
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		const X509_ALGOR *algorithm = NULL;
		if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag) {
			TRY(pkcs12_check_bags(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, reterr));
		}
		if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag) {
			continue;
		}
		X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
		TRY(encryption_check(r->c, algorithm, reterr));
	}
	return RC_OK;
}
