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
/** Number of revoked certificates in it. */
size_t crl_count(const struct crl *l);
/** Whether the list is of the certificate's issuer, and of its kind where the list is for CAs or for leaves alone. */
bool crl_covers(const struct crl *l, const struct cert *c);
/** Whether newer takes the place of older, both being of one issuer: the same scope, complete, and made later. */
bool crl_supersedes(const struct crl *newer, const struct crl *older);
/** Whether the issuer's key signed the list, and the issuer may sign lists. */
bool crl_verify(const struct crl *l, const struct cert *issuer);
/** Whether the certificate's serial number is listed (and not removed from the list again). */
bool crl_is_revoked(const struct crl *l, const struct cert *c);
