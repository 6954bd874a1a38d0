/* SPDX-License-Identifier: Apache-2.0
 * Reading what a revocation list is about and whom it names, once. */
#include "base/memory.h"
#include "model/dn.h"
#include "pki/chain/crl_internal.h"
#include "pki/name.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

static void note_unknown(struct crl *l, const ASN1_OBJECT *what)
{
	if (!l->facts.unknown && OBJ_obj2txt(l->unknown, sizeof(l->unknown), what, 1) > 0) {
		l->facts.unknown = l->unknown;
	}
}

/* The extension as its type, NULL where it is not there; one that is there twice or malformed is noted. */
static void *read_extension(struct crl *l, int nid)
{
	void *v = X509_CRL_get_ext_d2i(l->x509, nid, NULL, NULL);
	if (!v && X509_CRL_get_ext_by_NID(l->x509, nid, -1) >= 0) {
		note_unknown(l, OBJ_nid2obj(nid));
	}
	return v;
}

static char *format_number(const ASN1_INTEGER *n)
{
	BIGNUM *number = n ? ASN1_INTEGER_to_BN(n, NULL) : NULL;
	char *digits = number ? BN_bn2dec(number) : NULL;
	char *text = digits ? mem_strdup(digits) : NULL;
	OPENSSL_free(digits);
	BN_free(number);
	return text;
}

/* The first name of the distribution point as "URI:http://..."; what cannot be shown is "?". */
static char *format_point(const DIST_POINT_NAME *point)
{
	char *text = NULL;
	BIO *out = BIO_new(BIO_s_mem());
	char *shown = NULL;
	if (out && point->type == 0 &&
	    GENERAL_NAME_print(out, sk_GENERAL_NAME_value(point->name.fullname, 0))) {
		long n = BIO_get_mem_data(out, &shown);
		text = mem_printf("%.*s", (int)(n > 200 ? 200 : n), shown);
	}
	BIO_free(out);
	return text ? text : mem_strdup("?");
}

static void read_scope(struct crl *l)
{
	struct crl_facts *f = &l->facts;
	l->number = read_extension(l, NID_crl_number);
	l->base = read_extension(l, NID_delta_crl);
	l->scope = read_extension(l, NID_issuing_distribution_point);
	f->delta = X509_CRL_get_ext_by_NID(l->x509, NID_delta_crl, -1) >= 0;
	f->number = l->number_text = format_number(l->number);
	f->base = l->base_text = format_number(l->base);
	if (!l->scope) {
		return;
	}
	f->only_leaves = l->scope->onlyuser > 0;
	f->only_cas = l->scope->onlyCA > 0;
	f->only_attributes = l->scope->onlyattr > 0;
	f->indirect = l->scope->indirectCRL > 0;
	f->some_reasons = l->scope->onlysomereasons != NULL;
	if (l->scope->distpoint) {
		f->point = l->point_text = format_point(l->scope->distpoint);
	}
}

/* Critical extensions that are read here, or need no reading:
 * the key identifier only helps to find the key. */
static bool is_known(const X509_EXTENSION *e)
{
	X509_EXTENSION *read = (X509_EXTENSION *)(uintptr_t)e; /* lint: libcrypto only reads it */
	switch (OBJ_obj2nid(X509_EXTENSION_get_object(read))) {
	case NID_crl_number:
	case NID_delta_crl:
	case NID_issuing_distribution_point:
	case NID_authority_key_identifier:
	case NID_crl_reason:
	case NID_certificate_issuer:
	case NID_invalidity_date: return true;
	default: return false;
	}
}

static void note_critical(struct crl *l, const STACK_OF(X509_EXTENSION) * extensions)
{
	for (int i = 0; i < sk_X509_EXTENSION_num(extensions) && !l->facts.unknown; i++) {
		X509_EXTENSION *e = sk_X509_EXTENSION_value(extensions, i);
		if (X509_EXTENSION_get_critical(e) && !is_known(e)) {
			note_unknown(l, X509_EXTENSION_get_object(e));
		}
	}
}

/* Whether the names are without the list's own issuer. */
static bool is_other(const struct crl *l, const GENERAL_NAMES *names)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		AUTO_FREE char *text = name->type == GEN_DIRNAME ? name_format(name->d.directoryName) : NULL;
		if (text && l->issuer && dn_equal(str_of(text), str_of(l->issuer))) {
			return false;
		}
	}
	return true;
}

/* Whose certificate the entry is about: it says so, or it is as with the entry before. RFC 5280 §5.3.3. */
static void read_entry_issuer(struct crl *l, X509_REVOKED *revoked, bool *other)
{
	GENERAL_NAMES *names = X509_REVOKED_get_ext_d2i(revoked, NID_certificate_issuer, NULL, NULL);
	if (!names) {
		return;
	}
	l->facts.indirect = true;
	*other = is_other(l, names);
	GENERAL_NAMES_free(names);
}

static enum crl_entry read_entry_kind(const struct crl *l, const X509_REVOKED *revoked)
{
	ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, NULL, NULL);
	long why = reason ? ASN1_ENUMERATED_get(reason) : CRL_REASON_UNSPECIFIED;
	ASN1_ENUMERATED_free(reason);
	if (why == CRL_REASON_CERTIFICATE_HOLD) {
		return CRL_ENTRY_HOLD;
	}
	return why == CRL_REASON_REMOVE_FROM_CRL && l->facts.delta ? CRL_ENTRY_REMOVED : CRL_ENTRY_REVOKED;
}

static int compare_entries(const void *a, const void *b)
{
	const struct crl_row *x = a, *y = b;
	int order = crl_compare_serials(X509_REVOKED_get0_serialNumber(x->revoked), y->revoked);
	return order ? order : (int)y->kind - (int)x->kind;
}

static enum rc read_entries(struct crl *l, struct err *reterr)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(l->x509);
	size_t n = sk_X509_REVOKED_num(list) > 0 ? (size_t)sk_X509_REVOKED_num(list) : 0;
	bool other = false;
	note_critical(l, X509_CRL_get0_extensions(l->x509));
	l->entries = mem_try((n + 1) * sizeof(struct crl_row), CRL_MAX_BYTES * 2);
	if (!l->entries) {
		return err_set(reterr, RC_LIMIT, "There is no memory for the revocation list.");
	}
	for (size_t i = 0; i < n; i++) {
		X509_REVOKED *revoked = sk_X509_REVOKED_value(list, (int)i);
		const STACK_OF(X509_EXTENSION) *extensions = X509_REVOKED_get0_extensions(revoked);
		if (extensions) {
			note_critical(l, extensions);
			read_entry_issuer(l, revoked, &other);
		}
		l->entries[i].revoked = revoked;
		l->entries[i].kind = other || l->facts.only_attributes ? CRL_ENTRY_NONE
				     : extensions                      ? read_entry_kind(l, revoked)
								       : CRL_ENTRY_REVOKED;
	}
	l->n_entries = n;
	qsort(l->entries, n, sizeof(struct crl_row), compare_entries);
	return RC_OK;
}

enum rc crl_facts_read(struct crl *l, struct err *reterr)
{
	read_scope(l);
	enum rc rc = read_entries(l, reterr);
	ERR_clear_error();
	return rc;
}
