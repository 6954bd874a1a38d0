/* SPDX-License-Identifier: Apache-2.0
 * The cache of judged chains: what is taken from it, what never, and what it holds at most. */
#include "unit/pki/house.h"

#include "gateway/judgement.h"

static struct house house, foreign;
static struct cert *leaf, *other, *expired, *stranger;
static struct tenant tenant, neighbour;

static void add(struct cert_list *list, struct cert *a, struct cert *b)
{
	cert_list_add(list, a);
	if (b) {
		cert_list_add(list, b);
	}
}

static void trust(struct tenant *t, const struct cert *anchor)
{
	struct cert_list anchors = { 0 };
	struct err err = { 0 };
	if (anchor) {
		cert_list_add(&anchors, cert_ref((struct cert *)(uintptr_t)anchor));
	}
	trust_free(t->trust);
	t->trust = NULL;
	if (trust_new(&t->trust, &anchors, NULL, 0, CRL_STALE_REFUSE, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	t->trust_generation++;
	if (anchor) {
		cert_free(anchors.items[0]);
	}
	cert_list_fini(&anchors);
}

static int set_up(void **state)
{
	house_init(&house, "House");
	house_init(&foreign, "Foreign");
	leaf = house_leaf(&house, "CN=leaf", AUTHORITY_CLIENT, -1, 10);
	other = house_leaf(&house, "CN=other", AUTHORITY_CLIENT, -1, 20);
	expired = house_leaf(&house, "CN=expired", AUTHORITY_CLIENT, -20, 10);
	stranger = house_leaf(&foreign, "CN=leaf", AUTHORITY_CLIENT, -1, 10);
	trust(&tenant, house.root);
	trust(&neighbour, foreign.root);
	neighbour.trust_generation = tenant.trust_generation;
	return 0;
}

static int tear_down(void **state)
{
	trust_free(tenant.trust);
	trust_free(neighbour.trust);
	tenant = neighbour = (struct tenant){ 0 };
	cert_free(leaf);
	cert_free(other);
	cert_free(expired);
	cert_free(stranger);
	house_fini(&house);
	house_fini(&foreign);
	return 0;
}

/* The chain of a leaf judged: reason, and whether it was the object given. */
static enum reason judged(struct judgement_cache *cache, const struct tenant *t, struct cert *c,
			  struct cert *issuer, struct wall now, const struct judgement **ret)
{
	AUTO_CERT_LIST chain = { 0 };
	add(&chain, c, issuer);
	struct judgement *j = judgement_get(cache, t, &chain, now);
	enum reason reason = j->identity.chain_reason;
	assert_int_equal(j->identity.chain_reason, reason);
	assert_string_equal(j->identity.leaf.sha256, cert_sha256(c));
	if (ret) {
		*ret = j;
	}
	judgement_free(j);
	return reason;
}

static void a_good_chain_is_judged_once(void **state)
{
	AUTO(judgement_cache_free_cleanup) struct judgement_cache *cache = judgement_cache_new(64, NULL);
	const struct judgement *first = NULL, *second = NULL;
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, &first), REASON_NONE);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, &second), REASON_NONE);
	assert_ptr_equal(first, second);
	assert_int_equal(judgement_cache_count(cache), 1);
}

static void a_chain_that_is_not_good_is_never_kept(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *certificates = cert_cache_new(64, 1 << 20);
	AUTO(judgement_cache_free_cleanup)
	struct judgement_cache *cache = judgement_cache_new(64, certificates);
	assert_int_equal(judged(cache, &tenant, expired, house.ca, NOW, NULL), REASON_P109);
	assert_int_equal(judged(cache, &tenant, stranger, foreign.ca, NOW, NULL), REASON_K201);
	assert_int_equal(judged(cache, &tenant, leaf, NULL, NOW, NULL), REASON_K202);
	assert_int_equal(judgement_cache_count(cache), 0);
	assert_int_equal(cert_cache_count(certificates, NULL), 0);
}

static void a_subaccount_does_not_get_its_neighbour_s_verdict(void **state)
{
	AUTO(judgement_cache_free_cleanup) struct judgement_cache *cache = judgement_cache_new(64, NULL);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, NULL), REASON_NONE);
	assert_int_equal(judged(cache, &neighbour, leaf, house.ca, NOW, NULL), REASON_K201);
	assert_int_equal(judged(cache, &neighbour, stranger, foreign.ca, NOW, NULL), REASON_NONE);
	assert_int_equal(judged(cache, &tenant, stranger, foreign.ca, NOW, NULL), REASON_K201);
}

static void another_generation_of_trust_is_asked_again(void **state)
{
	AUTO(judgement_cache_free_cleanup) struct judgement_cache *cache = judgement_cache_new(64, NULL);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, NULL), REASON_NONE);
	trust(&tenant, foreign.root);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, NULL), REASON_K201);
	assert_int_equal(judgement_cache_count(cache), 0);
	trust(&tenant, house.root);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, NULL), REASON_NONE);
}

static void no_verdict_outlives_the_earliest_date_nor_a_clock_set_back(void **state)
{
	AUTO(judgement_cache_free_cleanup) struct judgement_cache *cache = judgement_cache_new(64, NULL);
	struct wall end = cert_not_after(leaf);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, NULL), REASON_NONE);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, (struct wall){ end.us - US_PER_SECOND },
				NULL),
			 REASON_NONE);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, (struct wall){ end.us + US_PER_SECOND },
				NULL),
			 REASON_P109);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, NULL), REASON_NONE);
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, (struct wall){ NOW.us - DAYS(5) }, NULL),
			 REASON_P109);
}

static void the_name_of_a_chain_tells_order_and_members_apart(void **state)
{
	uint8_t a[DIGEST_SHA256_SIZE], b[DIGEST_SHA256_SIZE];
	AUTO_CERT_LIST one = { 0 };
	AUTO_CERT_LIST two = { 0 };
	add(&one, leaf, house.ca);
	add(&two, house.ca, leaf);
	judgement_name(&one, a);
	judgement_name(&two, b);
	assert_memory_not_equal(a, b, sizeof(a));
	cert_list_add(&one, house.ca);
	judgement_name(&one, b);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void a_name_that_meets_another_chain_is_not_enough(void **state)
{
	AUTO(judgement_cache_free_cleanup) struct judgement_cache *cache = judgement_cache_new(64, NULL);
	AUTO_CERT_LIST chain = { 0 };
	add(&chain, stranger, foreign.ca);
	const struct judgement *kept = NULL;
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, &kept), REASON_NONE);
	/* As if SHA-256 were broken. */
	struct judgement *forged = judgement_find(cache, &tenant, kept->sha256);
	struct cert_list before = forged->chain;
	forged->chain = chain;
	chain = (struct cert_list){ 0 };
	assert_int_equal(judged(cache, &tenant, leaf, house.ca, NOW, &kept), REASON_NONE);
	assert_true(cert_equal(kept->chain.items[0], leaf));
	cert_list_fini(&before);
}

static void strays_that_come_along_are_not_kept_decoded(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *certificates = cert_cache_new(64, 1 << 20);
	AUTO(judgement_cache_free_cleanup)
	struct judgement_cache *cache = judgement_cache_new(64, certificates);
	AUTO_CERT_LIST chain = { 0 };
	add(&chain, leaf, stranger);
	add(&chain, house.ca, house.root);
	add(&chain, foreign.ca, foreign.root);
	struct judgement *j = judgement_get(cache, &tenant, &chain, NOW);
	assert_int_equal(j->identity.chain_reason, REASON_NONE);
	assert_int_equal(j->path, 1 << 0 | 1 << 2 | 1 << 3);
	assert_int_equal(cert_cache_count(certificates, NULL), 3);
	assert_null(cert_cache_find(certificates, cert_der(stranger)));
	assert_non_null(cert_cache_find(certificates, cert_der(house.root)));
	judgement_free(j);
}

static void it_holds_no_more_than_its_count_and_keeps_what_is_in_use_alive(void **state)
{
	AUTO(judgement_cache_free_cleanup) struct judgement_cache *cache = judgement_cache_new(8, NULL);
	AUTO_CERT_LIST chain = { 0 };
	add(&chain, other, house.ca);
	struct judgement *held = judgement_get(cache, &tenant, &chain, NOW);
	for (int i = 0; i < 60; i++) {
		AUTO_FREE char *subject = mem_printf("CN=n%02d", i);
		struct cert *c = house_leaf(&house, subject, AUTHORITY_CLIENT, -1, 10);
		assert_int_equal(judged(cache, &tenant, c, house.ca, NOW, NULL), REASON_NONE);
		assert_true(judgement_cache_count(cache) <= 8);
		cert_free(c);
	}
	assert_string_equal(held->identity.leaf.subject, "CN=other");
	judgement_free(held);
}

static void an_unreadable_chain_is_k209(void **state)
{
	struct judgement *j = judgement_unreadable(&tenant, "why", NOW);
	assert_int_equal(j->identity.chain_reason, REASON_K209);
	assert_string_equal(j->identity.chain_detail, "why");
	assert_true(j->identity.has_certificate);
	assert_false(j->identity.anchored);
	judgement_free(j);
}

#define IN_HOUSE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

RUN_TESTS(IN_HOUSE(a_good_chain_is_judged_once), IN_HOUSE(a_chain_that_is_not_good_is_never_kept),
	  IN_HOUSE(a_subaccount_does_not_get_its_neighbour_s_verdict),
	  IN_HOUSE(another_generation_of_trust_is_asked_again),
	  IN_HOUSE(no_verdict_outlives_the_earliest_date_nor_a_clock_set_back),
	  IN_HOUSE(the_name_of_a_chain_tells_order_and_members_apart),
	  IN_HOUSE(a_name_that_meets_another_chain_is_not_enough),
	  IN_HOUSE(strays_that_come_along_are_not_kept_decoded),
	  IN_HOUSE(it_holds_no_more_than_its_count_and_keeps_what_is_in_use_alive),
	  IN_HOUSE(an_unreadable_chain_is_k209))
