/* SPDX-License-Identifier: Apache-2.0
 * What several revocation lists of all kinds say together, in whatever order they stand. */
#include "house.h"

#include "pki/chain/revocation.h"

#include <openssl/x509v3.h>

static struct house ours, theirs;
static struct cert *bad, *fine, *twin; /* twin: the issuing CA's name with a key of its own */
static struct key *twin_key;

static int set_up(void **state)
{
	house_init(&ours, "Ours");
	house_init(&theirs, "Theirs");
	assert_int_equal(key_generate(&twin_key, "p-256", NULL), RC_OK);
	twin = house_issue(&ours, "CN=Ours CA,O=Test", AUTHORITY_CA, -100, 3000, ours.root, ours.root_key,
			   twin_key);
	bad = house_leaf(&ours, "CN=bad", AUTHORITY_CLIENT, -50, 300);
	fine = house_leaf(&ours, "CN=fine", AUTHORITY_CLIENT, -50, 300);
	return 0;
}

static int tear_down(void **state)
{
	house_fini(&ours);
	house_fini(&theirs);
	key_free(twin_key);
	cert_free(twin);
	cert_free(bad);
	cert_free(fine);
	return 0;
}

enum scope { WHOLE, LEAVES, CAS, ATTRIBUTES, INDIRECT, REASONS, POINT };
enum names { NOBODY, BAD, FINE };
enum mark { PLAIN, HOLD, REMOVE, OF_ANOTHER, STRANGE_ENTRY };

/* A list to be made. Of the numbers 0 is none. */
struct plan {
	int number, base;
	int from, days; /* this update, counted from NOW, and how long it holds (0: 30) */
	enum names names;
	enum mark mark;
	enum scope scope;
	bool foreign; /* the twin's key signs it */
	bool strange; /* with a critical extension that nobody knows */
};

static void add_number(X509_CRL *x, int nid, int number, int critical)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	assert_true(ASN1_INTEGER_set(n, number) && X509_CRL_add1_ext_i2d(x, nid, n, critical, 0));
	ASN1_INTEGER_free(n);
}

static void add_scope(X509_CRL *x, enum scope scope)
{
	static const char *const texts[] = {
		[LEAVES] = "critical,onlyuser:TRUE",
		[CAS] = "critical,onlyCA:TRUE",
		[ATTRIBUTES] = "critical,onlyAA:TRUE",
		[INDIRECT] = "critical,indirectCRL:TRUE",
		[REASONS] = "critical,onlysomereasons:keyCompromise",
		[POINT] = "critical,fullname:URI:http://lists.example/1.crl",
	};
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, NULL, NULL, NULL, x, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, NID_issuing_distribution_point, texts[scope]);
	assert_non_null(e);
	assert_int_equal(X509_CRL_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static X509_EXTENSION *strange_extension(void)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);
	ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
	assert_true(ASN1_OCTET_STRING_set(bytes, (const unsigned char *)"\x05\x00", 2));
	X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, bytes);
	ASN1_OCTET_STRING_free(bytes);
	ASN1_OBJECT_free(oid);
	return e;
}

static void mark_entry(X509_REVOKED *entry, enum mark mark)
{
	ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
	if (mark == HOLD || mark == REMOVE) {
		assert_true(ASN1_ENUMERATED_set(reason, mark == HOLD ? CRL_REASON_CERTIFICATE_HOLD
								     : CRL_REASON_REMOVE_FROM_CRL));
		assert_true(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0));
	} else if (mark == OF_ANOTHER) {
		GENERAL_NAMES *names = GENERAL_NAMES_new();
		GENERAL_NAME *name = GENERAL_NAME_new();
		X509_NAME *dn = X509_NAME_dup(X509_get_subject_name(cert_x509(theirs.ca)));
		GENERAL_NAME_set0_value(name, GEN_DIRNAME, dn);
		assert_true(sk_GENERAL_NAME_push(names, name));
		assert_true(X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0));
		GENERAL_NAMES_free(names);
	} else if (mark == STRANGE_ENTRY) {
		X509_EXTENSION *e = strange_extension();
		assert_true(X509_REVOKED_add_ext(entry, e, -1));
		X509_EXTENSION_free(e);
	}
	ASN1_ENUMERATED_free(reason);
}

static void add_entry(X509_CRL *x, const struct cert *c, enum mark mark)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *since = ASN1_TIME_adj(NULL, (time_t)wall_seconds(NOW) - 40 * 86400, 0, 0);
	assert_true(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert_x509(c))) &&
		    X509_REVOKED_set_revocationDate(entry, since));
	mark_entry(entry, mark);
	assert_true(X509_CRL_add0_revoked(x, entry));
	ASN1_TIME_free(since);
}

static struct crl *make(const struct plan *p)
{
	struct crl *crl = NULL;
	unsigned char *der = NULL;
	X509_CRL *x = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_adj(NULL, (time_t)wall_seconds(NOW), p->from, 0);
	ASN1_TIME *until =
		ASN1_TIME_adj(NULL, (time_t)wall_seconds(NOW), p->from + (p->days ? p->days : 30), 0);
	bool v1 = !p->number && !p->base && !p->scope && !p->strange && p->mark == PLAIN;
	assert_true(X509_CRL_set_version(x, v1 ? 0 : 1) &&
		    X509_CRL_set_issuer_name(x, X509_get_subject_name(cert_x509(ours.ca))) &&
		    X509_CRL_set1_lastUpdate(x, from) && X509_CRL_set1_nextUpdate(x, until));
	if (p->number) {
		add_number(x, NID_crl_number, p->number, 0);
	}
	if (p->base) {
		add_number(x, NID_delta_crl, p->base, 1);
	}
	if (p->scope) {
		add_scope(x, p->scope);
	}
	if (p->strange) {
		X509_EXTENSION *e = strange_extension();
		assert_true(X509_CRL_add_ext(x, e, -1));
		X509_EXTENSION_free(e);
	}
	if (p->names != NOBODY) {
		add_entry(x, p->names == BAD ? bad : fine, p->mark);
	}
	assert_true(X509_CRL_sign(x, key_evp(p->foreign ? twin_key : ours.ca_key), EVP_sha256()) > 0);
	int n = i2d_X509_CRL(x, &der);
	assert_int_equal(crl_new_der(&crl, str_from(der, (size_t)n), NULL), RC_OK);
	OPENSSL_free(der);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	X509_CRL_free(x);
	return crl;
}

static struct chain_verdict judge(struct cert *leaf, struct cert *ca, struct crl *const *lists, size_t n,
				  enum crl_stale stale)
{
	struct chain_verdict v;
	AUTO_CERT_LIST anchors = { 0 };
	AUTO_CERT_LIST presented = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	cert_list_add(&anchors, ours.root);
	cert_list_add(&presented, leaf);
	cert_list_add(&presented, ca);
	assert_int_equal(trust_new(&trust, &anchors, lists, n, stale, NULL), RC_OK);
	chain_judge(trust, &presented, NOW, CHAIN_CLIENT, &v);
	return v;
}

static const char *code(const struct chain_verdict *v)
{
	return reason_info(v->reason)->code;
}

#define MOST 5

/* Judge with the lists in every order; the verdict, evidence and all, is the same each time.
 * Returns how many orders. */
static size_t each_order(struct crl **lists, size_t from, size_t n, const char *title,
			 struct chain_verdict *first)
{
	size_t orders = 0;
	if (from == n) {
		struct chain_verdict v = judge(bad, ours.ca, lists, n, CRL_STALE_REFUSE);
		if (first->depth == 0) {
			*first = v;
		}
		if (first->reason != v.reason || strcmp(first->detail, v.detail) != 0) {
			fail_msg("%s: %s %s, in another order %s %s", title, code(first), first->detail,
				 code(&v), v.detail);
		}
		return 1;
	}
	for (size_t i = from; i < n; i++) {
		struct crl *swap = lists[from];
		lists[from] = lists[i];
		lists[i] = swap;
		orders += each_order(lists, from + 1, n, title, first);
		lists[i] = lists[from];
		lists[from] = swap;
	}
	return orders;
}

static const struct {
	const char *title;
	struct plan plans[MOST];
	const char *code;
} cases[] = {
	{ "nothing hides what a complete list names",
	  { { .number = 4, .from = -9, .names = BAD },
	    { .number = 3, .from = -12 },
	    { .number = 5, .base = 4, .from = -2, .names = FINE },
	    { .number = 6, .from = -1, .scope = LEAVES },
	    { .number = 9, .from = -1, .foreign = true } },
	  "K207" },
	{ "a newer complete list replaces",
	  { { .number = 4, .from = -9, .names = BAD }, { .number = 5, .from = -1 } },
	  "" },
	{ "the same number at a later date replaces",
	  { { .number = 4, .from = -9, .names = BAD }, { .number = 4, .from = -1 } },
	  "" },
	{ "the greater number of one date replaces",
	  { { .number = 4, .from = -1, .names = BAD }, { .number = 5, .from = -1 } },
	  "" },
	{ "a lesser number at a later date does not replace",
	  { { .number = 4, .from = -9, .names = BAD }, { .number = 3, .from = -1 } },
	  "K207" },
	{ "one number and one date: both count",
	  { { .number = 4, .from = -1, .names = BAD }, { .number = 4, .from = -1 } },
	  "K207" },
	{ "version 1 goes by the date", { { .from = -9, .names = BAD }, { .from = -1 } }, "" },
	{ "version 1 of one date: both count",
	  { { .from = -1, .names = BAD }, { .from = -1, .days = 31 } },
	  "K207" },
	{ "a numbered list replaces an earlier one of version 1",
	  { { .from = -9, .names = BAD }, { .number = 1, .from = -1 } },
	  "" },
	{ "version 1 does not replace a numbered list",
	  { { .number = 4, .from = -9, .names = BAD }, { .from = -1 } },
	  "K207" },
	{ "a list of the future replaces nothing yet",
	  { { .number = 4, .from = -9, .names = BAD }, { .number = 5, .from = 1 } },
	  "K207" },
	{ "a list of the future revokes already",
	  { { .number = 4, .from = -9 }, { .number = 5, .from = 1, .names = BAD } },
	  "K207" },
	{ "a current list takes a stale one's place",
	  { { .number = 4, .from = -40, .names = FINE }, { .number = 5, .from = -1 } },
	  "" },
	{ "a stale list refuses", { { .number = 4, .from = -40 } }, "K208" },
	{ "a newer list replaces though it is stale already",
	  { { .number = 4, .from = -9 }, { .number = 5, .from = -5, .days = 2 } },
	  "K208" },
	{ "revoked goes before stale", { { .number = 4, .from = -40, .names = BAD } }, "K207" },
	{ "another key's list says nothing",
	  { { .number = 4, .from = -9, .names = BAD, .foreign = true } },
	  "" },
	{ "another key's list replaces nothing",
	  { { .number = 4, .from = -9, .names = BAD }, { .number = 5, .from = -1, .foreign = true } },
	  "K207" },
	{ "fewer scopes replace nothing",
	  { { .number = 4, .from = -9, .names = BAD }, { .number = 5, .from = -1, .scope = LEAVES } },
	  "K207" },
	{ "more scopes replace nothing",
	  { { .number = 4, .from = -9, .names = BAD, .scope = LEAVES }, { .number = 5, .from = -1 } },
	  "K207" },
	{ "the same scope replaces",
	  { { .number = 4, .from = -9, .names = BAD, .scope = LEAVES },
	    { .number = 5, .from = -1, .scope = LEAVES } },
	  "" },
	{ "a serial number is given once, whatever the scope",
	  { { .number = 4, .from = -9, .names = BAD, .scope = CAS } },
	  "K207" },
	{ "a list for CAs is not stale for a leaf", { { .number = 4, .from = -40, .scope = CAS } }, "" },
	{ "attribute certificates have numbers of their own",
	  { { .number = 4, .from = -9, .names = BAD, .scope = ATTRIBUTES } },
	  "" },
	{ "a list for attribute certificates is never stale here",
	  { { .number = 4, .from = -40, .scope = ATTRIBUTES } },
	  "" },
	{ "an indirect list's own entries count",
	  { { .number = 4, .from = -9, .names = BAD, .scope = INDIRECT } },
	  "K207" },
	{ "an entry for another issuer does not",
	  { { .number = 4, .from = -9, .names = BAD, .mark = OF_ANOTHER, .scope = INDIRECT } },
	  "" },
	{ "nor where the list does not say that it is indirect",
	  { { .number = 4, .from = -9, .names = BAD, .mark = OF_ANOTHER } },
	  "" },
	{ "a list of some reasons revokes",
	  { { .number = 4, .from = -9, .names = BAD, .scope = REASONS } },
	  "K207" },
	{ "a list of some reasons replaces nothing",
	  { { .number = 4, .from = -9, .names = BAD }, { .number = 5, .from = -1, .scope = REASONS } },
	  "K207" },
	{ "a list of another distribution point revokes",
	  { { .number = 4, .from = -9, .names = BAD, .scope = POINT } },
	  "K207" },
	{ "a list of another distribution point is not stale",
	  { { .number = 4, .from = -40, .scope = POINT } },
	  "" },
	{ "what is not understood still names",
	  { { .number = 4, .from = -9, .names = BAD, .strange = true } },
	  "K207" },
	{ "an entry that is not understood still names",
	  { { .number = 4, .from = -9, .names = BAD, .mark = STRANGE_ENTRY } },
	  "K207" },
	{ "what is not understood replaces nothing",
	  { { .number = 4, .from = -9, .names = BAD }, { .number = 5, .from = -1, .strange = true } },
	  "K207" },
	{ "a list with an entry that is not understood replaces nothing",
	  { { .number = 4, .from = -9, .names = BAD },
	    { .number = 5, .from = -1, .names = FINE, .mark = STRANGE_ENTRY } },
	  "K207" },
	{ "what is not understood is never stale", { { .number = 4, .from = -40, .strange = true } }, "" },
	{ "what is not understood can be replaced",
	  { { .number = 4, .from = -9, .names = BAD, .strange = true }, { .number = 5, .from = -1 } },
	  "" },

	{ "a hold revokes", { { .number = 4, .from = -9, .names = BAD, .mark = HOLD } }, "K207" },
	{ "a delta undoes the hold of its base",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 5, .base = 4, .from = -1, .names = BAD, .mark = REMOVE } },
	  "" },
	{ "a delta undoes the hold of a list after its base",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 5, .base = 2, .from = -1, .names = BAD, .mark = REMOVE } },
	  "" },
	{ "a delta undoes no revocation that is no hold",
	  { { .number = 4, .from = -9, .names = BAD },
	    { .number = 5, .base = 4, .from = -1, .names = BAD, .mark = REMOVE } },
	  "K207" },
	{ "removeFromCRL in a complete list undoes nothing",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 5, .from = -1, .names = BAD, .mark = REMOVE } },
	  "K207" },
	{ "a delta without its base undoes nothing",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 6, .base = 5, .from = -1, .names = BAD, .mark = REMOVE } },
	  "K207" },
	{ "a delta of another scope undoes nothing",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 5, .base = 4, .from = -1, .names = BAD, .mark = REMOVE, .scope = LEAVES } },
	  "K207" },
	{ "another key's delta undoes nothing",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 5, .base = 4, .from = -1, .names = BAD, .mark = REMOVE, .foreign = true } },
	  "K207" },
	{ "a delta of the future undoes nothing yet",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 5, .base = 4, .from = 1, .names = BAD, .mark = REMOVE } },
	  "K207" },
	{ "a delta older than the hold undoes nothing",
	  { { .number = 6, .from = -1, .names = BAD, .mark = HOLD },
	    { .number = 5, .base = 4, .from = -3, .names = BAD, .mark = REMOVE } },
	  "K207" },
	{ "a delta that is not understood undoes nothing",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 5, .base = 4, .from = -1, .names = BAD, .mark = REMOVE, .strange = true } },
	  "K207" },
	{ "a hold of one delta is undone by the next",
	  { { .number = 4, .from = -9 },
	    { .number = 5, .base = 4, .from = -5, .names = BAD, .mark = HOLD },
	    { .number = 6, .base = 4, .from = -1, .names = BAD, .mark = REMOVE } },
	  "" },
	{ "a hold that came back counts",
	  { { .number = 4, .from = -9, .names = BAD, .mark = HOLD },
	    { .number = 5, .base = 4, .from = -5, .names = BAD, .mark = REMOVE },
	    { .number = 6, .base = 4, .from = -1, .names = BAD, .mark = HOLD } },
	  "K207" },
	{ "a delta names with its base",
	  { { .number = 4, .from = -9 }, { .number = 5, .base = 4, .from = -1, .names = BAD } },
	  "K207" },
	{ "a delta names without its base",
	  { { .number = 5, .base = 4, .from = -1, .names = BAD } },
	  "K207" },
	{ "a later delta that reaches as far back replaces",
	  { { .number = 4, .from = -9 },
	    { .number = 5, .base = 4, .from = -5, .names = BAD, .mark = HOLD },
	    { .number = 6, .base = 4, .from = -1 } },
	  "" },
	{ "a later delta that reaches less far back does not",
	  { { .number = 4, .from = -9 },
	    { .number = 5, .base = 4, .from = -5, .names = BAD },
	    { .number = 6, .base = 5, .from = -1 } },
	  "K207" },
	{ "a later complete list replaces the delta",
	  { { .number = 5, .base = 4, .from = -5, .names = BAD }, { .number = 6, .from = -1 } },
	  "" },
	{ "the complete list made with a delta replaces it",
	  { { .number = 5, .base = 4, .from = -5, .names = BAD, .mark = HOLD }, { .number = 5, .from = -5 } },
	  "" },
	{ "an earlier complete list does not replace the delta",
	  { { .number = 5, .base = 4, .from = -5, .names = BAD }, { .number = 4, .from = -9 } },
	  "K207" },
	{ "a stale delta on its base refuses",
	  { { .number = 4, .from = -9 }, { .number = 5, .base = 4, .from = -5, .days = 2 } },
	  "K208" },
	{ "a stale delta without a base says nothing",
	  { { .number = 5, .base = 4, .from = -5, .days = 2 } },
	  "" },
};

static void every_order_of_lists_gives_the_same_right_answer(void **state)
{
	size_t orders = 0, wrong = 0;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct chain_verdict v = { 0 };
		struct crl *lists[MOST];
		size_t n = 0;
		for (; n < MOST && cases[i].plans[n].from != 0; n++) {
			lists[n] = make(&cases[i].plans[n]);
		}
		orders += each_order(lists, 0, n, cases[i].title, &v);
		if (strcmp(code(&v), cases[i].code) != 0) {
			print_error("%s: '%s' instead of '%s'\n", cases[i].title, code(&v), cases[i].code);
			wrong++;
		}
		while (n > 0) {
			crl_free(lists[--n]);
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(orders > 200);
}

static void certificates_of_one_name_and_key_share_their_lists(void **state)
{
	AUTO(crl_free_cleanup)
	struct crl *list = make(&(struct plan){ .number = 4, .from = -9, .names = BAD });
	AUTO(cert_free_cleanup)
	struct cert *renewed = house_issue(&ours, "CN=Ours CA,O=Test", AUTHORITY_CA, -20, 2000, ours.root,
					   ours.root_key, ours.ca_key);
	struct chain_verdict v = judge(bad, renewed, &list, 1, CRL_STALE_REFUSE);
	assert_string_equal(code(&v), "K207");
	v = judge(fine, renewed, &list, 1, CRL_STALE_REFUSE);
	assert_string_equal(code(&v), "");
}

/* Whoever is revoked sends the CA's certificate that says nothing of lists: the key is the same. */
static void a_certificate_of_the_key_that_may_sign_no_lists_hides_none(void **state)
{
	AUTO(crl_free_cleanup)
	struct crl *list = make(&(struct plan){ .number = 4, .from = -9, .names = BAD });
	AUTO(cert_free_cleanup) struct cert *narrow = NULL;
	X509 *x = X509_dup(cert_x509(ours.ca));
	unsigned char *der = NULL;
	X509_EXTENSION_free(X509_delete_ext(x, X509_get_ext_by_NID(x, NID_key_usage, -1)));
	X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,keyCertSign");
	assert_true(X509_add_ext(x, usage, -1) && X509_sign(x, key_evp(ours.root_key), EVP_sha256()) > 0);
	int n = i2d_X509(x, &der);
	assert_int_equal(cert_new_der(&narrow, str_from(der, (size_t)n), NULL), RC_OK);
	struct chain_verdict v = judge(bad, narrow, &list, 1, CRL_STALE_REFUSE);
	assert_string_equal(code(&v), "K207");
	X509_EXTENSION_free(usage);
	OPENSSL_free(der);
	X509_free(x);
}

static void two_cas_of_one_name_have_each_their_own_lists(void **state)
{
	AUTO(cert_free_cleanup)
	struct cert *of_twin =
		house_issue(&ours, "CN=of twin", AUTHORITY_CLIENT, -50, 300, twin, twin_key, NULL);
	AUTO(crl_free_cleanup)
	struct crl *own = make(&(struct plan){ .number = 4, .from = -9, .names = BAD });
	AUTO(crl_free_cleanup)
	struct crl *stale = make(&(struct plan){ .number = 9, .from = -40, .foreign = true });
	struct crl *lists[] = { own, stale };
	struct chain_verdict v = judge(bad, ours.ca, lists, 2, CRL_STALE_REFUSE);
	assert_string_equal(code(&v), "K207");
	v = judge(fine, ours.ca, lists, 2, CRL_STALE_REFUSE);
	assert_string_equal(code(&v), "");
	v = judge(of_twin, twin, lists, 2, CRL_STALE_REFUSE);
	assert_string_equal(code(&v), "K208");
	v = judge(of_twin, twin, lists, 2, CRL_STALE_WARN);
	assert_string_equal(code(&v), "");
}

static void an_answer_holds_until_a_list_ends_or_begins(void **state)
{
	AUTO(crl_free_cleanup) struct crl *now = make(&(struct plan){ .number = 4, .from = -9 });
	AUTO(crl_free_cleanup) struct crl *soon = make(&(struct plan){ .number = 5, .from = 3 });
	struct crl *lists[] = { now, soon };
	struct chain_verdict v = judge(fine, ours.ca, lists, 1, CRL_STALE_REFUSE);
	assert_int_equal(v.earliest_next_update.us, crl_next_update(now).us);
	v = judge(fine, ours.ca, lists, 2, CRL_STALE_REFUSE);
	assert_int_equal(v.earliest_next_update.us, crl_this_update(soon).us);
}

static void note(void *context, const char *serial)
{
	(void)buf_printf(context, "%s ", serial);
}

/* The serial numbers that lists[0] alone revokes, with issuer known or not. */
static void assert_only_by_first(struct crl *const *lists, size_t n, bool issuer_known,
				 const struct cert *expected)
{
	AUTO_BUF(told, 1000);
	struct cert_list none = { 0 };
	AUTO(revocations_free_cleanup) struct revocations *set = revocations_new(lists, n, &none);
	AUTO_FREE char *text = expected ? mem_printf("%s ", cert_serial(expected)) : mem_strdup("");
	revocation_each_only_by(set, lists[0], issuer_known ? ours.ca : NULL, NOW, note, &told);
	assert_string_equal(buf_c(&told), text);
}

static void whom_a_list_alone_revokes_is_known(void **state)
{
	AUTO(crl_free_cleanup)
	struct crl *list = make(&(struct plan){ .number = 4, .from = -9, .names = BAD });
	AUTO(crl_free_cleanup)
	struct crl *same = make(&(struct plan){ .number = 7, .from = -9, .names = BAD, .scope = LEAVES });
	AUTO(crl_free_cleanup) struct crl *newer = make(&(struct plan){ .number = 5, .from = -1 });
	AUTO(crl_free_cleanup)
	struct crl *foreign = make(&(struct plan){ .number = 7, .from = -9, .names = BAD, .foreign = true });
	AUTO(crl_free_cleanup)
	struct crl *hold = make(&(struct plan){ .number = 4, .from = -9, .names = BAD, .mark = HOLD });
	AUTO(crl_free_cleanup)
	struct crl *lift =
		make(&(struct plan){ .number = 5, .base = 4, .from = -1, .names = BAD, .mark = REMOVE });
	assert_only_by_first((struct crl *[]){ list }, 1, true, bad);
	assert_only_by_first((struct crl *[]){ list, foreign }, 2, true, bad);
	assert_only_by_first((struct crl *[]){ list, same }, 2, true, NULL);
	assert_only_by_first((struct crl *[]){ list, same }, 2, false, bad);
	assert_only_by_first((struct crl *[]){ list, newer }, 2, true, NULL);
	assert_only_by_first((struct crl *[]){ hold }, 1, true, bad);
	assert_only_by_first((struct crl *[]){ hold, lift }, 2, true, NULL);
	assert_only_by_first((struct crl *[]){ newer, list }, 2, true, NULL);
}

static void a_list_knows_what_took_its_place(void **state)
{
	AUTO(crl_free_cleanup) struct crl *old = make(&(struct plan){ .number = 4, .from = -9 });
	AUTO(crl_free_cleanup) struct crl *newer = make(&(struct plan){ .number = 5, .from = -1 });
	AUTO(crl_free_cleanup) struct crl *delta = make(&(struct plan){ .number = 7, .base = 5, .from = -1 });
	AUTO(crl_free_cleanup)
	struct crl *lonely = make(&(struct plan){ .number = 9, .base = 8, .from = -1 });
	struct crl *lists[] = { old, newer, delta, lonely };
	struct cert_list none = { 0 };
	AUTO(revocations_free_cleanup) struct revocations *set = revocations_new(lists, 4, &none);
	assert_ptr_equal(revocation_replaced_by(set, old, ours.ca, NOW), newer);
	assert_null(revocation_replaced_by(set, newer, ours.ca, NOW));
	assert_null(revocation_replaced_by(set, old, twin, NOW));
	assert_true(revocation_has_base(set, delta, ours.ca));
	assert_false(revocation_has_base(set, lonely, ours.ca));
}

/* With 200 CAs of one name each list is asked for its own key alone: first the one that it names. */
static void of_many_cas_of_one_name_the_signer_is_found(void **state)
{
	AUTO_CERT_LIST many = { 0 };
	AUTO(crl_free_cleanup)
	struct crl *list = make(&(struct plan){ .number = 4, .from = -9, .names = BAD, .foreign = true });
	for (int i = 0; i < 200; i++) {
		cert_list_add(&many, ours.ca);
	}
	assert_null(crl_find_signer(list, &many));
	cert_list_add(&many, twin);
	assert_ptr_equal(crl_find_signer(list, &many), twin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_lists_gives_the_same_right_answer),
		cmocka_unit_test(certificates_of_one_name_and_key_share_their_lists),
		cmocka_unit_test(a_certificate_of_the_key_that_may_sign_no_lists_hides_none),
		cmocka_unit_test(two_cas_of_one_name_have_each_their_own_lists),
		cmocka_unit_test(an_answer_holds_until_a_list_ends_or_begins),
		cmocka_unit_test(whom_a_list_alone_revokes_is_known),
		cmocka_unit_test(a_list_knows_what_took_its_place),
		cmocka_unit_test(of_many_cas_of_one_name_the_signer_is_found),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
