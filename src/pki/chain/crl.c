/* SPDX-License-Identifier: Apache-2.0
 * Reading revocation lists and asking them. */
#include "pki/chain/crl.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "model/dn.h"
#include "pki/chain/crl_internal.h"
#include "pki/name.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool read_time(const ASN1_TIME *t, struct wall *ret)
{
	struct tm tm;
	if (!t || !ASN1_TIME_to_tm(t, &tm)) {
		return false;
	}
	*ret = wall_from_seconds((int64_t)timegm(&tm));
	return true;
}

enum rc crl_new_der(struct crl **ret, struct str der, struct err *reterr)
{
	if (der.n > CRL_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The revocation list is larger than %zu bytes.",
			       CRL_MAX_BYTES);
	}
	const unsigned char *p = (const unsigned char *)der.p;
	X509_CRL *x509 = d2i_X509_CRL(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (!x509 || p != (const unsigned char *)der.p + der.n) {
		X509_CRL_free(x509);
		return err_set(reterr, RC_INVALID, "This is no certificate revocation list.");
	}
	struct crl *l = mem_alloc(sizeof(*l));
	atomic_init(&l->owners, 1);
	l->x509 = x509;
	l->der = str_from(mem_dup(der.p, der.n), der.n);
	l->issuer = name_format(X509_CRL_get_issuer(x509));
	l->issuer_name = dn_canonical_dup(l->issuer);
	l->next_update.us = INT64_MAX;
	bool dated = read_time(X509_CRL_get0_lastUpdate(x509), &l->this_update) &&
		     (!X509_CRL_get0_nextUpdate(x509) ||
		      read_time(X509_CRL_get0_nextUpdate(x509), &l->next_update));
	if (!l->issuer || !dated) {
		crl_free(l);
		return err_set(reterr, RC_INVALID, "The revocation list has a malformed issuer or date.");
	}
	enum rc rc = crl_facts_read(l, reterr);
	if (rc == RC_OK) {
		*ret = l;
	} else {
		crl_free(l);
	}
	return rc;
}

enum rc crl_new_any(struct crl **ret, struct str bytes, struct err *reterr)
{
	static const struct str begin = STR("-----BEGIN X509 CRL-----");
	static const struct str end = STR("-----END X509 CRL-----");
	size_t from = str_find_str(bytes, begin);
	if (from == bytes.n) {
		return crl_new_der(ret, bytes, reterr);
	}
	struct str text = str_skip(bytes, from + begin.n);
	AUTO_BUF(der, CRL_MAX_BYTES);
	enum rc rc = base64_decode(&der, str_first(text, str_find_str(text, end)), true);
	if (rc != RC_OK) {
		return err_set(reterr, rc, "The revocation list's PEM text cannot be read.");
	}
	return crl_new_der(ret, buf_str(&der), reterr);
}

bool crl_looks_like(struct str bytes)
{
	AUTO(crl_free_cleanup) struct crl *l = NULL;
	return crl_new_any(&l, bytes, NULL) == RC_OK;
}

struct crl *crl_ref(struct crl *l)
{
	if (l) {
		atomic_fetch_add_explicit(&l->owners, 1, memory_order_relaxed);
	}
	return l;
}

void crl_free(struct crl *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->owners, 1, memory_order_acq_rel) != 1) {
		return;
	}
	X509_CRL_free(l->x509);
	ASN1_INTEGER_free(l->number);
	ASN1_INTEGER_free(l->base);
	ISSUING_DIST_POINT_free(l->scope);
	mem_free(l->entries);
	mem_free(l->number_text);
	mem_free(l->base_text);
	mem_free(l->point_text);
	str_free(l->der);
	mem_free(l->issuer);
	str_free(l->issuer_name);
	mem_free(l);
}

struct str crl_der(const struct crl *l)
{
	return l->der;
}
const char *crl_issuer(const struct crl *l)
{
	return l->issuer;
}
struct wall crl_this_update(const struct crl *l)
{
	return l->this_update;
}
struct wall crl_next_update(const struct crl *l)
{
	return l->next_update;
}

size_t crl_count(const struct crl *l)
{
	return l->n_entries;
}
const struct crl_facts *crl_facts(const struct crl *l)
{
	return &l->facts;
}

bool crl_is_named(const struct crl *l, const struct cert *issuer)
{
	return str_equal(l->issuer_name, cert_subject_name(issuer));
}

bool crl_is_of_issuer(const struct crl *l, const struct cert *c)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(l->x509), X509_get_issuer_name(cert_x509(c))) == 0;
}

bool crl_verify(const struct crl *l, const struct cert *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(cert_x509(issuer));
	bool ok = crl_is_named(l, issuer) && key && X509_CRL_verify(l->x509, key) == 1;
	ERR_clear_error();
	return ok;
}

static bool names_key(const AUTHORITY_KEYID *id, const struct cert *c)
{
	const ASN1_OCTET_STRING *key = X509_get0_subject_key_id(cert_x509(c));
	return id && id->keyid && key && ASN1_OCTET_STRING_cmp(id->keyid, key) == 0;
}

const struct cert *crl_find_signer(const struct crl *l, const struct cert_list *known)
{
	AUTHORITY_KEYID *id = X509_CRL_get_ext_d2i(l->x509, NID_authority_key_identifier, NULL, NULL);
	const struct cert *found = NULL;
	for (int named = 1; named >= 0; named--) {
		for (size_t i = 0; i < known->n && !found; i++) {
			if (names_key(id, known->items[i]) == (bool)named && crl_verify(l, known->items[i])) {
				found = known->items[i];
			}
		}
	}
	AUTHORITY_KEYID_free(id);
	ERR_clear_error();
	return found;
}

static bool has_name(const GENERAL_NAMES *names, GENERAL_NAME *wanted)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(names, i), wanted) == 0) {
			return true;
		}
	}
	return false;
}

/* Whether one of the points where the certificate says its lists are is the list's own.
 * Names in full alone are compared. */
static bool is_at_point(const struct crl *l, const struct cert *c)
{
	bool found = false;
	const DIST_POINT_NAME *own = l->scope->distpoint;
	CRL_DIST_POINTS *points =
		own->type == 0 ? X509_get_ext_d2i(cert_x509(c), NID_crl_distribution_points, NULL, NULL)
			       : NULL;
	for (int i = 0; i < sk_DIST_POINT_num(points) && !found; i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);
		const GENERAL_NAMES *names = !point->distpoint             ? point->CRLissuer
					     : point->distpoint->type == 0 ? point->distpoint->name.fullname
									   : NULL;
		for (int k = 0; k < sk_GENERAL_NAME_num(own->name.fullname) && !found; k++) {
			found = has_name(names, sk_GENERAL_NAME_value(own->name.fullname, k));
		}
	}
	CRL_DIST_POINTS_free(points);
	ERR_clear_error();
	return found;
}

bool crl_covers(const struct crl *l, const struct cert *c)
{
	const struct crl_facts *f = &l->facts;
	if (f->only_attributes || (cert_is_ca(c) ? f->only_leaves : f->only_cas)) {
		return false;
	}
	return !f->point || is_at_point(l, c);
}

/* The scope is compared as bytes: two spellings of one count as two, and then both lists stay. */
static bool has_same_scope(const struct crl *a, const struct crl *b)
{
	int at_a = X509_CRL_get_ext_by_NID(a->x509, NID_issuing_distribution_point, -1);
	int at_b = X509_CRL_get_ext_by_NID(b->x509, NID_issuing_distribution_point, -1);
	if (at_a < 0 || at_b < 0) {
		return at_a < 0 && at_b < 0;
	}
	return ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(X509_CRL_get_ext(a->x509, at_a)),
				     X509_EXTENSION_get_data(X509_CRL_get_ext(b->x509, at_b))) == 0;
}

/* A list without a number counts as before every one that has one. */
static int compare_numbers(const struct crl *a, const struct crl *b)
{
	if (a->number && b->number) {
		return ASN1_INTEGER_cmp(a->number, b->number);
	}
	return (a->number != NULL) - (b->number != NULL);
}

bool crl_is_later(const struct crl *a, const struct crl *b)
{
	return compare_numbers(a, b) > 0;
}

bool crl_replaces(const struct crl *a, const struct crl *b)
{
	int number = compare_numbers(a, b);
	if (a->facts.unknown || !has_same_scope(a, b) || number < 0 ||
	    a->this_update.us < b->this_update.us) {
		return false;
	}
	if (a->facts.delta && (!b->facts.delta || !b->base || ASN1_INTEGER_cmp(a->base, b->base) > 0)) {
		return false;
	}
	if (a->this_update.us > b->this_update.us) {
		return true;
	}
	/* Made at one time: with the same number the complete list holds what the delta says. */
	return a->number && b->number && (number > 0 || (!a->facts.delta && b->facts.delta));
}

bool crl_is_rival(const struct crl *a, const struct crl *b)
{
	return !a->facts.unknown && !b->facts.unknown && !a->facts.delta && !b->facts.delta &&
	       has_same_scope(a, b) && !crl_replaces(a, b) && !crl_replaces(b, a);
}

bool crl_applies(const struct crl *delta, const struct crl *complete)
{
	return delta->base && delta->number && !delta->facts.unknown && complete->number &&
	       !complete->facts.delta && has_same_scope(delta, complete) &&
	       ASN1_INTEGER_cmp(delta->base, complete->number) <= 0 &&
	       ASN1_INTEGER_cmp(complete->number, delta->number) < 0;
}

/* The first of the entries with this serial number; n_entries where there is none. */
static size_t find_first(const struct crl *l, const ASN1_INTEGER *serial)
{
	size_t low = 0, high = l->n_entries;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (crl_compare_serials(serial, l->entries[middle].revoked) > 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < l->n_entries && crl_compare_serials(serial, l->entries[low].revoked) == 0 ? low
											       : l->n_entries;
}

enum crl_entry crl_find(const struct crl *l, const struct cert *c, struct wall *ret_since)
{
	size_t at = find_first(l, X509_get0_serialNumber(cert_x509(c)));
	if (at == l->n_entries) {
		return CRL_ENTRY_NONE;
	}
	if (ret_since && !read_time(X509_REVOKED_get0_revocationDate(l->entries[at].revoked), ret_since)) {
		*ret_since = l->this_update;
	}
	return l->entries[at].kind;
}

enum crl_entry crl_find_entry(const struct crl *l, const struct crl *of, size_t i)
{
	if (i >= of->n_entries) {
		return CRL_ENTRY_NONE;
	}
	size_t at = find_first(l, X509_REVOKED_get0_serialNumber(of->entries[i].revoked));
	return at == l->n_entries ? CRL_ENTRY_NONE : l->entries[at].kind;
}

char *crl_revoked_serial(const struct crl *l, size_t i)
{
	if (i >= l->n_entries || l->entries[i].kind < CRL_ENTRY_HOLD) {
		return NULL;
	}
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_REVOKED_get0_serialNumber(l->entries[i].revoked), NULL);
	char *hex = n ? BN_bn2hex(n) : NULL;
	char *text = hex ? mem_strdup(hex) : NULL;
	OPENSSL_free(hex);
	BN_free(n);
	return text;
}
