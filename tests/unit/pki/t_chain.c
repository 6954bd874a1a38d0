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

/* Judge leaf and extra against an anchor and a list, all but the leaf optional. */
static struct chain_verdict judge_with(struct cert *leaf, struct cert *extra, struct cert *anchor,
				       struct crl *crl, enum crl_stale stale, enum chain_purpose purpose,
				       int64_t in_days)
{
	struct cert *const anchors[] = { anchor, NULL };
	struct cert *const sent[] = { leaf ? leaf : extra, leaf ? extra : NULL, NULL };
	struct crl *const lists[] = { crl, NULL };
	return house_judge(anchors, sent, lists, stale, purpose, in_days);
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
	/* A twin that lives longer issues the leaf, for a CA never issues beyond its own end. */
	AUTO_CERT *twin = house_issue(&ours, "CN=Old CA", AUTHORITY_CA, -100, 900, ours.root, ours.root_key,
				      ours.ca_key);
	AUTO_CERT *leaf = house_issue(&ours, "CN=a", AUTHORITY_CLIENT, -60, 100, twin, ours.ca_key, NULL);
	AUTO_CERT *cut = house_issue(&ours, "CN=b", AUTHORITY_CLIENT, -60, 100, ca, ours.ca_key, NULL);
	struct chain_verdict v = judge_with(leaf, ca, ours.root, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
	assert_int_equal(v.reason, REASON_K203);
	assert_string_equal(v.at_subject, "CN=Old CA");
	assert_int_equal(cert_not_after(cut).us, cert_not_after(ca).us);
}

static void without_eku(X509 *x)
{
	drop(x, NID_ext_key_usage);
}
static void any_eku(X509 *x)
{
	put(x, NID_ext_key_usage, "anyExtendedKeyUsage");
}

static void extended_usages_may_be_absent_or_any_but_not_others(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_SERVER, -1, 30);
	AUTO_CERT *none = altered(leaf, ours.ca_key, EVP_sha256(), without_eku);
	AUTO_CERT *any = altered(leaf, ours.ca_key, EVP_sha256(), any_eku);
	assert_string_equal(judge(none, ours.ca, ours.root), "");
	assert_string_equal(judge(any, ours.ca, ours.root), "");
}

static void a_ca_for_servers_alone_makes_no_clients(void **state)
{
	AUTO_CERT *ca = altered(ours.ca, ours.root_key, EVP_sha256(), servers_only);
	AUTO_CERT *leaf = house_issue(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30, ca, ours.ca_key, NULL);
	struct chain_verdict v = judge_with(leaf, ca, ours.root, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
	assert_int_equal(v.reason, REASON_K217);
	assert_string_equal(v.at_subject, cert_subject(ca));
}

static void a_key_that_may_not_sign_is_p118(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	AUTO_CERT *bad = altered(leaf, ours.ca_key, EVP_sha256(), encipherment_only);
	assert_string_equal(judge(bad, ours.ca, ours.root), "P118");
}

static void an_issuer_whose_key_usage_lacks_cert_sign_is_k204(void **state)
{
	AUTO_CERT *ca = altered(ours.ca, ours.root_key, EVP_sha256(), no_cert_sign);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	assert_true(cert_is_ca(ca));
	assert_string_equal(judge(leaf, ca, ours.root), "K204");
	assert_string_equal(judge(ca, NULL, ours.root), "P112");
}

static void a_chain_that_does_not_hold_together_is_not_anchored(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	AUTO_CERT *forged = altered(leaf, ours.key, EVP_sha256(), NULL);
	AUTO_CERT *sha1 = altered(leaf, ours.ca_key, EVP_sha1(), NULL);
	AUTO_CERT *critical = altered(leaf, ours.ca_key, EVP_sha256(), unknown_critical);
	struct cert *const bad[] = { forged, sha1, critical };
	const enum reason reasons[] = { REASON_K209, REASON_K211, REASON_K214 };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct chain_verdict v =
			judge_with(bad[i], ours.ca, ours.root, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
		assert_int_equal(v.reason, reasons[i]);
		assert_false(v.anchored);
		assert_string_equal(v.at_subject, "CN=a");
	}
	assert_true(cert_is_weak(sha1));
}

/* Roots of one name without key identifiers, so that only the signature tells them apart. */
static void of_two_roots_of_one_name_the_one_that_signed_is_found(void **state)
{
	AUTO_CERT *a0 = house_issue(&ours, "CN=Twin", AUTHORITY_CA, -9, 90, NULL, NULL, ours.root_key);
	AUTO_CERT *b0 = house_issue(&ours, "CN=Twin", AUTHORITY_CA, -9, 90, NULL, NULL, theirs.root_key);
	AUTO_CERT *a = altered(a0, ours.root_key, EVP_sha256(), no_key_ids);
	AUTO_CERT *b = altered(b0, theirs.root_key, EVP_sha256(), no_key_ids);
	AUTO_CERT *leaf0 = house_issue(&ours, "CN=x", AUTHORITY_CLIENT, -1, 30, b, theirs.root_key, NULL);
	AUTO_CERT *leaf = altered(leaf0, theirs.root_key, EVP_sha256(), no_key_ids);
	AUTO_CERT_LIST anchors = { 0 };
	AUTO_CERT_LIST presented = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	struct chain_verdict v;
	cert_list_add(&anchors, a);
	cert_list_add(&anchors, b);
	cert_list_add(&presented, leaf);
	assert_int_equal(trust_new(&trust, &anchors, NULL, 0, CRL_STALE_REFUSE, NULL), RC_OK);
	assert_int_equal(trust_anchors(trust)->n, 2);
	chain_judge(trust, &presented, NOW, CHAIN_CLIENT, &v);
	assert_int_equal(v.reason, REASON_NONE);
	assert_string_equal(v.anchor_sha256, cert_sha256(b));
	/* With the wrong twin alone: altered, unless the right twin is sent along, which shows another
	 * house. */
	assert_string_equal(judge(leaf, NULL, a), "K209");
	assert_string_equal(judge(leaf, b, a), "K201");
}

static void a_chain_that_skips_the_intermediate_is_k202_though_it_ends_in_our_root(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	struct chain_verdict v =
		judge_with(leaf, ours.root, ours.root, NULL, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
	assert_int_equal(v.reason, REASON_K202);
	assert_string_equal(v.missing_issuer, cert_subject(ours.ca));
}

/* A chain of n CAs below a new root, then a leaf; judged with the root as anchor. */
static const char *judge_depth(size_t n)
{
	AUTO_CERT_LIST cas = { 0 };
	AUTO_CERT_LIST anchors = { 0 };
	AUTO_CERT_LIST presented = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	struct chain_verdict v;
	cert_list_add(&cas, ours.root);
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *name = mem_printf("CN=Level %zu", i);
		AUTO_CERT *ca = house_issue(&ours, name, AUTHORITY_CA, -1, 90, cas.items[i], ours.root_key,
					    ours.root_key);
		cert_list_add(&cas, ca);
	}
	AUTO_CERT *leaf =
		house_issue(&ours, "CN=deep", AUTHORITY_CLIENT, -1, 30, cas.items[n], ours.root_key, NULL);
	cert_list_add(&anchors, ours.root);
	cert_list_add(&presented, leaf);
	for (size_t i = n; i > 0; i--) {
		cert_list_add(&presented, cas.items[i]);
	}
	assert_int_equal(trust_new(&trust, &anchors, NULL, 0, CRL_STALE_REFUSE, NULL), RC_OK);
	chain_judge(trust, &presented, NOW, CHAIN_CLIENT, &v);
	return reason_info(v.reason)->code;
}

static void a_chain_of_the_longest_length_is_good_and_one_more_is_not(void **state)
{
	assert_string_equal(judge_depth(CHAIN_MAX_DEPTH - 2), "");
	assert_string_not_equal(judge_depth(CHAIN_MAX_DEPTH - 1), "");
	assert_string_not_equal(judge_depth(CHAIN_MAX_DEPTH + 5), "");
}

static void what_the_authority_makes_passes_openssl_s_strictest_check(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	assert_true(X509_STORE_add_cert(store, cert_x509(ours.root)));
	assert_true(sk_X509_push(between, cert_x509(ours.ca)));
	assert_true(X509_STORE_CTX_init(ctx, store, cert_x509(leaf), between));
	assert_true(X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT));
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)wall_seconds(NOW));
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
	assert_int_equal(X509_verify_cert(ctx), 1);
	X509_STORE_CTX_free(ctx);
	sk_X509_free(between);
	X509_STORE_free(store);
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

/* A version 1 list, as old CAs make them: no extensions, no next update. */
static void a_version_1_list_revokes_too(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	X509_CRL *v1 = X509_CRL_new();
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_adj(NULL, (time_t)wall_seconds(NOW) - 100, 0, 0);
	unsigned char *der = NULL;
	assert_true(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert_x509(leaf))) &&
		    X509_REVOKED_set_revocationDate(entry, when) && X509_CRL_add0_revoked(v1, entry));
	assert_true(X509_CRL_set_issuer_name(v1, X509_get_subject_name(cert_x509(ours.ca))) &&
		    X509_CRL_set1_lastUpdate(v1, when) &&
		    X509_CRL_sign(v1, key_evp(ours.ca_key), EVP_sha256()) > 0);
	int n = i2d_X509_CRL(v1, &der);
	AUTO(crl_free_cleanup) struct crl *crl = NULL;
	assert_int_equal(X509_CRL_get_version(v1), 0);
	assert_int_equal(crl_new_der(&crl, str_from(der, (size_t)n), NULL), RC_OK);
	assert_int_equal(crl_count(crl), 1);
	assert_int_equal(judge_with(leaf, ours.ca, ours.root, crl, CRL_STALE_REFUSE, CHAIN_CLIENT, 0).reason,
			 REASON_K207);
	OPENSSL_free(der);
	ASN1_TIME_free(when);
	X509_CRL_free(v1);
}

static void a_revoked_intermediate_revokes_what_is_below_sent_or_imported(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	struct house of_root = { .ca = ours.root, .ca_key = ours.root_key };
	AUTO(crl_free_cleanup) struct crl *crl = list_of(&of_root, ours.ca, -1, 30);
	struct chain_verdict v = judge_with(leaf, ours.ca, ours.root, crl, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
	assert_int_equal(v.reason, REASON_K207);
	assert_string_equal(v.at_subject, cert_subject(ours.ca));
	AUTO_CERT_LIST anchors = { 0 };
	AUTO_CERT_LIST presented = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	cert_list_add(&anchors, ours.ca);
	cert_list_add(&anchors, ours.root);
	cert_list_add(&presented, leaf);
	assert_int_equal(trust_new(&trust, &anchors, &crl, 1, CRL_STALE_REFUSE, NULL), RC_OK);
	chain_judge(trust, &presented, NOW, CHAIN_CLIENT, &v);
	assert_int_equal(v.reason, REASON_K207);
}

static void the_newest_list_counts_and_the_stale_one_before_it_does_not(void **state)
{
	AUTO_CERT *bad = house_leaf(&ours, "CN=bad", AUTHORITY_CLIENT, -20, 60);
	AUTO_CERT *good = house_leaf(&ours, "CN=good", AUTHORITY_CLIENT, -20, 60);
	AUTO(crl_free_cleanup) struct crl *old = list_of(&ours, NULL, -10, 5);
	AUTO(crl_free_cleanup) struct crl *fresh = list_of(&ours, bad, -1, 30);
	struct crl *const orders[][2] = { { old, fresh }, { fresh, old } };
	AUTO_CERT_LIST anchors = { 0 };
	cert_list_add(&anchors, ours.root);
	assert_true(crl_replaces(fresh, old));
	assert_false(crl_replaces(old, fresh));
	for (size_t i = 0; i < 2; i++) {
		AUTO(trust_free_cleanup) struct trust *trust = NULL;
		assert_int_equal(trust_new(&trust, &anchors, orders[i], 2, CRL_STALE_REFUSE, NULL), RC_OK);
		for (int round = 0; round < 2; round++) {
			struct chain_verdict v;
			AUTO_CERT_LIST presented = { 0 };
			cert_list_add(&presented, round ? bad : good);
			cert_list_add(&presented, ours.ca);
			chain_judge(trust, &presented, NOW, CHAIN_CLIENT, &v);
			assert_int_equal(v.reason, round ? REASON_K207 : REASON_NONE);
			assert_int_equal(v.earliest_next_update.us, crl_next_update(fresh).us);
		}
	}
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
	assert_string_equal(judge(leaf, below, anchor), "K213");
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
		TEST(extended_usages_may_be_absent_or_any_but_not_others),
		TEST(a_ca_for_servers_alone_makes_no_clients),
		TEST(a_key_that_may_not_sign_is_p118),
		TEST(an_issuer_whose_key_usage_lacks_cert_sign_is_k204),
		TEST(a_chain_that_does_not_hold_together_is_not_anchored),
		TEST(of_two_roots_of_one_name_the_one_that_signed_is_found),
		TEST(a_chain_that_skips_the_intermediate_is_k202_though_it_ends_in_our_root),
		TEST(a_chain_of_the_longest_length_is_good_and_one_more_is_not),
		TEST(what_the_authority_makes_passes_openssl_s_strictest_check),
		TEST(a_version_1_list_revokes_too),
		TEST(a_revoked_intermediate_revokes_what_is_below_sent_or_imported),
		TEST(the_newest_list_counts_and_the_stale_one_before_it_does_not),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
