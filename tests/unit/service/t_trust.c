/* SPDX-License-Identifier: Apache-2.0
 * The built-in CA and the tenant keystore: what becomes trust, what does not, and what stays inside. */
#include "pki/chain/chain.h"
#include "pki/paste.h"
#include "service/authority/authority.h"
#include "service/publish/authority_row.h"
#include "service/keystore/keystore.h"
#include "service/keystore/keystore_entry.h"
#include "service/keystore/revocation_list.h"
#include "unit/service/import.h"
#include "unit/service/world.h"

static enum rc import(struct world *w, const char *alias, bool overwrite, const struct cert *c)
{
	AUTO_VALUE *input = with_pem("content", c);
	AUTO_VALUE *ret = NULL;
	value_set_c(input, "alias", alias);
	value_set_bool(input, "overwrite", overwrite);
	w->err = (struct err){ 0 };
	return world_import(w->session, TENANT, input, &ret, &w->err);
}

static void an_imported_ca_is_an_anchor_and_a_leaf_is_not(void **state)
{
	struct world *w = *state;
	struct partner p;
	partner_init(&p, "CN=Partner Root,O=Partner");
	AUTO(cert_free_cleanup) struct cert *leaf = partner_issue(&p, "CN=leaf", -1, 9, AUTHORITY_CLIENT);
	OK(w, import(w, "root", false, p.root));
	OK(w, import(w, "leaf", false, leaf));
	assert_true(published(w, REGISTRY_ANCHOR, TENANT, "root", NULL));
	assert_false(published(w, REGISTRY_ANCHOR, TENANT, "leaf", NULL));
	assert_true(published(w, REGISTRY_ANCHOR, TENANT, "sap_postern_root", NULL));
	AUTO_VALUE *list = NULL;
	OK(w, service_keystore_list(w->session, TENANT, &list, &w->err));
	assert_int_equal(value_count(list), 4);
	partner_fini(&p);
}

static void aliases_are_guarded(void **state)
{
	struct world *w = *state;
	struct partner p;
	struct partner q;
	char long_alias[KEYSTORE_MAX_ALIAS + 2];
	partner_init(&p, "CN=Root,O=P");
	partner_init(&q, "CN=Root,O=Q");
	memset(long_alias, 'a', sizeof(long_alias));
	long_alias[sizeof(long_alias) - 1] = '\0';
	REFUSED(w, import(w, "sap_x", false, p.root), RC_DENIED, "K205");
	REFUSED(w, import(w, "HCICertificate1", false, p.root), RC_DENIED, "K205");
	REFUSED(w, import(w, long_alias, false, p.root), RC_LIMIT, "");
	long_alias[KEYSTORE_MAX_ALIAS] = '\0';
	OK(w, import(w, long_alias, false, p.root));
	OK(w, import(w, "root", false, p.root));
	REFUSED(w, import(w, "ROOT", false, q.root), RC_EXISTS, "");
	OK(w, import(w, "ROOT", true, q.root));
	assert_false(published(w, REGISTRY_ANCHOR, TENANT, "root", NULL));
	assert_true(published(w, REGISTRY_ANCHOR, TENANT, "ROOT", NULL));
	REFUSED(w, service_keystore_delete(w->session, TENANT, "sap_postern_root", &w->err), RC_DENIED,
		"K205");
	OK(w, service_keystore_delete(w->session, TENANT, "root", &w->err));
	assert_false(published(w, REGISTRY_ANCHOR, TENANT, "ROOT", NULL));
	REFUSED(w, service_keystore_delete(w->session, TENANT, "root", &w->err), RC_NOT_FOUND, "");
	partner_fini(&p);
	partner_fini(&q);
}

static void an_import_without_alias_takes_the_common_name_and_repeats(void **state)
{
	struct world *w = *state;
	struct partner p;
	partner_init(&p, "CN=Partner Root CA,O=P");
	OK(w, import(w, NULL, false, p.root));
	OK(w, import(w, NULL, false, p.root));
	assert_true(published(w, REGISTRY_ANCHOR, TENANT, "partner-root-ca", NULL));
	partner_fini(&p);
}

static void a_key_pair_is_made_signed_and_never_leaves(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input = json("{'alias':'receiver','key_type':'p-256','subject':'CN=receiver,O=We'}");
	AUTO_VALUE *entry = NULL;
	AUTO_VALUE *request = NULL;
	AUTO_VALUE *signed_ = NULL;
	AUTO_VALUE *response = value_object();
	AUTO_VALUE *updated = NULL;
	AUTO_VALUE *wrong = NULL;
	AUTO_VALUE *exported = NULL;
	struct partner p;
	OK(w, service_keystore_create(w->session, TENANT, input, NULL, &entry, &w->err));
	assert_string_equal(value_get_c(entry, "type"), "Key Pair");
	assert_false(published(w, REGISTRY_ANCHOR, TENANT, "receiver", NULL));
	REFUSED(w, service_keystore_create(w->session, TENANT, input, NULL, &wrong, &w->err), RC_EXISTS, "");
	OK(w, service_keystore_request(w->session, TENANT, "receiver", &request, &w->err));
	OK(w, service_authority_sign(w->session, TENANT, request, &signed_, &w->err));
	value_set_c(response, "content", value_get_c(signed_, "chain_pem"));
	OK(w, service_keystore_signing_response(w->session, TENANT, "receiver", response, &updated, &w->err));
	assert_int_equal(value_count(value_get(updated, "chain")), 3);
	assert_string_equal(value_get_c(updated, "status"), "changed");
	partner_init(&p, "CN=Root");
	AUTO_VALUE *foreign = with_pem("content", p.root);
	REFUSED(w,
		service_keystore_signing_response(w->session, TENANT, "receiver", foreign, &wrong, &w->err),
		RC_INVALID, "P107");
	REFUSED(w, import(w, "receiver", true, p.root), RC_CONFLICT, "");
	OK(w, service_keystore_export(w->session, TENANT, "receiver", "root", &exported, &w->err));
	assert_null(strstr(value_get_c(exported, "pem"), "PRIVATE"));
	partner_fini(&p);
}

static void a_backup_brings_back_what_was(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input = json("{'alias':'receiver','key_type':'p-256'}");
	AUTO_VALUE *rename = json("{'alias':'root','to':'renamed'}");
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *request = NULL;
	struct partner p;
	partner_init(&p, "CN=Root");
	REFUSED(w, service_keystore_restore(w->session, TENANT, &ret, &w->err), RC_NOT_FOUND, "");
	OK(w, service_keystore_create(w->session, TENANT, input, NULL, &ret, &w->err));
	OK(w, import(w, "root", false, p.root));
	value_free(TAKE(ret));
	OK(w, service_keystore_backup(w->session, TENANT, &ret, &w->err));
	value_free(TAKE(ret));
	OK(w, service_keystore_rename(w->session, TENANT, rename, &ret, &w->err));
	value_free(TAKE(ret));
	assert_true(published(w, REGISTRY_ANCHOR, TENANT, "renamed", NULL));
	assert_false(published(w, REGISTRY_ANCHOR, TENANT, "root", NULL));
	OK(w, service_keystore_delete(w->session, TENANT, "receiver", &w->err));
	OK(w, service_keystore_restore(w->session, TENANT, &ret, &w->err));
	assert_true(published(w, REGISTRY_ANCHOR, TENANT, "root", NULL));
	assert_false(published(w, REGISTRY_ANCHOR, TENANT, "renamed", NULL));
	OK(w, service_keystore_request(w->session, TENANT, "receiver", &request, &w->err));
	partner_fini(&p);
}

/* What a gateway would say of a chain, with the anchors and lists it sees. */
static enum reason verdict(struct world *w, const struct cert_list *presented)
{
	AUTO_CERT_LIST anchors = { 0 };
	AUTO_BUF(json_text, 1000000);
	AUTO_BUF(der, 1000000);
	AUTO_VALUE *v = NULL;
	AUTO(crl_free_cleanup) struct crl *crl = NULL;
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	struct chain_verdict verdict = { 0 };
	OK(w, service_authority_certs(w->session, TENANT, &anchors, &w->err));
	assert_true(published(w, REGISTRY_CRL, TENANT, "sap_postern_issuing", &json_text));
	assert_int_equal(value_parse(&v, buf_str(&json_text), 1000000, NULL), RC_OK);
	assert_int_equal(base64_decode(&der, value_get_str(v, "der"), false), RC_OK);
	assert_int_equal(crl_new_der(&crl, buf_str(&der), NULL), RC_OK);
	assert_int_equal(trust_new(&trust, &anchors, &crl, 1, CRL_STALE_REFUSE, NULL), RC_OK);
	chain_judge(trust, presented, wall_now(), CHAIN_CLIENT, &verdict);
	return verdict.reason;
}

static void what_the_ca_issues_is_good_until_it_revokes_it(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input = json("{'name':'erp, o=no injection','days':10,'key_type':'p-256'}");
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *revoked = NULL;
	AUTO_VALUE *shown = NULL;
	AUTO_CERT_LIST chain = { 0 };
	OK(w, service_authority_issue(w->session, TENANT, input, NULL, &ret, &w->err));
	assert_int_equal(paste_certificates(&chain, value_get_str(ret, "chain_pem"), NULL), RC_OK);
	assert_string_equal(cert_subject(chain.items[0]), "CN=erp\\, o=no injection");
	assert_non_null(strstr(value_get_c(ret, "key_pem"), "PRIVATE KEY"));
	assert_int_equal(verdict(w, &chain), REASON_NONE);
	AUTO_VALUE *order = with_pem("certificate", chain.items[0]);
	OK(w, service_authority_revoke(w->session, TENANT, order, &revoked, &w->err));
	assert_int_equal(verdict(w, &chain), REASON_K207);
	OK(w, service_authority_show(w->session, TENANT, &shown, &w->err));
	assert_non_null(strstr(value_get_c(shown, "crl_pem"), "BEGIN X509 CRL"));
	AUTO_VALUE *unknown = json("{'serial':'1234'}");
	AUTO_VALUE *none = NULL;
	REFUSED(w, service_authority_revoke(w->session, TENANT, unknown, &none, &w->err), RC_NOT_FOUND, "");
}

static void orders_that_cannot_be_taken_are_refused_by_field(void **state)
{
	struct world *w = *state;
	static const char *const cases[][2] = {
		{ "{'name':'a','usage':'ca'}", "usage" },
		{ "{'name':'a','usage':'x'}", "usage" },
		{ "{'name':'a','days':0}", "days" },
		{ "{'name':'a','days':3651}", "days" },
		{ "{'name':'a','key_type':'rsa-1'}", "key-type" },
		{ "{'name':''}", "name" },
		{ "{}", "name" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_VALUE *input = json(cases[i][0]);
		AUTO_VALUE *ret = NULL;
		REFUSED(w, service_authority_issue(w->session, TENANT, input, NULL, &ret, &w->err),
			RC_INVALID, "");
		assert_string_equal(w->err.field, cases[i][1]);
	}
}

static struct value *make_list(const struct partner *p, int64_t number, int64_t age_days, const char *serial)
{
	AUTO_BUF(der, 100000);
	struct authority_revoked revoked = { serial, wall_now() };
	struct value *v = value_object();
	assert_int_equal(authority_crl(p->root, p->key, &revoked, 1, number,
				       (struct wall){ wall_now().us - age_days * 86400 * US_PER_SECOND }, 30,
				       &der, NULL),
			 RC_OK);
	value_set_base64(v, "content", buf_str(&der));
	return v;
}

static void a_list_counts_waits_or_is_refused(void **state)
{
	struct world *w = *state;
	struct partner p;
	struct partner other;
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *lists = NULL;
	partner_init(&p, "CN=Root,O=P");
	partner_init(&other, "CN=Root,O=P");
	AUTO_VALUE *list = make_list(&p, 1, 3, "01");
	AUTO_VALUE *newer = make_list(&p, 2, 1, "02");
	AUTO_VALUE *forged = make_list(&other, 9, 0, "03");
	OK(w, world_import(w->session, TENANT, list, &ret, &w->err));
	assert_false(value_get_bool(value_get(ret, "crl"), "verified", true));
	OK(w, import(w, "root", false, p.root));
	value_free(TAKE(ret));
	OK(w, world_import(w->session, TENANT, newer, &ret, &w->err));
	assert_true(value_get_bool(value_get(ret, "crl"), "verified", false));
	OK(w, service_keystore_crls(w->session, TENANT, &lists, &w->err));
	assert_int_equal(value_count(lists), 1);
	value_free(TAKE(ret));
	REFUSED(w, world_import(w->session, TENANT, list, &ret, &w->err), RC_CONFLICT, "");
	/* Another key of that name may be another CA's: its list waits, and takes nobody's place. */
	OK(w, world_import(w->session, TENANT, forged, &ret, &w->err));
	assert_false(value_get_bool(value_get(ret, "crl"), "verified", true));
	assert_true(published(w, REGISTRY_CRL, TENANT, value_get_c(value_at(lists, 0), "sha256"), NULL));
	partner_fini(&p);
	partner_fini(&other);
}

static void an_entry_over_the_limit_is_k206(void **state)
{
	struct world *w = *state;
	struct partner p;
	struct key *key = NULL;
	struct cert *big = NULL;
	char names[50][280];
	const char *sans[50];
	for (size_t i = 0; i < 50; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "URI:https://%zu.example/%0230d", i, 0);
		sans[i] = names[i];
	}
	partner_init(&p, "CN=Root");
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	struct authority_order order = { .subject = STR("CN=big"),
					 .sans = sans,
					 .n_sans = 50,
					 .usage = AUTHORITY_CLIENT,
					 .not_before = wall_now(),
					 .days = 9 };
	assert_int_equal(authority_issue(&big, &order, key, p.root, p.key, NULL), RC_OK);
	assert_true(cert_der(big).n > KEYSTORE_MAX_CERTIFICATE);
	REFUSED(w, import(w, "big", false, big), RC_LIMIT, "K206");
	cert_free(big);
	key_free(key);
	partner_fini(&p);
}

RUN_TESTS(WORLD_TEST(an_imported_ca_is_an_anchor_and_a_leaf_is_not), WORLD_TEST(aliases_are_guarded),
	  WORLD_TEST(an_import_without_alias_takes_the_common_name_and_repeats),
	  WORLD_TEST(a_key_pair_is_made_signed_and_never_leaves), WORLD_TEST(a_backup_brings_back_what_was),
	  WORLD_TEST(what_the_ca_issues_is_good_until_it_revokes_it),
	  WORLD_TEST(orders_that_cannot_be_taken_are_refused_by_field),
	  WORLD_TEST(a_list_counts_waits_or_is_refused), WORLD_TEST(an_entry_over_the_limit_is_k206))
