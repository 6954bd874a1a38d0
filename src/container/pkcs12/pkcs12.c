/* SPDX-License-Identifier: Apache-2.0
 * Reading PKCS#12: every iteration count is checked before the first key is derived. */
#include "container/pkcs12/pkcs12.h"

#include "base/memory.h"
#include "container/encryption.h"
#include "container/form.h"
#include "container/pkcs12/pbmac1.h"
#include "container/pkcs12/read.h"
#include "model/reason.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>

#define MAX_SAFES 50

static enum rc check_mac(struct container *c, const PKCS12 *p12, struct err *reterr)
{
	const ASN1_INTEGER *count = NULL;
	const X509_ALGOR *algorithm = NULL;
	char name[80];
	PKCS12_get0_mac(NULL, &algorithm, NULL, &count, p12);
	if (!algorithm) {
		return RC_OK;
	}
	/* Salt and count beside PBMAC1's own are there for the form alone. */
	if (pbmac1_is(algorithm)) {
		return pbmac1_check(c, algorithm, reterr);
	}
	TRY(encryption_check_iterations(c, count, reterr));
	if (encryption_has_digest(OBJ_obj2nid(algorithm->algorithm))) {
		return RC_OK;
	}
	(void)OBJ_obj2txt(name, sizeof(name), algorithm->algorithm, 0);
	return encryption_unsupported(reterr, name);
}

/* The bytes that the MAC is over: PKCS12 does not give them, so the second element of the file is read once
 * more. */
static PKCS7 *authenticated(struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	long left = (long)bytes.n;
	for (int i = 0; i < 2; i++) { /* into the sequence, then past the version */
		const unsigned char *start = p;
		long n = 0;
		int tag = 0;
		int class = 0;
		if (ASN1_get_object(&p, &n, &tag, &class, left) & 0x80) {
			return NULL;
		}
		left -= p - start;
		if (i == 1 && n <= left) {
			p += n;
			left -= n;
		}
	}
	return d2i_PKCS7(NULL, &p, left);
}

struct mac {
	PKCS12 *p12;
	const X509_ALGOR *algorithm;
	struct str value, content;
};

static enum rc try_mac(void *context, const struct password_way *way, struct err *reterr)
{
	const struct mac *m = context;
	if (pbmac1_is(m->algorithm)) {
		return pbmac1_verify(m->algorithm, str_from(way->text, way->n), m->content, m->value)
			       ? RC_OK
			       : RC_DENIED;
	}
	return PKCS12_verify_mac(m->p12, way->text, (int)way->n) ? RC_OK : RC_DENIED;
}

/* The MAC, where there is one, decides about the password. */
static enum rc check_password(struct pkcs12_reading *r, PKCS12 *p12, struct str bytes, struct err *reterr)
{
	struct mac m = { .p12 = p12 };
	const ASN1_OCTET_STRING *value = NULL;
	PKCS12_get0_mac(&value, &m.algorithm, NULL, NULL, p12);
	if (!m.algorithm) {
		return RC_OK;
	}
	PKCS7 *content = pbmac1_is(m.algorithm) ? authenticated(bytes) : NULL;
	if (content && PKCS7_type_is_data(content) && content->d.data) {
		m.content = str_from(ASN1_STRING_get0_data(content->d.data),
				     (size_t)ASN1_STRING_length(content->d.data));
	}
	m.value = str_from(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	enum rc rc = password_ways_try(&r->ways, r->c, false, try_mac, &m, reterr);
	PKCS7_free(content);
	r->password_is_right = rc == RC_OK;
	return rc == RC_DENIED ? encryption_wrong_password(r->ways.is_given, reterr) : rc;
}

struct part {
	struct pkcs12_reading *r;
	PKCS7 *safe;
	STACK_OF(PKCS12_SAFEBAG) * bags;
};

static enum rc try_part(void *context, const struct password_way *way, struct err *reterr)
{
	struct part *part = context;
	ERR_clear_error();
	part->bags = PKCS12_unpack_p7encdata(part->safe, way->text, (int)way->n);
	return part->bags ? RC_OK : encryption_failed(part->r->c, reterr);
}

static enum rc open_encrypted(struct pkcs12_reading *r, struct part *part, struct err *reterr)
{
	enum rc rc = password_ways_try(&r->ways, r->c, false, try_part, part, reterr);
	if (rc == RC_DENIED) {
		return r->password_is_right ? encryption_other_password(reterr, "the certificates in it")
					    : encryption_wrong_password(r->ways.is_given, reterr);
	}
	TRY(rc);
	r->password_is_right = true;
	/* What was hidden until now. */
	return pkcs12_check_bags(r, part->bags, 0, reterr);
}

static enum rc add_safe(struct pkcs12_reading *r, PKCS7 *safe, struct err *reterr)
{
	struct part part = { .r = r, .safe = safe };
	enum rc rc = RC_OK;
	if (PKCS7_type_is_data(safe)) {
		part.bags = PKCS12_unpack_p7data(safe);
		if (!part.bags) {
			return encryption_damaged(reterr, "a part of it cannot be read");
		}
	} else {
		rc = open_encrypted(r, &part, reterr);
	}
	if (rc == RC_OK) {
		rc = pkcs12_add_bags(r, part.bags, 0, reterr);
	}
	sk_PKCS12_SAFEBAG_pop_free(part.bags, PKCS12_SAFEBAG_free);
	return rc;
}

static enum rc check_safe(struct pkcs12_reading *r, PKCS7 *safe, struct err *reterr)
{
	if (PKCS7_type_is_encrypted(safe)) {
		if (!safe->d.encrypted || !safe->d.encrypted->enc_data ||
		    !safe->d.encrypted->enc_data->algorithm) {
			return encryption_damaged(reterr, "an encrypted part is empty");
		}
		return encryption_check(r->c, safe->d.encrypted->enc_data->algorithm, reterr);
	}
	if (!PKCS7_type_is_data(safe)) {
		return encryption_unsupported(reterr, "public-key encryption of its parts");
	}
	STACK_OF(PKCS12_SAFEBAG) *bags = safe->d.data ? PKCS12_unpack_p7data(safe) : NULL;
	if (!bags) {
		return encryption_damaged(reterr, "a part of it cannot be read");
	}
	enum rc rc = pkcs12_check_bags(r, bags, 0, reterr);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return rc;
}

/* All counts first: nothing is derived for a file that asks for too much anywhere in the open. */
static enum rc read_safes(struct pkcs12_reading *r, PKCS12 *p12, struct str bytes, struct err *reterr)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	if (!safes) {
		return encryption_damaged(reterr, "its contents cannot be read");
	}
	enum rc rc = check_mac(r->c, p12, reterr);
	if (rc == RC_OK && sk_PKCS7_num(safes) > MAX_SAFES) {
		rc = encryption_damaged(reterr, "it has too many parts");
	}
	for (int i = 0; rc == RC_OK && i < sk_PKCS7_num(safes); i++) {
		rc = check_safe(r, sk_PKCS7_value(safes, i), reterr);
	}
	if (rc == RC_OK) {
		rc = check_password(r, p12, bytes, reterr);
	}
	for (int i = 0; rc == RC_OK && i < sk_PKCS7_num(safes); i++) {
		rc = add_safe(r, sk_PKCS7_value(safes, i), reterr);
	}
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return rc;
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((uint8_t)s.p[i] >= 0x80) {
			return false;
		}
	}
	return true;
}

/* Java finds the certificate of a key by the localKeyID; without it, it takes the first, and one key
 * alone. */
static void note_form(const struct pkcs12_reading *r, const struct container_secrets *secrets)
{
	const struct assembly *a = &r->parts;
	bool first_fits = a->n_keys == 1 && a->n_certs && key_matches(a->keys[0].key, a->certs[0].cert);
	if (r->lacks_key_id && a->n_certs && !first_fits) {
		r->c->traits |= FORM_NO_KEY_ID;
	}
	if (!is_ascii(secrets->password)) {
		r->c->traits |= FORM_NOT_ASCII;
	}
	if (secrets->password.n == 0 && r->c->encrypted) {
		r->c->traits |= FORM_EMPTY_PASSWORD;
	}
}

enum rc pkcs12_open(struct container *c, struct str bytes, const struct container_secrets *secrets,
		    struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, encryption_context(), NULL);
	struct pkcs12_reading r = { .c = c };
	ASSERT(p12);
	password_ways_init(&r.ways, secrets, true);
	enum rc rc = d2i_PKCS12(&p12, &p, (long)bytes.n)
			     ? read_safes(&r, p12, bytes, reterr)
			     : encryption_unreadable(reterr, bytes, "it ends too early or is altered");
	if (rc == RC_OK) {
		note_form(&r, secrets);
		assembly_finish(&r.parts, c);
	}
	if (rc == RC_OK && c->n == 0) {
		rc = container_nothing_in_it(reterr);
	}
	assembly_fini(&r.parts);
	password_ways_fini(&r.ways);
	PKCS12_free(p12);
	ERR_clear_error();
	return rc;
}
