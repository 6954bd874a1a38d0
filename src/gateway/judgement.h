/* SPDX-License-Identifier: Apache-2.0
 * Chains that were judged, and a cache of those found good:
 * a chain that comes again is not verified again. */
#pragma once

#include "gateway/tenant.h"
#include "identity/identity.h"
#include "pki/cert_cache.h"
#include "pki/digest.h"

struct caller;

/** One chain before one subaccount's trust; shared by counting, unchanged once made but for the caller.
 * There is one for each client that is connected, so it is kept small. */
struct judgement {
	unsigned owners;
	const struct tenant *tenant; /* whose trust it was */
	uint64_t trust_generation;
	struct wall judged_at, good_until; /* between them the verdict needs no second look */
	struct cert_list chain;            /* as presented; empty when it cannot be read */
	uint8_t sha256[DIGEST_SHA256_SIZE];
	struct wall earliest_not_after; /* of struct chain_verdict; its other facts are the identity's */
	uint16_t path;                  /* likewise */
	struct identity_peer identity;  /* borrows from the rest */
	struct caller *caller; /* kept by recognition_judge() as long as the registry does not move */
	char texts[];          /* the verdict's, one behind the other */
};

/** Most chains a worker keeps, and most certificates with their bytes of DER. */
#define JUDGEMENT_CHAINS_MAX 4096
#define JUDGEMENT_CERTIFICATES_MAX 8192
#define JUDGEMENT_CERTIFICATE_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct judgement_cache;

/** An empty cache for max chains. certificates (borrowed, may be NULL) gets those of each chain found
 * good. */
struct judgement_cache *judgement_cache_new(size_t max, struct cert_cache *certificates);
/** Give it up; accepts NULL. */
void judgement_cache_free(struct judgement_cache *cache);
DEFINE_CLEANUP(struct judgement_cache, judgement_cache_free);
/** How many chains it holds. */
size_t judgement_cache_count(const struct judgement_cache *cache);

/**
 * The judgement of a chain (at least one certificate) for a subaccount:
 * from the cache, where every certificate is the same byte for byte, the trust has not moved and no date has
 * passed; else judged now. Kept are good ones alone. Owned.
 */
struct judgement *judgement_get(struct judgement_cache *cache, const struct tenant *tenant,
				const struct cert_list *chain, struct wall now);
/** What is kept of a chain for a subaccount, or NULL; its verdict may be out of date. Borrowed. */
struct judgement *judgement_find(struct judgement_cache *cache, const struct tenant *tenant,
				 const uint8_t sha256[DIGEST_SHA256_SIZE]);
/** That a peer's chain cannot be read, which is no good one (K209). Owned. */
struct judgement *judgement_unreadable(const struct tenant *tenant, const char *why, struct wall now);
/** Whether the verdict is still to be relied on for a subaccount. */
bool judgement_holds(const struct judgement *j, const struct tenant *tenant, struct wall now);
/** One more owner. Returns j. */
struct judgement *judgement_ref(struct judgement *j);
/** One owner less; accepts NULL. */
void judgement_free(struct judgement *j);
DEFINE_CLEANUP(struct judgement, judgement_free);

/** SHA-256 over the fingerprints of the certificates, in their order. */
void judgement_name(const struct cert_list *chain, uint8_t out[DIGEST_SHA256_SIZE]);
