/* SPDX-License-Identifier: Apache-2.0
 * Every way in which a chain is good or bad is told by its own reason. */
#include "house.h"

static struct house ours, theirs;

static int set_up(void **state)
{
	house_init(&ours, "Ours");
	house_init(&theirs, "Theirs");
	return 0;
}

static int tear_down(void **state)
{
	house_fini(&ours);
	house_fini(&theirs);
	return 0;
}

#define AUTO_CERT AUTO(cert_free_cleanup) struct cert

/* Judge leaf and extra against an anchor and a list, all but the leaf optional. */
static struct chain_verdict judge_with(struct cert *leaf, struct cert *extra, struct cert *anchor,
				       struct crl *crl, enum crl_stale stale, enum chain_purpose purpose,
				       int64_t in_days)
{
	struct chain_verdict v;
	AUTO_CERT_LIST anchors = { 0 };
	AUTO_CERT_LIST presented = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	if (anchor)
		cert_list_add(&anchors, anchor);
	if (leaf)
		cert_list_add(&presented, leaf);
	if (extra)
		cert_list_add(&presented, extra);
	assert_int_equal(trust_new(&trust, &anchors, &crl, crl ? 1 : 0, stale, NULL), RC_OK);
	chain_judge(trust, &presented, (struct wall){ NOW.us + DAYS(in_days) }, purpose, &v);
	return v;
}

static const char *judge(struct cert *leaf, struct cert *extra, struct cert *anchor)
{
	return reason_info(judge_with(leaf, extra, anchor, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0).reason)
		->code;
}

static void a_whole_chain_to_the_root_is_good_and_says_until_when(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	struct chain_verdict v =
		judge_with(leaf, ours.ca, ours.root, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
	assert_int_equal(v.reason, REASON_NONE);
	assert_true(v.anchored);
	assert_int_equal(v.depth, 3);
	assert_string_equal(v.anchor_sha256, cert_sha256(ours.root));
	assert_string_equal(v.issuer_public_key_sha256, cert_public_key_sha256(ours.ca));
	assert_int_equal(v.earliest_not_after.us, cert_not_after(leaf).us);
}

static void a_leaf_alone_is_good_when_the_keystore_holds_its_ca(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	assert_string_equal(judge(leaf, NULL, ours.ca), "");
}

static void no_certificate_at_all_is_r504(void **state)
{
	assert_string_equal(judge(NULL, NULL, ours.root), "R504");
}

static void a_chain_whose_root_is_not_imported_is_k201(void **state)
{
	AUTO_CERT *leaf = house_leaf(&theirs, "CN=a", AUTHORITY_CLIENT, -1, 30);
	struct chain_verdict v =
		judge_with(leaf, theirs.ca, ours.root, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
	assert_int_equal(v.reason, REASON_K201);
	assert_false(v.anchored);
	assert_non_null(strstr(v.detail, "Theirs Root"));
}

static void an_empty_keystore_trusts_nobody(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	assert_string_equal(judge(leaf, ours.ca, NULL), "K201");
}

static void a_leaf_without_its_intermediate_is_k202_and_names_the_issuer(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	struct chain_verdict v = judge_with(leaf, NULL, ours.root, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
	assert_int_equal(v.reason, REASON_K202);
	assert_non_null(strstr(v.detail, "Ours CA"));
}

static void a_self_signed_stranger_is_k201(void **state)
{
	AUTO_CERT *leaf = house_issue(&ours, "CN=self", AUTHORITY_CLIENT, -1, 30, NULL, NULL, NULL);
	assert_true(cert_is_self_signed(leaf));
	assert_string_equal(judge(leaf, NULL, ours.root), "K201");
}

static void a_forged_issuer_of_the_same_name_is_not_anchored(void **state)
{
	AUTO_CERT *forged = house_issue(&theirs, "CN=Ours CA,O=Test", AUTHORITY_CA, -100, 3000, NULL, NULL,
					theirs.ca_key);
	AUTO_CERT *leaf = house_issue(&theirs, "CN=a", AUTHORITY_CLIENT, -1, 30, forged, theirs.ca_key, NULL);
	struct chain_verdict v = judge_with(leaf, NULL, ours.ca, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
	assert_int_not_equal(v.reason, REASON_NONE);
	assert_false(v.anchored);
}

static void expired_and_not_yet_valid_leaves_are_p109(void **state)
{
	AUTO_CERT *old = house_leaf(&ours, "CN=old", AUTHORITY_CLIENT, -30, 10);
	AUTO_CERT *early = house_leaf(&ours, "CN=early", AUTHORITY_CLIENT, 10, 10);
	assert_string_equal(judge(old, ours.ca, ours.root), "P109");
	assert_string_equal(judge(early, ours.ca, ours.root), "P109");
}

static void an_expired_ca_in_the_chain_is_k203(void **state)
{
	AUTO_CERT *ca = house_issue(&ours, "CN=Old CA", AUTHORITY_CA, -100, 50, ours.root, ours.root_key,
				    ours.ca_key);
	AUTO_CERT *leaf = house_issue(&ours, "CN=a", AUTHORITY_CLIENT, -60, 100, ca, ours.ca_key, NULL);
	assert_string_equal(judge(leaf, ca, ours.root), "K203");
}

static void an_issuer_that_is_no_ca_is_k204(void **state)
{
	AUTO(key_free_cleanup) struct key *key = NULL;
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	AUTO_CERT *middle =
		house_issue(&ours, "CN=middle", AUTHORITY_CLIENT, -1, 30, ours.root, ours.root_key, key);
	AUTO_CERT *leaf = house_issue(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30, middle, key, NULL);
	assert_string_equal(judge(leaf, middle, ours.root), "K204");
}

static void a_server_certificate_is_p108_for_a_client_and_good_for_a_server(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_SERVER, -1, 30);
	assert_string_equal(judge(leaf, ours.ca, ours.root), "P108");
	struct chain_verdict v =
		judge_with(leaf, ours.ca, ours.root, NULL, CRL_STALE_REFUSE, CHAIN_SERVER, 0);
	assert_int_equal(v.reason, REASON_NONE);
}

static void a_ca_as_client_is_p112(void **state)
{
	assert_string_equal(judge(ours.ca, NULL, ours.root), "P112");
	assert_string_equal(judge(ours.root, NULL, ours.root), "P112");
}

static struct crl *list_of(const struct house *h, const struct cert *revoked, int64_t from_days, int days)
{
	AUTO_BUF(der, 10000);
	struct crl *crl = NULL;
	struct authority_revoked one = { revoked ? cert_serial(revoked) : NULL, NOW };
	assert_int_equal(authority_crl(h->ca, h->ca_key, &one, revoked ? 1 : 0, 1,
				       (struct wall){ NOW.us + DAYS(from_days) }, days, &der, NULL),
			 RC_OK);
	assert_int_equal(crl_new_any(&crl, buf_str(&der), NULL), RC_OK);
	return crl;
}

static void a_listed_certificate_is_k207_and_its_neighbour_is_good(void **state)
{
	AUTO_CERT *bad = house_leaf(&ours, "CN=bad", AUTHORITY_CLIENT, -1, 30);
	AUTO_CERT *good = house_leaf(&ours, "CN=good", AUTHORITY_CLIENT, -1, 30);
	AUTO(crl_free_cleanup) struct crl *crl = list_of(&ours, bad, -1, 30);
	assert_int_equal(judge_with(bad, ours.ca, ours.root, crl, CRL_STALE_REFUSE, CHAIN_CLIENT, 0).reason,
			 REASON_K207);
	assert_int_equal(judge_with(good, ours.ca, ours.root, crl, CRL_STALE_REFUSE, CHAIN_CLIENT, 0).reason,
			 REASON_NONE);
	assert_int_equal(judge_with(bad, NULL, ours.ca, crl, CRL_STALE_REFUSE, CHAIN_CLIENT, 0).reason,
			 REASON_K207);
}

static void a_list_that_another_key_signed_has_no_effect(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	struct house forger = { .ca_key = theirs.ca_key, .key = theirs.key };
	forger.ca = house_issue(&theirs, "CN=Ours CA,O=Test", AUTHORITY_CA, -100, 3000, NULL, NULL,
				theirs.ca_key);
	AUTO(crl_free_cleanup) struct crl *crl = list_of(&forger, leaf, -1, 30);
	assert_int_equal(judge_with(leaf, ours.ca, ours.root, crl, CRL_STALE_REFUSE, CHAIN_CLIENT, 0).reason,
			 REASON_NONE);
	cert_free(forger.ca);
}

static void a_stale_list_refuses_or_only_warns_as_it_is_set(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -20, 60);
	AUTO(crl_free_cleanup) struct crl *crl = list_of(&ours, NULL, -10, 5);
	assert_int_equal(judge_with(leaf, ours.ca, ours.root, crl, CRL_STALE_REFUSE, CHAIN_CLIENT, 0).reason,
			 REASON_K208);
	assert_int_equal(judge_with(leaf, ours.ca, ours.root, crl, CRL_STALE_WARN, CHAIN_CLIENT, 0).reason,
			 REASON_NONE);
}

static void the_first_fault_in_order_is_told_when_several_are_there(void **state)
{
	AUTO_CERT *foreign_old = house_leaf(&theirs, "CN=a", AUTHORITY_SERVER, -30, 10);
	AUTO_CERT *old_server = house_leaf(&ours, "CN=b", AUTHORITY_SERVER, -30, 10);
	assert_string_equal(judge(foreign_old, theirs.ca, ours.root), "K201");
	assert_string_equal(judge(old_server, ours.ca, ours.root), "P109");
}

static void a_path_length_is_kept(void **state)
{
	struct authority_order order = { .subject = STR("CN=Short CA"),
					 .usage = AUTHORITY_CA,
					 .path_length = 0,
					 .not_before = { NOW.us - DAYS(1) },
					 .days = 100 };
	AUTO_CERT *anchor = NULL;
	assert_int_equal(authority_issue(&anchor, &order, ours.root_key, NULL, NULL, NULL), RC_OK);
	AUTO_CERT *below =
		house_issue(&ours, "CN=Below CA", AUTHORITY_CA, -1, 50, anchor, ours.root_key, ours.ca_key);
	AUTO_CERT *leaf = house_issue(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30, below, ours.ca_key, NULL);
	assert_string_equal(judge(leaf, below, anchor), "K209");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_chain_to_the_root_is_good_and_says_until_when),
		TEST(a_leaf_alone_is_good_when_the_keystore_holds_its_ca),
		TEST(no_certificate_at_all_is_r504),
		TEST(a_chain_whose_root_is_not_imported_is_k201),
		TEST(an_empty_keystore_trusts_nobody),
		TEST(a_leaf_without_its_intermediate_is_k202_and_names_the_issuer),
		TEST(a_self_signed_stranger_is_k201),
		TEST(a_forged_issuer_of_the_same_name_is_not_anchored),
		TEST(expired_and_not_yet_valid_leaves_are_p109),
		TEST(an_expired_ca_in_the_chain_is_k203),
		TEST(an_issuer_that_is_no_ca_is_k204),
		TEST(a_server_certificate_is_p108_for_a_client_and_good_for_a_server),
		TEST(a_ca_as_client_is_p112),
		TEST(a_listed_certificate_is_k207_and_its_neighbour_is_good),
		TEST(a_list_that_another_key_signed_has_no_effect),
		TEST(a_stale_list_refuses_or_only_warns_as_it_is_set),
		TEST(the_first_fault_in_order_is_told_when_several_are_there),
		TEST(a_path_length_is_kept),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
