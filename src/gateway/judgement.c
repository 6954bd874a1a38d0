/* SPDX-License-Identifier: Apache-2.0
 * Judging a chain once for all connections that present it. */
#include "gateway/judgement.h"

#include "base/memory.h"
#include "gateway/caller.h"

#include <stdio.h>

/* A refusal is looked at again after so long: a certificate may have become valid meanwhile. */
#define REFUSAL_HOLDS_US (US_PER_SECOND)
#define WAYS 4

struct place {
	struct judgement *judgement;
	uint64_t used; /* when, counted in look-ups */
};

struct judgement_cache {
	size_t n_sets, n;
	uint64_t now;
	struct place *places; /* n_sets × WAYS */
	struct cert_cache *certificates;
};

struct judgement *judgement_ref(struct judgement *j)
{
	j->owners++;
	return j;
}

void judgement_free(struct judgement *j)
{
	if (!j || --j->owners > 0) {
		return;
	}
	caller_free(j->caller);
	cert_list_fini(&j->chain);
	mem_free(j);
}

struct judgement_cache *judgement_cache_new(size_t max, struct cert_cache *certificates)
{
	struct judgement_cache *cache = mem_alloc(sizeof(*cache));
	cache->n_sets = max < WAYS ? 1 : max / WAYS;
	cache->places = mem_array(cache->n_sets * WAYS, sizeof(struct place));
	cache->certificates = certificates;
	return cache;
}

void judgement_cache_free(struct judgement_cache *cache)
{
	if (!cache) {
		return;
	}
	for (size_t i = 0; i < cache->n_sets * WAYS; i++) {
		judgement_free(cache->places[i].judgement);
	}
	mem_free(cache->places);
	mem_free(cache);
}

size_t judgement_cache_count(const struct judgement_cache *cache)
{
	return cache->n;
}

void judgement_name(const struct cert_list *chain, uint8_t out[DIGEST_SHA256_SIZE])
{
	AUTO_BUF(names, SIZE_MAX);
	for (size_t i = 0; i < chain->n; i++) {
		(void)buf_add(&names, str_from(cert_sha256_bytes(chain->items[i]), DIGEST_SHA256_SIZE));
	}
	digest_sha256(buf_str(&names), out);
}

static struct place *set_of(struct judgement_cache *cache, const uint8_t *sha256)
{
	uint64_t hash;
	memcpy(&hash, sha256, sizeof(hash));
	return &cache->places[hash % cache->n_sets * WAYS];
}

static struct place *find(struct judgement_cache *cache, const struct tenant *tenant, const uint8_t *sha256)
{
	struct place *set = set_of(cache, sha256);
	for (size_t i = 0; i < WAYS; i++) {
		struct judgement *j = set[i].judgement;
		if (j && j->tenant == tenant && memcmp(j->sha256, sha256, DIGEST_SHA256_SIZE) == 0) {
			set[i].used = ++cache->now;
			return &set[i];
		}
	}
	return NULL;
}

struct judgement *judgement_find(struct judgement_cache *cache, const struct tenant *tenant,
				 const uint8_t sha256[DIGEST_SHA256_SIZE])
{
	struct place *place = find(cache, tenant, sha256);
	return place ? place->judgement : NULL;
}

bool judgement_holds(const struct judgement *j, const struct tenant *tenant, struct wall now)
{
	return j->tenant == tenant && j->trust_generation == tenant->trust_generation &&
	       now.us >= j->judged_at.us && now.us < j->good_until.us;
}

static struct wall earlier(struct wall a, struct wall b)
{
	return a.us < b.us ? a : b;
}

/* Put text behind the others. Returns where it stands. */
static const char *place_text(char **end, const char *text)
{
	size_t n = strlen(text) + 1;
	char *at = memcpy(*end, text, n);
	*end += n;
	return at;
}

/* Without chain. Most of a verdict is room for texts that a good chain has none of. */
static struct judgement *judgement_new(const struct tenant *tenant, const struct chain_verdict *verdict,
				       struct wall now)
{
	size_t n = strlen(verdict->detail) + strlen(verdict->at_subject) + strlen(verdict->anchor_sha256) +
		   strlen(verdict->issuer_public_key_sha256) + 4;
	struct judgement *j = mem_alloc(sizeof(*j) + n);
	char *end = j->texts;
	*j = (struct judgement){ .owners = 1,
				 .tenant = tenant,
				 .trust_generation = tenant->trust_generation,
				 .judged_at = now,
				 .good_until = { INT64_MAX },
				 .earliest_not_after = verdict->earliest_not_after,
				 .path = verdict->path };
	j->identity = (struct identity_peer){
		.has_certificate = true,
		.chain_reason = verdict->reason,
		.anchored = verdict->anchored,
		.chain_detail = place_text(&end, verdict->detail),
		.chain_subject = place_text(&end, verdict->at_subject),
		.anchor_sha256 = place_text(&end, verdict->anchor_sha256),
		.leaf.issuer_public_key_sha256 = place_text(&end, verdict->issuer_public_key_sha256),
	};
	return j;
}

static struct judgement *judge(const struct tenant *tenant, const struct cert_list *chain,
			       const uint8_t *sha256, struct wall now)
{
	struct chain_verdict verdict = { .reason = REASON_K201 };
	chain_judge(tenant->trust, chain, now, CHAIN_CLIENT, &verdict);
	struct judgement *j = judgement_new(tenant, &verdict, now);
	memcpy(j->sha256, sha256, sizeof(j->sha256));
	for (size_t i = 0; i < chain->n; i++) {
		cert_list_add(&j->chain, chain->items[i]);
	}
	j->good_until = verdict.reason == REASON_NONE
				? earlier(verdict.earliest_not_after, verdict.earliest_next_update)
				: (struct wall){ now.us + REFUSAL_HOLDS_US };
	j->identity.leaf = view_certificate(chain->items[0], j->identity.leaf.issuer_public_key_sha256);
	return j;
}

struct judgement *judgement_unreadable(const struct tenant *tenant, const char *why, struct wall now)
{
	struct chain_verdict verdict = { .reason = REASON_K209 };
	(void)snprintf(verdict.detail, sizeof(verdict.detail), "%s", why);
	return judgement_new(tenant, &verdict, now);
}

static struct place *oldest(struct place *set)
{
	struct place *found = &set[0];
	for (size_t i = 1; i < WAYS && found->judgement; i++) {
		if (!set[i].judgement || set[i].used < found->used) {
			found = &set[i];
		}
	}
	return found;
}

/* Only what its path goes over is kept decoded: strays that came along could push others out. */
static void keep(struct judgement_cache *cache, struct place *place, struct judgement *j)
{
	place = place ? place : oldest(set_of(cache, j->sha256));
	cache->n += place->judgement ? 0 : 1;
	judgement_free(place->judgement);
	*place = (struct place){ judgement_ref(j), ++cache->now };
	for (size_t i = 0; cache->certificates && i < j->chain.n; i++) {
		if (j->path & 1U << i) {
			cert_cache_add(cache->certificates, j->chain.items[i]);
		}
	}
}

static void drop(struct judgement_cache *cache, struct place *place)
{
	judgement_free(place->judgement);
	*place = (struct place){ 0 };
	cache->n--;
}

static bool same_chain(const struct cert_list *a, const struct cert_list *b)
{
	bool same = a->n == b->n;
	for (size_t i = 0; same && i < a->n; i++) {
		same = a->items[i] == b->items[i] || cert_equal(a->items[i], b->items[i]);
	}
	return same;
}

struct judgement *judgement_get(struct judgement_cache *cache, const struct tenant *tenant,
				const struct cert_list *chain, struct wall now)
{
	uint8_t sha256[DIGEST_SHA256_SIZE];
	judgement_name(chain, sha256);
	struct place *place = find(cache, tenant, sha256);
	if (place && judgement_holds(place->judgement, tenant, now) &&
	    same_chain(&place->judgement->chain, chain)) {
		return judgement_ref(place->judgement);
	}
	struct judgement *j = judge(tenant, chain, sha256, now);
	/* What a caller sends beside its chain could be anything: an over-long one takes nobody's place. */
	if (j->identity.chain_reason == REASON_NONE && tls_chain_fits(chain)) {
		keep(cache, place, j);
	} else if (place) {
		drop(cache, place);
	}
	return j;
}
