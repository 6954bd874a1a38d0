/* SPDX-License-Identifier: Apache-2.0
 * A revocation list as its files see it. */
#pragma once

#include "pki/chain/crl.h"

#include <openssl/x509v3.h>
#include <stdatomic.h>

/** One revoked certificate; the order is by serial number, the worst first where one stands twice. */
struct crl_row {
	X509_REVOKED *revoked;
	enum crl_entry kind;
};

/** One list and its facts. */
struct crl {
	atomic_int owners;
	X509_CRL *x509;
	struct str der;
	char *issuer;
	struct str issuer_name; /* canonical */
	struct wall this_update, next_update;
	struct crl_facts facts;
	ASN1_INTEGER *number, *base; /* NULL where none is given */
	ISSUING_DIST_POINT *scope;   /* NULL: everything */
	struct crl_row *entries;
	size_t n_entries;
	char *number_text, *base_text, *point_text;
	char unknown[80];
};

/** Order of a serial number and that of an entry: below 0, 0, above 0. */
static inline int crl_compare_serials(const ASN1_INTEGER *a, const X509_REVOKED *b)
{
	return ASN1_INTEGER_cmp(a, X509_REVOKED_get0_serialNumber(b));
}

/* crl_facts.c */

/** Fill what l->x509 tells beside issuer and dates. RC_LIMIT no memory for its entries. */
MUST_USE enum rc crl_facts_read(struct crl *l, struct err *reterr);
