/* SPDX-License-Identifier: Apache-2.0
 * What is wrong with one path whose signatures hold. */
#pragma once

#include "model/reason.h"
#include "pki/chain/path.h"

/** The faults of a path: how many, and the one that is told. */
struct faults {
	size_t n;
	enum reason reason;    /* REASON_NONE: no fault */
	const struct cert *at; /* the certificate at fault */
	char detail[256];
	bool constraint;         /* one of them is of the path itself: it does not count as anchored */
	struct wall next_change; /* when lists alone may change the answer; {INT64_MAX}: never */
};

/** What a path is judged for. */
struct fault_question {
	struct path_search *search; /* for the trust, and what is known of signatures */
	struct wall now;
	enum chain_purpose purpose;
};

/**
 * Find all faults of a path. Told is the first of: extension not understood (K214), key too large (K216),
 * weak (K211), name constraint (K210), path length (K213), no CA (K204), dates (P109, K203), usages (P108,
 * P118, K217), CA as leaf (P112), revoked (K207), stale list (K208), work limit (K215).
 * Source: RFC 5280 §6.1.
 */
void fault_judge(const struct fault_question *q, const struct path *path, struct faults *ret);

/** How many of them are the leaf's own, so that no path has fewer. */
size_t fault_count_leaf(const struct fault_question *q, const struct cert *leaf);

/**
 * What the lists say of a certificate, whichever of the known ones issued it (REVOCATION_UNKNOWN where none
 * is known). False when no check was left to find that out.
 */
bool fault_revocation(struct path_search *s, const struct cert *c, struct wall now, struct revocation *ret);
