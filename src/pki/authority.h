/* SPDX-License-Identifier: Apache-2.0
 * What a certificate authority does: issue, sign requests, list what is revoked. */
#pragma once

#include "pki/chain/crl.h"
#include "pki/key.h"
#include "pki/request.h"

enum authority_usage { AUTHORITY_CLIENT, AUTHORITY_SERVER, AUTHORITY_BOTH, AUTHORITY_CA };

/** Longest validity [days]. */
#define AUTHORITY_MAX_DAYS 7300

/** Where a certificate made now begins to be valid: five minutes back, for clocks that are slow. */
static inline struct wall authority_start(struct wall now)
{
	return (struct wall){ now.us - 5 * 60 * US_PER_SECOND };
}

/** What a certificate shall say. */
struct authority_order {
	struct str subject;      /* as name_parse() reads it; p NULL: the request's */
	const char *const *sans; /* as request_format_pem() takes them; none: the request's */
	size_t n_sans;
	enum authority_usage usage;
	int path_length;        /* for AUTHORITY_CA: CAs allowed below; -1 any number */
	struct wall not_before; /* authority_start(now) where there is no reason for another moment */
	int days; /* of validity, 1 to AUTHORITY_MAX_DAYS; cut where the issuer's own validity ends */
};

/** Read "client", "server", "both" or "ca". RC_INVALID (err->field "usage"). */
MUST_USE enum rc authority_usage_parse(struct str text, enum authority_usage *ret, struct err *reterr);

/**
 * Issue a certificate for a public key: issuer and issuer_key sign;
 * both NULL makes it self-signed with subject_key, which then must hold the private half.
 * The serial number has 159 random bits.
 * RC_INVALID subject, names or days cannot be taken, or the key is weak; RC_CERT the issuer is expired by
 * then. Source: RFC 5280 §4; CA/Browser Forum BR §7.1.
 */
MUST_USE enum rc authority_issue(struct cert **ret, const struct authority_order *order,
				 const struct key *subject_key, const struct cert *issuer,
				 const struct key *issuer_key, struct err *reterr);
/** The same for a request: its key, and its subject and names where the order has none. */
MUST_USE enum rc authority_sign(struct cert **ret, const struct authority_order *order,
				const struct request *request, const struct cert *issuer,
				const struct key *issuer_key, struct err *reterr);

/** One revoked certificate. */
struct authority_revoked {
	const char *serial; /* hex */
	struct wall since;
};
/**
 * Make a version 2 list, DER appended to out. RC_INVALID a serial is no hex. Source: RFC 5280 §5.
 */
MUST_USE enum rc authority_crl(const struct cert *issuer, const struct key *issuer_key,
			       const struct authority_revoked *revoked, size_t n_revoked, int64_t number,
			       struct wall now, int days, struct buf *out, struct err *reterr);
