/* SPDX-License-Identifier: Apache-2.0
 * Text and bare encodings of keys and certificates. */
#include "container/pem.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "container/assembly.h"
#include "container/encryption.h"
#include "container/key_kind.h"
#include "model/reason.h"
#include "pki/paste.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>

#define MAX_BLOCKS 1100

struct reading {
	struct container *c;
	struct assembly parts;
	struct password_ways ways;
	char *alias; /* that stands above the current block, or NULL */
	bool has_request, has_list;
};

static int give_password(char *out, int size, int writing, void *data)
{
	const struct password_way *way = data;
	if (!way->text || way->n > (size_t)size) {
		return -1;
	}
	memcpy(out, way->text, way->n);
	return (int)way->n;
}

static enum rc add_plain_key(struct reading *r, struct str der, struct err *reterr)
{
	struct key *key = NULL;
	TRY(key_kind_read(r->c, der, r->alias, &key, reterr));
	return key ? assembly_add_key(&r->parts, key, r->alias, reterr) : RC_OK;
}

/* A key that is encrypted on its own, in either form. */
struct sealed_key {
	const struct container *c;
	const X509_SIG *sig;     /* PKCS#8, else */
	EVP_CIPHER_INFO *cipher; /* of the header lines */
	struct str bytes;
	struct buf *der;
};

static enum rc try_sealed(void *context, const struct password_way *way, struct err *reterr)
{
	const struct sealed_key *key = context;
	return encryption_decrypt_key(key->c, key->sig, way, key->der, reterr);
}

static enum rc try_traditional(void *context, const struct password_way *way, struct err *reterr)
{
	const struct sealed_key *key = context;
	struct password_way given = *way;
	AUTO_BUF_SECRET(copy, CONTAINER_MAX_BYTES);
	long n = (long)key->bytes.n;
	(void)buf_add(&copy, key->bytes);
	ERR_clear_error();
	if (!copy.p || !PEM_do_header(key->cipher, (unsigned char *)copy.p, &n, give_password, &given)) {
		return encryption_failed(key->c, reterr);
	}
	return buf_add(key->der, str_from(copy.p, (size_t)n))
		       ? RC_OK
		       : encryption_damaged(reterr, "its private key is too large");
}

static enum rc open_key(struct reading *r, struct sealed_key *key, password_try try, struct err *reterr)
{
	if (r->ways.n == 0) {
		return encryption_wrong_password(false, reterr);
	}
	enum rc rc = password_ways_try(&r->ways, r->c, true, try, key, reterr);
	if (rc == RC_DENIED) {
		return encryption_wrong_password(true, reterr);
	}
	TRY(rc);
	return add_plain_key(r, buf_str(key->der), reterr);
}

static enum rc add_sealed_key(struct reading *r, struct str der, struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)der.p;
	const X509_ALGOR *algorithm = NULL;
	AUTO_BUF_SECRET(plain, KEY_MAX_BYTES);
	X509_SIG *sig = d2i_X509_SIG(NULL, &p, (long)der.n);
	struct sealed_key key = { .c = r->c, .sig = sig, .der = &plain };
	if (!sig) {
		return encryption_damaged(reterr, "its encrypted private key cannot be read");
	}
	X509_SIG_get0(sig, &algorithm, NULL);
	enum rc rc = encryption_check(r->c, algorithm, reterr);
	if (rc == RC_OK) {
		rc = open_key(r, &key, try_sealed, reterr);
	}
	X509_SIG_free(sig);
	return rc;
}

/* PKCS#1, SEC1 or DSA, which may be encrypted by header lines. */
static enum rc add_traditional_key(struct reading *r, char *header, struct str bytes, struct err *reterr)
{
	EVP_CIPHER_INFO cipher;
	AUTO_BUF_SECRET(plain, KEY_MAX_BYTES);
	struct sealed_key key = { .c = r->c, .cipher = &cipher, .bytes = bytes, .der = &plain };
	if (!header || !strstr(header, "ENCRYPTED")) {
		return add_plain_key(r, bytes, reterr);
	}
	const char *name = strstr(header, "DEK-Info: ");
	r->c->encrypted = true;
	r->c->legacy = true;
	(void)snprintf(r->c->encryption, sizeof(r->c->encryption), "%.*s",
		       name ? (int)strcspn(name + 10, ",\r\n") : 7, name ? name + 10 : "unknown");
	if (!PEM_get_EVP_CIPHER_INFO(header, &cipher)) {
		return encryption_failed(r->c, reterr) == RC_UNSUPPORTED
			       ? RC_UNSUPPORTED
			       : encryption_damaged(reterr, "the header of its private key cannot be read");
	}
	return open_key(r, &key, try_traditional, reterr);
}

static enum rc add_pasted(struct reading *r, struct str text, struct err *reterr)
{
	AUTO_CERT_LIST list = { 0 };
	enum rc rc = paste_certificates(&list, text, NULL);
	if (rc != RC_OK) {
		return encryption_damaged(reterr, "a certificate in it cannot be read");
	}
	for (size_t i = 0; i < list.n; i++) {
		TRY(assembly_add_cert(&r->parts, cert_ref(list.items[i]), NULL, false, reterr));
	}
	return RC_OK;
}

/* Also "TRUSTED CERTIFICATE", where OpenSSL's own notes stand behind the certificate. */
static enum rc add_certificate(struct reading *r, struct str der, struct err *reterr)
{
	struct cert *cert = NULL;
	const unsigned char *p = (const unsigned char *)der.p;
	long n = 0;
	int tag = 0;
	int class = 0;
	int form = ASN1_get_object(&p, &n, &tag, &class, (long)der.n);
	if (!(form & 0x80) && n > 0) {
		der.n = (size_t)((const char *)p - der.p) + (size_t)n;
	}
	if (cert_new_der(&cert, der, NULL) != RC_OK) {
		return encryption_damaged(reterr, "a certificate in it cannot be read");
	}
	return assembly_add_cert(&r->parts, cert, r->alias, false, reterr);
}

static enum rc add_pkcs7(struct reading *r, struct str der, struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)der.p;
	PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)der.n);
	bool is_signed = p7 && PKCS7_type_is_signed(p7) && p7->d.sign;
	STACK_OF(X509) *certs = is_signed ? p7->d.sign->cert : NULL;
	enum rc rc = is_signed ? RC_OK : encryption_damaged(reterr, "its PKCS#7 cannot be read");
	for (int i = 0; rc == RC_OK && i < sk_X509_num(certs); i++) {
		unsigned char *one = NULL;
		int n = i2d_X509(sk_X509_value(certs, i), &one);
		rc = add_certificate(r, str_from(one, n > 0 ? (size_t)n : 0), reterr);
		OPENSSL_free(one);
	}
	PKCS7_free(p7);
	ERR_clear_error();
	return rc;
}

static enum rc add_block(struct reading *r, const char *name, char *header, unsigned char *data, long n,
			 struct err *reterr)
{
	struct str der = str_from(data, (size_t)n);
	if (strcmp(name, "ENCRYPTED PRIVATE KEY") == 0) {
		return add_sealed_key(r, der, reterr);
	}
	if (strcmp(name, "PRIVATE KEY") == 0) {
		return add_plain_key(r, der, reterr);
	}
	if (strcmp(name, "RSA PRIVATE KEY") == 0 || strcmp(name, "EC PRIVATE KEY") == 0 ||
	    strcmp(name, "DSA PRIVATE KEY") == 0) {
		return add_traditional_key(r, header, der, reterr);
	}
	if (strstr(name, "CERTIFICATE") && !strstr(name, "REQUEST")) {
		return add_certificate(r, der, reterr);
	}
	if (strcmp(name, "PKCS7") == 0 || strcmp(name, "CMS") == 0) {
		return add_pkcs7(r, der, reterr);
	}
	if (strcmp(name, "OPENSSH PRIVATE KEY") == 0) {
		container_pass_over(r->c, REASON_P123, r->alias, "an OpenSSH private key");
	}
	r->has_request |= strstr(name, "CERTIFICATE REQUEST") != NULL;
	r->has_list |= strstr(name, "CRL") != NULL;
	return RC_OK; /* EC PARAMETERS and the like say nothing that counts here */
}

/* "friendlyName: x" in the text above a block, as `openssl pkcs12` writes it.
 * Owned, NULL when there is none. */
static char *alias_above(struct str text)
{
	static const struct str label = STR("friendlyName: ");
	struct str above = str_first(text, str_find_str(text, STR("-----BEGIN ")));
	size_t at = str_find_str(above, label);
	struct str rest = str_skip(above, at + label.n);
	return at < above.n ? str_dup(str_trim(str_first(rest, str_find(rest, '\n')))) : NULL;
}

/* The blocks in their order. What OpenSSL cannot read ends the file only where no block begins any more. */
static enum rc add_blocks(struct reading *r, struct str bytes, struct err *reterr)
{
	BIO *bio = BIO_new_mem_buf(bytes.p, (int)bytes.n);
	char *name = NULL;
	char *header = NULL;
	unsigned char *data = NULL;
	long n = 0;
	size_t at = 0;
	enum rc rc = RC_OK;
	ASSERT(bio);
	ERR_clear_error();
	for (int blocks = 0; rc == RC_OK && PEM_read_bio(bio, &name, &header, &data, &n) == 1; blocks++) {
		r->alias = alias_above(str_skip(bytes, at));
		at = bytes.n - (size_t)BIO_pending(bio);
		rc = blocks < MAX_BLOCKS ? add_block(r, name, header, data, n, reterr)
					 : encryption_damaged(reterr, "it has too many parts");
		mem_free(TAKE(r->alias));
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, n > 0 ? (size_t)n : 0);
	}
	bool clean_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	BIO_free(bio);
	ERR_clear_error();
	if (rc == RC_OK && !clean_end && r->parts.n_keys + r->parts.n_certs) {
		return encryption_damaged(reterr, "a part of it is cut off or no base64 text");
	}
	return rc;
}

/* What is no key store, yet is known for what it is. */
static enum rc nothing_in_it(const struct reading *r, struct err *reterr)
{
	(void)reason_err(reterr, RC_INVALID, REASON_P103, NULL);
	if (r->has_request) {
		(void)err_set(reterr, RC_INVALID,
			      "The file is a signing request, which holds no certificate yet.");
		(void)err_reason(reterr, "P103");
		return err_fix(reterr, "Have it signed: `postern ca sign FILE`");
	}
	if (r->has_list) {
		(void)err_set(reterr, RC_INVALID,
			      "The file is a revocation list, which holds no certificate.");
		(void)err_reason(reterr, "P103");
		return err_fix(reterr, "`postern keystore import FILE`");
	}
	return RC_INVALID;
}

static enum rc finish(struct reading *r, enum rc rc, struct err *reterr)
{
	if (rc == RC_OK) {
		assembly_finish(&r->parts, r->c);
	}
	assembly_fini(&r->parts);
	password_ways_fini(&r->ways);
	ERR_clear_error();
	return rc == RC_OK && r->c->n == 0 ? nothing_in_it(r, reterr) : rc;
}

enum rc pem_open(struct container *c, struct str bytes, const struct container_secrets *secrets,
		 struct err *reterr)
{
	struct reading r = { .c = c };
	password_ways_init(&r.ways, secrets, false);
	enum rc rc = add_blocks(&r, bytes, reterr);
	/* Line breaks lost in pasting: OpenSSL sees no block, people see a certificate. */
	if (rc == RC_OK && !r.has_request && !r.has_list && r.parts.n_keys + r.parts.n_certs == 0) {
		rc = add_pasted(&r, bytes, reterr);
	}
	return finish(&r, rc, reterr);
}

static bool is_request(struct str der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)der.n);
	X509_REQ_free(request);
	return request != NULL;
}

static bool is_list(struct str der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509_CRL *list = d2i_X509_CRL(NULL, &p, (long)der.n);
	X509_CRL_free(list);
	return list != NULL;
}

/* PKCS#8 of a kind that is not supported is named; what is no key is nothing that is known. */
static enum rc add_unusable_key(struct reading *r, struct str der, struct err *reterr)
{
	const unsigned char *p = (const unsigned char *)der.p;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
	bool is_key = info != NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return is_key ? add_plain_key(r, der, reterr) : RC_OK;
}

enum rc pem_open_der(struct container *c, struct str bytes, const struct container_secrets *secrets,
		     struct err *reterr)
{
	struct reading r = { .c = c };
	struct cert *cert = NULL;
	struct key *key = NULL;
	enum rc rc;
	password_ways_init(&r.ways, secrets, false);
	if (cert_new_der(&cert, bytes, NULL) == RC_OK) {
		rc = assembly_add_cert(&r.parts, cert, NULL, false, reterr);
	} else if (key_new_der(&key, bytes, NULL) == RC_OK) {
		rc = assembly_add_key(&r.parts, key, NULL, reterr);
	} else {
		const unsigned char *p = (const unsigned char *)bytes.p;
		X509_SIG *sig = d2i_X509_SIG(NULL, &p, (long)bytes.n);
		X509_SIG_free(sig);
		ERR_clear_error();
		r.has_request = !sig && is_request(bytes);
		r.has_list = !sig && is_list(bytes);
		rc = sig                           ? add_sealed_key(&r, bytes, reterr)
		     : r.has_request || r.has_list ? RC_OK
						   : add_unusable_key(&r, bytes, reterr);
	}
	return finish(&r, rc, reterr);
}

enum rc pem_open_pkcs7(struct container *c, struct str bytes, struct err *reterr)
{
	struct reading r = { .c = c };
	bool is_der = bytes.n && bytes.p[0] == 0x30;
	return finish(&r, is_der ? add_pkcs7(&r, bytes, reterr) : add_blocks(&r, bytes, reterr), reterr);
}

static void add_alias(const struct container_entry *e, struct buf *out)
{
	struct str alias = str_of(e->alias);
	/* On one line, or it would be taken for something else. */
	if (alias.n && str_find(alias, '\n') == alias.n && str_find(alias, '\r') == alias.n) {
		(void)buf_printf(out, "Bag Attributes\n    friendlyName: %s\n", e->alias);
	}
}

enum rc pem_write(const struct container *c, struct str password, struct buf *out, struct err *reterr)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct container_entry *e = &c->entries[i];
		add_alias(e, out);
		if (e->key) {
			TRY(key_format_pem(e->key, password.n ? password : STR_NONE, out));
		}
		for (size_t k = 0; k < e->chain.n; k++) {
			TRY(cert_format_pem(e->chain.items[k], out));
		}
	}
	return out->overflow ? err_set(reterr, RC_LIMIT, "The PEM file would be too large.") : RC_OK;
}

enum rc pem_write_der(const struct container *c, struct buf *out, struct err *reterr)
{
	if (c->entries[0].chain.n == 0) {
		return err_set(reterr, RC_INVALID, "There is no certificate to write as DER.");
	}
	return buf_add(out, cert_der(c->entries[0].chain.items[0])) ? RC_OK : RC_LIMIT;
}

enum rc pem_write_pkcs7(const struct container *c, bool der, struct buf *out, struct err *reterr)
{
	PKCS7 *p7 = PKCS7_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	bool ok = p7 && bio && PKCS7_set_type(p7, NID_pkcs7_signed) && PKCS7_content_new(p7, NID_pkcs7_data);
	for (size_t i = 0; ok && i < c->n; i++) {
		for (size_t k = 0; ok && k < c->entries[i].chain.n; k++) {
			ok = PKCS7_add_certificate(p7, cert_x509(c->entries[i].chain.items[k])) == 1;
		}
	}
	ok = ok && (der ? i2d_PKCS7_bio(bio, p7) : PEM_write_bio_PKCS7(bio, p7)) == 1;
	long n = ok ? BIO_get_mem_data(bio, &data) : 0;
	enum rc rc = ok && buf_add(out, str_from(data, (size_t)n))
			     ? RC_OK
			     : err_set(reterr, RC_LIMIT, "The PKCS#7 file cannot be written.");
	BIO_free(bio);
	PKCS7_free(p7);
	ERR_clear_error();
	return rc;
}
