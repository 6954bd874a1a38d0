/* SPDX-License-Identifier: Apache-2.0
 * Which paths lead from a certificate to an anchor: by names and signatures alone, judged elsewhere. */
#pragma once

#include "pki/chain/purpose.h"
#include "pki/chain/trust_internal.h"

/** Most signatures that are checked for one chain. */
#define PATH_MAX_CHECKS 32

/** Certificates from the leaf to an anchor; each one's key signed the one before. Borrowed. */
struct path {
	const struct cert *certs[CHAIN_MAX_DEPTH];
	size_t n;
};

/** Where the search went no further, and what it saw there. */
struct path_end {
	const struct cert *at;  /* the last certificate that signatures led to; NULL: nowhere went wrong */
	size_t depth;           /* from the leaf, which is 1 */
	size_t candidates;      /* certificates of the issuer's name that were tried, or left out */
	size_t other_key;       /* of them, those whose key identifier is not the one that `at` names */
	size_t untried;         /* of them, those that no check was left for */
	const struct cert *bad; /* one that has the key identifier that `at` names, and did not sign it */
	const struct cert *too_large; /* one with a key above CERT_KEY_MAX_BITS */
};

enum path_signature { PATH_SIGNED, PATH_NOT_SIGNED, PATH_TOO_LARGE, PATH_NO_MORE };

/** One search. */
struct path_search {
	const struct trust *trust;
	const struct cert *sent[CHAIN_MAX_DEPTH]; /* without the leaf, anchors and doubles */
	size_t n_sent;
	struct {
		const struct cert *subject, *issuer;
		bool good;
	} checks[PATH_MAX_CHECKS];
	size_t n_checks;
	struct path path;
	struct path_end end;   /* the deepest */
	struct path_end limit; /* where the checks were used up first; at NULL: nowhere */
	/* the issuer of this one would have been certificate CHAIN_MAX_DEPTH + 1 */
	const struct cert *deepest;
	bool (*visit)(void *context, const struct path *path);
	void *context;
};

/**
 * Find all paths from sent[0] over the others of sent, n of them, in any order, to an anchor, and visit each
 * one until visit returns true. What is tried first depends on the certificates alone, not on their order:
 * fitting key identifiers first, which exclude nothing; anchors before what was sent; what is valid for
 * longer first. No path has two CA certificates of one name and key, which could only make it worse. Once a
 * key signed a certificate no other key is tried for it.
 * Source: RFC 5280 §6.1, RFC 4158 §2.4.2, §3.5.
 */
void path_search(struct path_search *s, const struct trust *trust, const struct cert_list *sent, size_t n,
		 bool (*visit)(void *context, const struct path *path), void *context);

/** Whether issuer's key signed subject; what was checked before is remembered. */
enum path_signature path_check(struct path_search *s, const struct cert *subject, const struct cert *issuer);

/** All known certificates, anchors and sent, of this canonical name, best candidates for subject (may be
 * NULL) first. Owned array. */
const struct cert **path_named(const struct path_search *s, struct str name, const struct cert *subject,
			       size_t *ret_n);
