/* SPDX-License-Identifier: Apache-2.0
 * Anchors and revocation lists: what a subaccount, or a call, relies on. */
#pragma once

#include "pki/cert.h"
#include "pki/chain/crl.h"

/** What a list past its next update does to what it covers. */
enum crl_stale { CRL_STALE_REFUSE, CRL_STALE_WARN };

/** An immutable set of anchors and revocation lists. */
struct trust;

/**
 * Make a trust from anchors (roots or intermediates; each one ends a path) and lists, see
 * pki/chain/revocation.h. Everything is shared by counting.
 */
MUST_USE enum rc trust_new(struct trust **ret, const struct cert_list *anchors, struct crl *const *crls,
			   size_t n_crls, enum crl_stale stale, struct err *reterr);
/** One owner less; accepts NULL. */
void trust_free(struct trust *t);
DEFINE_CLEANUP(struct trust, trust_free);
/** The anchors; borrowed. */
const struct cert_list *trust_anchors(const struct trust *t);
