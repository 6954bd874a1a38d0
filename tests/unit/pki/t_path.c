/* SPDX-License-Identifier: Apache-2.0
 * A certificate that fails hides none that holds, and each cause of a refusal has its own reason. */
#include "house.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

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

#define LIST(...) \
	(struct cert *[]) \
	{ \
		__VA_ARGS__, NULL \
	}

static struct chain_verdict judged(struct cert *const *anchors, struct cert *const *sent,
				   struct crl *const *lists)
{
	return house_judge(anchors, sent, lists, CRL_STALE_REFUSE, CHAIN_CLIENT, 0);
}

static const char *code(struct cert *const *anchors, struct cert *const *sent)
{
	return reason_info(judged(anchors, sent, NULL).reason)->code;
}

/* Whether the reason is the one expected; what went wrong where it is another. */
static bool is(const char *where, const char *expected, struct chain_verdict v)
{
	if (strcmp(reason_info(v.reason)->code, expected) == 0) {
		return true;
	}
	print_error("%s: \"%s\" instead of \"%s\" (%s)\n", where, reason_info(v.reason)->code, expected,
		    v.detail);
	return false;
}

/* What makes a CA certificate of ours a bad one. */
static void past(X509 *x)
{
	assert_non_null(ASN1_TIME_adj(X509_getm_notAfter(x), (time_t)wall_seconds(NOW), -5, 0));
}
static void future(X509 *x)
{
	assert_non_null(ASN1_TIME_adj(X509_getm_notBefore(x), (time_t)wall_seconds(NOW), 5, 0));
}
static void no_ca(X509 *x)
{
	put(x, NID_basic_constraints, "critical,CA:FALSE");
	drop(x, NID_key_usage);
}
static void dns_excluded(X509 *x)
{
	put(x, NID_name_constraints, "critical,excluded;DNS:example.com");
}
static void dns_permitted(X509 *x)
{
	put(x, NID_name_constraints, "critical,permitted;DNS:ok.example");
}
static void nothing(X509 *x)
{
}
/* Constraints that cannot be decoded. */
static void malformed(X509 *x)
{
	ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
	assert_true(ASN1_OCTET_STRING_set(bytes, (const unsigned char *)"\x31\x00", 2));
	drop(x, NID_basic_constraints);
	X509_EXTENSION *e = X509_EXTENSION_create_by_NID(NULL, NID_basic_constraints, 1, bytes);
	assert_true(e && X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(bytes);
}
static void no_path_below(X509 *x)
{
	put(x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
}
static void other_key_id(X509 *x)
{
	put(x, NID_subject_key_identifier, "01:02:03:04");
}

struct flaw {
	const char *name;
	void (*edit)(X509 *);
	const EVP_MD *(*digest)(void);
	const char *code; /* that is told where the flawed CA certificate is the only one */
};

static const struct flaw flaws[] = {
	{ "expired", past, EVP_sha256, "K203" },
	{ "not yet valid", future, EVP_sha256, "K203" },
	{ "no CA", no_ca, EVP_sha256, "K204" },
	{ "no keyCertSign", no_cert_sign, EVP_sha256, "K204" },
	{ "for servers", servers_only, EVP_sha256, "K217" },
	{ "name constraint", dns_excluded, EVP_sha256, "K210" },
	{ "weak digest", nothing, EVP_sha1, "K211" },
	{ "unknown critical extension", unknown_critical, EVP_sha256, "K214" },
	{ "malformed extension", malformed, EVP_sha256, "K214" },
};

/* A leaf with the name that the constraint of flaws[] excludes. */
static struct cert *leaf_with_name(const struct cert *issuer)
{
	struct cert *c = NULL;
	const char *const sans[] = { "DNS:a.example.com" };
	struct authority_order order = { .subject = STR("CN=a"),
					 .sans = sans,
					 .n_sans = 1,
					 .usage = AUTHORITY_CLIENT,
					 .not_before = { NOW.us - DAYS(1) },
					 .days = 30 };
	assert_int_equal(authority_issue(&c, &order, ours.key, issuer, ours.ca_key, NULL), RC_OK);
	return c;
}

static void a_ca_certificate_that_fails_hides_none_that_holds_wherever_they_come_from(void **state)
{
	bool good = true;
	for (size_t i = 0; i < ARRAY_SIZE(flaws); i++) {
		for (int ids = 0; ids < 2; ids++) {
			const struct flaw *f = &flaws[i];
			AUTO_CERT *whole = ids ? cert_ref(ours.ca)
					       : altered(ours.ca, ours.root_key, EVP_sha256(), no_key_ids);
			AUTO_CERT *bad = altered(whole, ours.root_key, f->digest(), f->edit);
			AUTO_CERT *leaf = leaf_with_name(whole);
			struct cert *const root = ours.root;
			good &= is(f->name, f->code, judged(LIST(root), LIST(leaf, bad), NULL));
			/* How an anchor was signed does not matter: it was imported. */
			good &= is(f->name, f->digest == EVP_sha1 ? "" : f->code,
				   judged(LIST(root, bad), LIST(leaf), NULL));
			good &= is(f->name, "", judged(LIST(root, bad), LIST(leaf, whole), NULL));
			good &= is(f->name, "", judged(LIST(bad, root), LIST(leaf, bad, whole), NULL));
			good &= is(f->name, "", judged(LIST(root, whole), LIST(leaf, bad), NULL));
			good &= is(f->name, "", judged(LIST(whole, root), LIST(leaf, bad), NULL));
			good &= is(f->name, "", judged(LIST(root), LIST(leaf, bad, whole), NULL));
			good &= is(f->name, "", judged(LIST(root), LIST(leaf, whole, bad), NULL));
			good &= is(f->name, "", judged(LIST(bad, whole), LIST(leaf), NULL));
			good &= is(f->name, "", judged(LIST(whole, bad), LIST(leaf), NULL));
		}
	}
	assert_true(good);
}

static void a_root_that_was_renewed_with_its_key_hides_none_either(void **state)
{
	AUTO_CERT *old = altered(ours.root, ours.root_key, EVP_sha256(), past);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	assert_string_equal(code(LIST(old), LIST(leaf, ours.ca)), "K203");
	assert_string_equal(code(LIST(old, ours.root), LIST(leaf, ours.ca)), "");
	assert_string_equal(code(LIST(ours.root, old), LIST(leaf, ours.ca, old)), "");
}

/* The CA's certificate by another house, whose root alone is imported, beside the one by its own. */
static void a_cross_signed_ca_leads_to_whichever_root_is_imported(void **state)
{
	AUTO_CERT *cross = house_issue(&ours, "CN=Ours CA,O=Test", AUTHORITY_CA, -100, 3000, theirs.root,
				       theirs.root_key, ours.ca_key);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	assert_string_equal(code(LIST(theirs.root), LIST(leaf, ours.ca, cross)), "");
	assert_string_equal(code(LIST(theirs.root), LIST(leaf, cross, ours.ca, ours.root)), "");
	assert_string_equal(code(LIST(ours.root), LIST(leaf, cross, theirs.root, ours.ca)), "");
	assert_string_equal(code(LIST(theirs.root), LIST(leaf, ours.ca)), "K201");
}

static void of_several_bad_paths_the_one_with_fewest_faults_is_told_in_whatever_order(void **state)
{
	AUTO_CERT *one = altered(ours.ca, ours.root_key, EVP_sha256(), past);
	AUTO_CERT *two = altered(one, ours.root_key, EVP_sha256(), servers_only);
	AUTO_CERT *other = altered(ours.ca, ours.root_key, EVP_sha256(), no_cert_sign);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	struct cert *const root = ours.root;
	assert_string_equal(code(LIST(root), LIST(leaf, two, one)), "K203");
	assert_string_equal(code(LIST(root), LIST(leaf, one, two)), "K203");
	assert_string_equal(code(LIST(root, two), LIST(leaf, one)), "K203");
	/* As many faults: the one that stands first in the table. */
	assert_string_equal(code(LIST(root), LIST(leaf, other, one)), "K203");
	assert_string_equal(code(LIST(root), LIST(leaf, one, other)), "K203");
	struct chain_verdict v = judged(LIST(root, one), LIST(leaf, other), NULL);
	struct chain_verdict w = judged(LIST(other, root), LIST(leaf, one), NULL);
	assert_string_equal(v.detail, w.detail);
	assert_string_equal(v.at_subject, w.at_subject);
}

/* n CAs of one name with a key each; the last one issues the leaf. */
static void of_one_name(size_t n, void (*edit)(X509 *), struct cert_list *ret, struct cert **ret_leaf)
{
	for (size_t i = 0; i < n; i++) {
		AUTO(key_free_cleanup) struct key *key = NULL;
		assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
		AUTO_CERT *made = house_issue(&ours, "CN=Twin", AUTHORITY_CA, -9, 90, NULL, NULL, key);
		AUTO_CERT *ca = altered(made, key, EVP_sha256(), edit);
		cert_list_add(ret, ca);
		if (i + 1 == n) {
			*ret_leaf = house_issue(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30, ca, key, NULL);
		}
	}
}

static void two_hundred_cas_of_one_name_are_told_apart_by_their_key_identifiers(void **state)
{
	AUTO_CERT_LIST cas = { 0 };
	AUTO_CERT *leaf = NULL;
	of_one_name(200, nothing, &cas, &leaf);
	cert_list_add(&cas, leaf); /* only to end the list */
	cas.items[200] = NULL;
	assert_string_equal(code(cas.items, LIST(leaf)), "");
	cas.items[200] = leaf;
}

static void without_key_identifiers_the_refusal_says_that_the_work_limit_was_reached(void **state)
{
	AUTO_CERT_LIST cas = { 0 };
	AUTO_CERT *leaf = NULL;
	of_one_name(200, no_key_ids, &cas, &leaf);
	struct cert *first[32] = { 0 };
	struct chain_verdict v;
	AUTO_CERT_LIST sent = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	cert_list_add(&sent, leaf);
	/* All but the one that signed: no order of trying finds it. */
	cert_free(cas.items[--cas.n]);
	assert_int_equal(trust_new(&trust, &cas, NULL, 0, CRL_STALE_REFUSE, NULL), RC_OK);
	chain_judge(trust, &sent, NOW, CHAIN_CLIENT, &v);
	assert_string_equal(reason_info(v.reason)->code, "K215");
	assert_non_null(strstr(v.detail, "199"));
	assert_string_equal(v.at_subject, "CN=a");
	/* Up to the limit all are tried. */
	for (size_t i = 0; i < 31; i++) {
		first[i] = cas.items[i];
	}
	assert_string_equal(code(first, LIST(leaf)), "K209");
}

static void a_key_of_more_than_8192_bits_is_not_used_and_said(void **state)
{
	BIGNUM *n = BN_new(), *e = BN_new();
	assert_true(BN_set_word(e, 65537) && BN_set_bit(n, 8199) && BN_set_bit(n, 0));
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	assert_true(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
		    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e));
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *evp = NULL;
	assert_true(EVP_PKEY_fromdata_init(ctx) == 1 &&
		    EVP_PKEY_fromdata(ctx, &evp, EVP_PKEY_PUBLIC_KEY, params) == 1);
	AUTO(key_free_cleanup) struct key *large = key_new_evp(evp);
	AUTO(key_free_cleanup) struct key *rsa = NULL;
	assert_int_equal(key_generate(&rsa, "rsa-2048", NULL), RC_OK);
	AUTO_CERT *ca =
		house_issue(&ours, "CN=Large CA", AUTHORITY_CA, -9, 90, ours.root, ours.root_key, large);
	AUTO_CERT *leaf = house_issue(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30, ca, rsa, NULL);
	struct chain_verdict v = judged(LIST(ours.root), LIST(leaf, ca), NULL);
	assert_string_equal(reason_info(v.reason)->code, "K216");
	assert_string_equal(v.at_subject, "CN=Large CA");
	assert_non_null(strstr(v.detail, "8200"));
	AUTO_CERT *own = house_issue(&ours, "CN=b", AUTHORITY_CLIENT, -1, 30, ours.ca, ours.ca_key, large);
	assert_string_equal(code(LIST(ours.root), LIST(own, ours.ca)), "K216");
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
}

/* The same name, differently written: case, blanks, the kind of string. */
static void other_spelling(X509 *x)
{
	X509_NAME *name = X509_NAME_new();
	assert_true(X509_NAME_add_entry_by_txt(name, "O", V_ASN1_PRINTABLESTRING,
					       (const unsigned char *)"TEST ", -1, -1, 0) &&
		    X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_T61STRING,
					       (const unsigned char *)" ours   ca", -1, -1, 0) &&
		    X509_set_issuer_name(x, name));
	X509_NAME_free(name);
}

static void names_compare_without_case_blanks_and_kind_of_string(void **state)
{
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	AUTO_CERT *spelt = altered(leaf, ours.ca_key, EVP_sha256(), other_spelling);
	assert_string_equal(code(LIST(ours.root), LIST(spelt, ours.ca)), "");
	assert_string_equal(code(LIST(ours.ca), LIST(spelt)), "");
}

static void key_identifiers_order_but_never_exclude(void **state)
{
	AUTO_CERT *ca = altered(ours.ca, ours.root_key, EVP_sha256(), other_key_id);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	assert_string_equal(code(LIST(ours.root), LIST(leaf, ca)), "");
	assert_string_equal(code(LIST(ca), LIST(leaf)), "");
}

static void an_issuer_of_the_right_name_and_another_key_is_k212_and_an_altered_leaf_k209(void **state)
{
	AUTO_CERT *renewed = house_issue(&theirs, "CN=Ours CA,O=Test", AUTHORITY_CA, -100, 3000, ours.root,
					 ours.root_key, theirs.ca_key);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	AUTO_CERT *forged = altered(leaf, theirs.key, EVP_sha256(), NULL);
	struct chain_verdict v = judged(LIST(ours.root, renewed), LIST(leaf), NULL);
	assert_string_equal(reason_info(v.reason)->code, "K212");
	assert_string_equal(v.at_subject, "CN=a");
	assert_non_null(strstr(v.missing_issuer, "Ours CA"));
	v = judged(LIST(ours.root), LIST(forged, ours.ca), NULL);
	assert_string_equal(reason_info(v.reason)->code, "K209");
	assert_string_equal(v.at_subject, "CN=a");
}

static void each_fault_of_a_leaf_has_its_own_reason(void **state)
{
	const struct flaw leaves[] = {
		{ "weak digest", nothing, EVP_sha1, "K211" },
		{ "unknown critical extension", unknown_critical, EVP_sha256, "K214" },
		{ "malformed extension", malformed, EVP_sha256, "K214" },
		{ "no digitalSignature", encipherment_only, EVP_sha256, "P118" },
		{ "for servers", servers_only, EVP_sha256, "P108" },
		{ "expired", past, EVP_sha256, "P109" },
	};
	bool good = true;
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		AUTO_CERT *whole = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
		AUTO_CERT *bad = altered(whole, ours.ca_key, leaves[i].digest(), leaves[i].edit);
		struct chain_verdict v = judged(LIST(ours.root), LIST(bad, ours.ca), NULL);
		good &= is(leaves[i].name, leaves[i].code, v);
		assert_string_equal(v.at_subject, "CN=a");
		assert_string_not_equal(v.detail, "");
	}
	assert_true(good);
}

static void a_path_length_that_is_exceeded_is_k213_and_names_the_ca(void **state)
{
	AUTO_CERT *root = altered(ours.root, ours.root_key, EVP_sha256(), no_path_below);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	struct chain_verdict v = judged(LIST(root), LIST(leaf, ours.ca), NULL);
	assert_string_equal(reason_info(v.reason)->code, "K213");
	assert_string_equal(v.at_subject, cert_subject(root));
	assert_false(v.anchored);
	/* The CA itself as an anchor: nothing is above it. */
	assert_string_equal(code(LIST(root, ours.ca), LIST(leaf, ours.ca)), "");
}

static void a_common_name_with_a_dot_is_no_host_name_for_a_client(void **state)
{
	AUTO_CERT *ca = altered(ours.ca, ours.root_key, EVP_sha256(), dns_permitted);
	AUTO_CERT *leaf =
		house_issue(&ours, "CN=orders.partner", AUTHORITY_BOTH, -1, 30, ca, ours.ca_key, NULL);
	AUTO_CERT *named = leaf_with_name(ca);
	assert_string_equal(code(LIST(ours.root), LIST(leaf, ca)), "");
	assert_string_equal(code(LIST(ours.root), LIST(named, ca)), "K210");
	/* To a server it is one, where no alternative name is given. */
	assert_string_equal(reason_info(house_judge(LIST(ours.root), LIST(leaf, ca), NULL, CRL_STALE_REFUSE,
						    CHAIN_SERVER, 0)
						.reason)
				    ->code,
			    "K210");
}

/* A chain of n CAs below our root, the leaf's issuer first, and a leaf. */
static void deep(size_t n, struct cert_list *ret)
{
	AUTO_CERT_LIST cas = { 0 };
	cert_list_add(&cas, ours.root);
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *name = mem_printf("CN=Level %zu", i);
		AUTO_CERT *ca = house_issue(&ours, name, AUTHORITY_CA, -1, 90, cas.items[i], ours.root_key,
					    ours.root_key);
		cert_list_add(&cas, ca);
	}
	AUTO_CERT *leaf =
		house_issue(&ours, "CN=deep", AUTHORITY_CLIENT, -1, 30, cas.items[n], ours.root_key, NULL);
	cert_list_add(ret, leaf);
	for (size_t i = n; i > 0; i--) {
		cert_list_add(ret, cas.items[i]);
	}
}

static void a_chain_that_is_too_deep_says_so_though_its_root_is_imported(void **state)
{
	for (size_t n = CHAIN_MAX_DEPTH - 1; n < CHAIN_MAX_DEPTH + 4; n++) {
		AUTO_CERT_LIST sent = { 0 };
		AUTO_CERT_LIST anchors = { 0 };
		AUTO(trust_free_cleanup) struct trust *trust = NULL;
		struct chain_verdict v;
		deep(n, &sent);
		cert_list_add(&anchors, ours.root);
		assert_int_equal(trust_new(&trust, &anchors, NULL, 0, CRL_STALE_REFUSE, NULL), RC_OK);
		chain_judge(trust, &sent, NOW, CHAIN_CLIENT, &v);
		assert_string_equal(reason_info(v.reason)->code, "K218");
		assert_false(v.anchored);
	}
}

static struct crl *list_by(const struct cert *ca, const struct key *key, const struct cert *revoked)
{
	AUTO_BUF(der, 10000);
	struct crl *crl = NULL;
	struct authority_revoked one = { revoked ? cert_serial(revoked) : NULL, NOW };
	assert_int_equal(authority_crl(ca, key, &one, revoked ? 1 : 0, 1, (struct wall){ NOW.us - DAYS(1) },
				       30, &der, NULL),
			 RC_OK);
	assert_int_equal(crl_new_any(&crl, buf_str(&der), NULL), RC_OK);
	return crl;
}

static void a_list_speaks_whichever_certificate_of_its_key_is_on_the_path(void **state)
{
	AUTO_CERT *no_lists = altered(ours.ca, ours.root_key, EVP_sha256(), nothing);
	AUTO_CERT *cross = house_issue(&ours, "CN=ours ca,O=TEST", AUTHORITY_CA, -100, 3000, theirs.root,
				       theirs.root_key, ours.ca_key);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	AUTO(crl_free_cleanup) struct crl *list = list_by(ours.ca, ours.ca_key, leaf);
	struct crl *const lists[] = { list, NULL };
	assert_string_equal(code(LIST(theirs.root), LIST(leaf, cross)), "");
	assert_int_equal(judged(LIST(theirs.root), LIST(leaf, cross), lists).reason, REASON_K207);
	assert_int_equal(judged(LIST(theirs.root, ours.root), LIST(leaf, ours.ca, cross), lists).reason,
			 REASON_K207);
	assert_int_equal(judged(LIST(no_lists), LIST(leaf, cross), lists).reason, REASON_K207);
}

static void a_revoked_ca_certificate_ends_its_paths_and_another_one_of_its_key_is_told(void **state)
{
	AUTO_CERT *old = house_issue(&ours, "CN=Ours CA,O=Test", AUTHORITY_CA, -100, 2000, ours.root,
				     ours.root_key, ours.ca_key);
	AUTO_CERT *leaf = house_leaf(&ours, "CN=a", AUTHORITY_CLIENT, -1, 30);
	AUTO(crl_free_cleanup) struct crl *list = list_by(ours.root, ours.root_key, old);
	struct crl *const lists[] = { list, NULL };
	struct cert *const root = ours.root;
	struct chain_verdict v = judged(LIST(root), LIST(leaf, old), lists);
	assert_int_equal(v.reason, REASON_K207);
	assert_string_equal(v.at_subject, cert_subject(old));
	/* As an anchor too, below the root that is one. */
	assert_int_equal(judged(LIST(old, root), LIST(leaf), lists).reason, REASON_K207);
	struct cert *const *const anchors[] = { LIST(root), LIST(root, old), LIST(root, ours.ca),
						LIST(old, root) };
	struct cert *const *const sent[] = { LIST(leaf, old, ours.ca), LIST(leaf, ours.ca), LIST(leaf, old),
					     LIST(leaf, ours.ca, old) };
	for (size_t i = 0; i < ARRAY_SIZE(anchors); i++) {
		v = judged(anchors[i], sent[i], lists);
		assert_int_equal(v.reason, REASON_NONE);
		assert_non_null(strstr(v.detail, "revoked"));
		assert_non_null(strstr(v.detail, cert_serial(old)));
		assert_string_equal(v.at_subject, cert_subject(old));
	}
	assert_string_equal(judged(LIST(root), LIST(leaf, ours.ca), lists).detail, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ca_certificate_that_fails_hides_none_that_holds_wherever_they_come_from),
		TEST(a_root_that_was_renewed_with_its_key_hides_none_either),
		TEST(a_cross_signed_ca_leads_to_whichever_root_is_imported),
		TEST(of_several_bad_paths_the_one_with_fewest_faults_is_told_in_whatever_order),
		TEST(two_hundred_cas_of_one_name_are_told_apart_by_their_key_identifiers),
		TEST(without_key_identifiers_the_refusal_says_that_the_work_limit_was_reached),
		TEST(a_key_of_more_than_8192_bits_is_not_used_and_said),
		TEST(names_compare_without_case_blanks_and_kind_of_string),
		TEST(key_identifiers_order_but_never_exclude),
		TEST(an_issuer_of_the_right_name_and_another_key_is_k212_and_an_altered_leaf_k209),
		TEST(each_fault_of_a_leaf_has_its_own_reason),
		TEST(a_path_length_that_is_exceeded_is_k213_and_names_the_ca),
		TEST(a_common_name_with_a_dot_is_no_host_name_for_a_client),
		TEST(a_chain_that_is_too_deep_says_so_though_its_root_is_imported),
		TEST(a_list_speaks_whichever_certificate_of_its_key_is_on_the_path),
		TEST(a_revoked_ca_certificate_ends_its_paths_and_another_one_of_its_key_is_told),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
