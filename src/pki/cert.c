/* SPDX-License-Identifier: Apache-2.0
 * A certificate, shared by counting: its facts, what it signed, and how it is written. */
#include "pki/cert.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/cert_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>

enum { SELF_UNKNOWN, SELF_SIGNED, SELF_OTHER };

static void names_fini(struct cert_names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		mem_free(names->items[i]);
	}
	mem_free(names->items);
}

struct cert *cert_ref(struct cert *c)
{
	if (c) {
		atomic_fetch_add_explicit(&c->owners, 1, memory_order_relaxed);
	}
	return c;
}

static int back_index_value = -1;

static void back_index_make(void)
{
	back_index_value = X509_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

/* Where an OpenSSL object keeps the certificate that was read of it. */
static int back_index(void)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	ASSERT(CRYPTO_THREAD_run_once(&once, back_index_make) == 1 && back_index_value >= 0);
	return back_index_value;
}

void cert_free(struct cert *c)
{
	if (!c || atomic_fetch_sub_explicit(&c->owners, 1, memory_order_acq_rel) != 1) {
		return;
	}
	/* Connections may hold the object for longer. */
	if (c->x509 && X509_get_ex_data(c->x509, back_index()) == c) {
		(void)X509_set_ex_data(c->x509, back_index(), NULL);
	}
	X509_free(c->x509);
	str_free(c->der);
	mem_free(c->subject);
	mem_free(c->issuer);
	str_free(c->subject_name);
	str_free(c->issuer_name);
	mem_free(c->self_signed);
	names_fini(&c->eku);
	names_fini(&c->san);
	mem_free(c);
}

/* Takes x509, also on failure. */
static enum rc read_object(struct cert **ret, X509 *x509, struct err *reterr)
{
	struct cert *c = mem_alloc(sizeof(*c));
	atomic_init(&c->owners, 1);
	c->self_signed = mem_alloc(sizeof(*c->self_signed));
	atomic_init(c->self_signed, SELF_UNKNOWN);
	c->x509 = x509;
	/* As OpenSSL writes it: a BER encoding has the fingerprint that TLS peers and other tools see. */
	unsigned char *written = NULL;
	int n = i2d_X509(x509, &written);
	if (n > 0) {
		c->der = str_from(mem_dup(written, (size_t)n), (size_t)n);
	}
	OPENSSL_free(written);
	if (n <= 0 || (size_t)n > CERT_MAX_BYTES || !cert_facts_read(c)) {
		cert_free(c);
		ERR_clear_error();
		return err_set(reterr, RC_INVALID,
			       "The certificate has a malformed name, date or serial number.");
	}
	(void)X509_set_ex_data(x509, back_index(), c);
	*ret = c;
	return RC_OK;
}

enum rc cert_new_der(struct cert **ret, struct str der, struct err *reterr)
{
	if (der.n > CERT_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The certificate is larger than %zu bytes.", CERT_MAX_BYTES);
	}
	const unsigned char *p = (const unsigned char *)der.p;
	X509 *x509 = d2i_X509(NULL, &p, (long)der.n);
	if (!x509 || p != (const unsigned char *)der.p + der.n) {
		X509_free(x509);
		ERR_clear_error();
		return err_set(reterr, RC_INVALID, "This is no X.509 certificate.");
	}
	return read_object(ret, x509, reterr);
}

enum rc cert_new_x509(struct cert **ret, X509 *x509, struct err *reterr)
{
	struct cert *known = X509_get_ex_data(x509, back_index());
	if (known) {
		*ret = cert_ref(known);
		return RC_OK;
	}
	if (X509_up_ref(x509) != 1) {
		return err_set(reterr, RC_BUG, "A certificate cannot be shared.");
	}
	return read_object(ret, x509, reterr);
}

struct str cert_der(const struct cert *c)
{
	return c->der;
}
const char *cert_subject(const struct cert *c)
{
	return c->subject;
}
const char *cert_issuer(const struct cert *c)
{
	return c->issuer;
}
struct str cert_subject_name(const struct cert *c)
{
	return c->subject_name;
}
struct str cert_issuer_name(const struct cert *c)
{
	return c->issuer_name;
}
const char *cert_serial(const struct cert *c)
{
	return c->serial;
}
const char *cert_sha256(const struct cert *c)
{
	return c->sha256;
}
const char *cert_sha1(const struct cert *c)
{
	return c->sha1;
}
int cert_version(const struct cert *c)
{
	return (int)X509_get_version(c->x509) + 1;
}

const char *cert_sha512(const struct cert *c)
{
	return c->sha512;
}
const uint8_t *cert_sha256_bytes(const struct cert *c)
{
	return c->sha256_bytes;
}
const char *cert_public_key_sha256(const struct cert *c)
{
	return c->public_key_sha256;
}
struct wall cert_not_before(const struct cert *c)
{
	return c->not_before;
}
struct wall cert_not_after(const struct cert *c)
{
	return c->not_after;
}
const char *cert_key_text(const struct cert *c)
{
	return c->key_text;
}
const char *cert_signature_text(const struct cert *c)
{
	return c->signature_text;
}

enum cert_place cert_place(const struct cert *c)
{
	if (!c->is_ca) {
		return CERT_PLACE_LEAF;
	}
	return cert_is_self_signed(c) ? CERT_PLACE_ROOT : CERT_PLACE_CA;
}

const char *cert_place_name(enum cert_place place)
{
	static const char *const names[] = { "leaf", "ca", "root" };
	return names[place];
}

bool cert_is_ca(const struct cert *c)
{
	return c->is_ca;
}
bool cert_is_self_issued(const struct cert *c)
{
	return str_equal(c->subject_name, c->issuer_name);
}
bool cert_is_self_signed(const struct cert *c)
{
	/* The fact is the certificate's; that it was found out already changes nothing for anybody. */
	int is = atomic_load_explicit(c->self_signed, memory_order_relaxed);
	if (is == SELF_UNKNOWN) {
		is = cert_issued(c, c) ? SELF_SIGNED : SELF_OTHER;
		atomic_store_explicit(c->self_signed, is, memory_order_relaxed);
	}
	return is == SELF_SIGNED;
}
bool cert_may_client_auth(const struct cert *c)
{
	return c->client_auth;
}
bool cert_may_server_auth(const struct cert *c)
{
	return c->server_auth;
}
bool cert_is_weak(const struct cert *c)
{
	return c->weak_key || (c->weak_digest && !cert_is_self_signed(c));
}
size_t cert_eku_count(const struct cert *c)
{
	return c->eku.n;
}
const char *cert_eku_name(const struct cert *c, size_t i)
{
	return c->eku.items[i];
}
size_t cert_san_count(const struct cert *c)
{
	return c->san.n;
}
const char *cert_san(const struct cert *c, size_t i)
{
	return c->san.items[i];
}

bool cert_signed(const struct cert *issuer, const struct cert *subject)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer->x509);
	bool ok = key && EVP_PKEY_get_bits(key) <= CERT_KEY_MAX_BITS && X509_verify(subject->x509, key) == 1;
	ERR_clear_error();
	return ok;
}

bool cert_issued(const struct cert *issuer, const struct cert *subject)
{
	return str_equal(issuer->subject_name, subject->issuer_name) && cert_signed(issuer, subject);
}

bool cert_equal(const struct cert *a, const struct cert *b)
{
	return str_equal(a->der, b->der);
}

char *cert_common_name(const struct cert *c)
{
	X509_NAME *name = X509_get_subject_name(c->x509);
	int last = -1;
	for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) {
		last = at;
	}
	unsigned char *utf8 = NULL;
	int n = last >= 0 ? ASN1_STRING_to_UTF8(&utf8,
						X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)))
			  : -1;
	bool showable = n > 0 && !memchr(utf8, 0, (size_t)n); /* a NUL would cut the name short */
	char *text = showable ? str_dup(str_from(utf8, (size_t)n)) : mem_strdup(c->subject);
	OPENSSL_free(utf8);
	return text;
}

enum rc cert_format_pem(const struct cert *c, struct buf *out)
{
	AUTO_BUF(text, 2 * CERT_MAX_BYTES);
	(void)base64_encode(&text, c->der);
	(void)buf_add_c(out, "-----BEGIN CERTIFICATE-----\n");
	for (struct str rest = buf_str(&text); rest.n; rest = str_skip(rest, 64)) {
		(void)buf_add(out, str_first(rest, 64));
		(void)buf_add_char(out, '\n');
	}
	(void)buf_add_c(out, "-----END CERTIFICATE-----\n");
	return out->overflow ? RC_LIMIT : RC_OK;
}

char *cert_pem(const struct cert *c)
{
	AUTO_BUF(out, 2 * CERT_MAX_BYTES);
	return cert_format_pem(c, &out) == RC_OK ? buf_take(&out) : mem_strdup("");
}

struct value *cert_to_value(const struct cert *c)
{
	char when[WALL_TEXT_SIZE];
	struct value *v = value_object();
	value_set_c(v, "role", cert_place_name(cert_place(c)));
	value_set_c(v, "subject", c->subject);
	value_set_c(v, "issuer", c->issuer);
	value_set_c(v, "serial", c->serial);
	value_set_c(v, "sha256", c->sha256);
	value_set_c(v, "not_before", wall_format(c->not_before, when));
	value_set_c(v, "not_after", wall_format(c->not_after, when));
	value_set_c(v, "key", c->key_text);
	value_set_c(v, "signature", c->signature_text);
	struct value *eku = value_array();
	for (size_t i = 0; i < c->eku.n; i++) {
		value_append_c(eku, c->eku.items[i]);
	}
	value_set(v, "eku", eku);
	struct value *san = value_array();
	for (size_t i = 0; i < c->san.n; i++) {
		value_append_c(san, c->san.items[i]);
	}
	value_set(v, "san", san);
	return v;
}

X509 *cert_x509(const struct cert *c)
{
	return c->x509;
}
