/* SPDX-License-Identifier: Apache-2.0
 * A trust from the inside, for the search of a path. */
#pragma once

#include "pki/chain/revocation.h"
#include "pki/chain/trust.h"

#include <stdatomic.h>

struct trust {
	atomic_int owners;
	struct cert_list anchors; /* as they were given */
	struct cert **by_name;    /* the same, by subject and fingerprint, each one once; borrowed */
	size_t n;                 /* of by_name */
	bool has_lists;
	struct revocations *lists;
	enum crl_stale stale;
};

/** The anchors of a canonical subject, in an order that is always the same; ret_n of them, borrowed. */
struct cert *const *trust_named(const struct trust *t, struct str subject_name, size_t *ret_n);
/** Whether this very certificate is an anchor. */
bool trust_has(const struct trust *t, const struct cert *c);
