/* SPDX-License-Identifier: Apache-2.0
 * Reading revocation lists and asking them. */
#include "pki/crl.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "pki/name.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>

struct crl {
	atomic_int owners;
	X509_CRL *x509;
	struct str der;
	char *issuer;
	struct wall this_update, next_update;
	ASN1_INTEGER *number; /* NULL where none is given */
	bool delta, only_leaves, only_cas, only_attributes;
};

static bool read_time(const ASN1_TIME *t, struct wall *ret)
{
	struct tm tm;
	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return false;
	*ret = wall_from_seconds((int64_t)timegm(&tm));
	return true;
}

static void read_scope(struct crl *l)
{
	ISSUING_DIST_POINT *scope = X509_CRL_get_ext_d2i(l->x509, NID_issuing_distribution_point, NULL, NULL);
	l->number = X509_CRL_get_ext_d2i(l->x509, NID_crl_number, NULL, NULL);
	l->delta = X509_CRL_get_ext_by_NID(l->x509, NID_delta_crl, -1) >= 0;
	l->only_leaves = scope && scope->onlyuser > 0;
	l->only_cas = scope && scope->onlyCA > 0;
	l->only_attributes = scope && scope->onlyattr > 0;
	ISSUING_DIST_POINT_free(scope);
	ERR_clear_error();
}

enum rc crl_new_der(struct crl **ret, struct str der, struct err *reterr)
{
	if (der.n > CRL_MAX_BYTES)
		return err_set(reterr, RC_LIMIT, "The revocation list is larger than %zu bytes.",
			       CRL_MAX_BYTES);
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
	l->next_update.us = INT64_MAX;
	bool dated = read_time(X509_CRL_get0_lastUpdate(x509), &l->this_update) &&
		     (!X509_CRL_get0_nextUpdate(x509) ||
		      read_time(X509_CRL_get0_nextUpdate(x509), &l->next_update));
	read_scope(l);
	if (!l->issuer || !dated) {
		crl_free(l);
		return err_set(reterr, RC_INVALID, "The revocation list has a malformed issuer or date.");
	}
	*ret = l;
	return RC_OK;
}

enum rc crl_new_any(struct crl **ret, struct str bytes, struct err *reterr)
{
	static const struct str begin = STR("-----BEGIN X509 CRL-----");
	static const struct str end = STR("-----END X509 CRL-----");
	size_t from = str_find_str(bytes, begin);
	if (from == bytes.n)
		return crl_new_der(ret, bytes, reterr);
	struct str text = str_skip(bytes, from + begin.n);
	AUTO_BUF(der, CRL_MAX_BYTES);
	enum rc rc = base64_decode(&der, str_first(text, str_find_str(text, end)), true);
	if (rc != RC_OK)
		return err_set(reterr, rc, "The revocation list's PEM text cannot be read.");
	return crl_new_der(ret, buf_str(&der), reterr);
}

bool crl_looks_like(struct str bytes)
{
	AUTO(crl_free_cleanup) struct crl *l = NULL;
	return crl_new_any(&l, bytes, NULL) == RC_OK;
}

struct crl *crl_ref(struct crl *l)
{
	if (l)
		atomic_fetch_add_explicit(&l->owners, 1, memory_order_relaxed);
	return l;
}

void crl_free(struct crl *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->owners, 1, memory_order_acq_rel) != 1)
		return;
	X509_CRL_free(l->x509);
	ASN1_INTEGER_free(l->number);
	mem_free((char *)(uintptr_t)l->der.p);
	mem_free(l->issuer);
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
	int n = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(l->x509));
	return n > 0 ? (size_t)n : 0;
}

bool crl_covers(const struct crl *l, const struct cert *c)
{
	bool of_kind = !l->only_attributes && !(cert_is_ca(c) ? l->only_leaves : l->only_cas);
	return of_kind &&
	       X509_NAME_cmp(X509_CRL_get_issuer(l->x509), X509_get_issuer_name(cert_x509(c))) == 0;
}

/* The bytes of the issuing distribution point, which is what a list is about; NULL: everything. */
static const ASN1_OCTET_STRING *scope_of(const struct crl *l)
{
	int at = X509_CRL_get_ext_by_NID(l->x509, NID_issuing_distribution_point, -1);
	return at >= 0 ? X509_EXTENSION_get_data(X509_CRL_get_ext(l->x509, at)) : NULL;
}

bool crl_supersedes(const struct crl *newer, const struct crl *older)
{
	const ASN1_OCTET_STRING *a = scope_of(newer);
	const ASN1_OCTET_STRING *b = scope_of(older);
	bool same_scope = a && b ? ASN1_OCTET_STRING_cmp(a, b) == 0 : a == b;
	if (newer->delta || older->delta || !same_scope)
		return false;
	if (newer->this_update.us != older->this_update.us)
		return newer->this_update.us > older->this_update.us;
	return newer->number && older->number && ASN1_INTEGER_cmp(newer->number, older->number) > 0;
}

bool crl_verify(const struct crl *l, const struct cert *issuer)
{
	X509 *x = cert_x509(issuer);
	EVP_PKEY *key = X509_get0_pubkey(x);
	/* X509_get_key_usage() is UINT32_MAX where the extension is absent: then anything is allowed. */
	bool ok = X509_NAME_cmp(X509_CRL_get_issuer(l->x509), X509_get_subject_name(x)) == 0 &&
		  (X509_get_key_usage(x) & KU_CRL_SIGN) && key && X509_CRL_verify(l->x509, key) == 1;
	ERR_clear_error();
	return ok;
}

bool crl_is_revoked(const struct crl *l, const struct cert *c)
{
	X509_REVOKED *entry = NULL;
	/* 1: listed; 2: listed as removeFromCRL. */
	return X509_CRL_get0_by_serial(l->x509, &entry, X509_get0_serialNumber(cert_x509(c))) == 1;
}
