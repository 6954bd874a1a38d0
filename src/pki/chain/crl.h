/* SPDX-License-Identifier: Apache-2.0
 * Certificate revocation lists, versions 1 and 2. */
#pragma once

#include "pki/cert.h"

struct crl;

/** Largest list that is read [bytes]. */
#define CRL_MAX_BYTES ((size_t)4 * 1024 * 1024)

/** Read a list from DER, nothing behind it. RC_INVALID, RC_LIMIT. Source: RFC 5280 §5. */
MUST_USE enum rc crl_new_der(struct crl **ret, struct str der, struct err *reterr);
/** Read a list from DER or PEM, told by content. RC_INVALID, RC_LIMIT. */
MUST_USE enum rc crl_new_any(struct crl **ret, struct str bytes, struct err *reterr);
/** Whether the bytes are a list (PEM "X509 CRL", or DER that parses as one). */
bool crl_looks_like(struct str bytes);
/** One more owner; accepts NULL. */
struct crl *crl_ref(struct crl *l);
/** One owner less; accepts NULL. */
void crl_free(struct crl *l);
DEFINE_CLEANUP(struct crl, crl_free);

/** The whole list as DER; borrowed. */
struct str crl_der(const struct crl *l);
/** Issuer in RFC 2253 form; borrowed. */
const char *crl_issuer(const struct crl *l);
/** When it was made, and when the next one is due; next is {INT64_MAX} where none is given. */
struct wall crl_this_update(const struct crl *l);
struct wall crl_next_update(const struct crl *l);
/** Number of entries in it. */
size_t crl_count(const struct crl *l);

/** What a list is about and how far it can be read; text is borrowed. Source: RFC 5280 §5.2, §5.3. */
struct crl_facts {
	const char *number; /* CRL number in decimal digits, NULL where none is given */
	/* of a delta: number of the complete list that it counts on; NULL where it cannot be read */
	const char *base;
	const char *point;   /* where it is for one distribution point alone: that one's name, else NULL */
	const char *unknown; /* OID of the first critical extension, its own or an entry's, that is not known
			      * here, or of one that cannot be read; NULL where all is understood */
	bool delta;
	bool indirect;    /* it may name certificates of other issuers, which count for nothing */
	bool only_leaves; /* the scope: certificates of users, of CAs, attribute certificates alone */
	bool only_cas;
	bool only_attributes;
	bool some_reasons; /* it tells some reasons of revocation alone */
};
/** The facts; borrowed. */
const struct crl_facts *crl_facts(const struct crl *l);

/** Whether issuer's name is the list's. Source: RFC 5280 §7.1. */
bool crl_is_named(const struct crl *l, const struct cert *issuer);
/** Whether the certificate's issuer has the list's name, whatever its key is. */
bool crl_is_of_issuer(const struct crl *l, const struct cert *c);
/**
 * Whether issuer's name and key made the list. The key usage is not asked:
 * the key is the CA's own, and whoever may choose among certificates of one key would choose the one without
 * cRLSign.
 */
bool crl_verify(const struct crl *l, const struct cert *issuer);
/** The first of the certificates whose name and key made the list, borrowed; NULL: none did.
 * One whose key identifier the list names is tried before the others. */
const struct cert *crl_find_signer(const struct crl *l, const struct cert_list *known);
/** Whether the certificate is in the list's scope: kind and distribution point.
 * Source: RFC 5280 §6.3.3 (b). */
bool crl_covers(const struct crl *l, const struct cert *c);

/* What follows is about two lists that one issuer's name and key made. */
/**
 * Whether a takes b's place: of the same scope, all of it understood, neither number nor date older, and one
 * of them newer.
 * A delta takes no complete list's place, and another delta's only where it reaches as far back.
 * The relation is a strict partial order, so what is left of many lists is the same in whatever order they
 * come. Source: RFC 5280 §5.2.3 to §5.2.5.
 */
bool crl_replaces(const struct crl *a, const struct crl *b);
/** Whether both are of one scope and kind and neither replaces the other:
 * then a CA has begun to count anew, or made two. */
bool crl_is_rival(const struct crl *a, const struct crl *b);
/** Whether a has the greater number; one without number has the least. */
bool crl_is_later(const struct crl *a, const struct crl *b);
/** Whether the delta counts on top of the complete list: its scope, base <= number < the delta's.
 * RFC 5280 §5.2.4. */
bool crl_applies(const struct crl *delta, const struct crl *complete);

/** What a list says of one certificate, mildest first. */
enum crl_entry {
	CRL_ENTRY_NONE,
	CRL_ENTRY_REMOVED, /* removeFromCRL, in deltas alone; in a complete list any entry revokes */
	CRL_ENTRY_HOLD,    /* certificateHold */
	CRL_ENTRY_REVOKED,
};
/** The entry of the certificate's serial number, the worst where there are several;
 * ret_since (may be NULL) is its date. */
enum crl_entry crl_find(const struct crl *l, const struct cert *c, struct wall *ret_since);
/** The same for the serial number of another list's i-th entry, in order of serial numbers. */
enum crl_entry crl_find_entry(const struct crl *l, const struct crl *of, size_t i);
/** The i-th entry: its serial number in upper-case hex as cert_serial() has it, owned; NULL where the
 * entry is no revocation of this issuer's, or i is not less than crl_count(). */
char *crl_revoked_serial(const struct crl *l, size_t i);
