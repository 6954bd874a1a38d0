/* SPDX-License-Identifier: Apache-2.0
 * The doctor's steps 1 to 3: key store, trust, service key; and the repairs that it prints. */
#include "helper/job_container.h"
#include "service/key/instance.h"
#include "service/key/key_row.h"
#include "service/keystore/keystore.h"
#include "service/monitor/repair.h"
#include "service/key/service_key.h"
#include "unit/service/import.h"
#include "unit/service/round.h"

/* What a caller has: a pair of a partner's CA, and the answer of the process that opened the file. */
struct caller {
	struct partner partner;
	struct cert *leaf;
	struct value *answer;
};

static void caller_init(struct caller *c, bool with_key)
{
	AUTO(container_free_cleanup) struct container *file = container_new(CONTAINER_PKCS12);
	AUTO_VALUE *entries = NULL;
	struct container_entry *entry = container_add(file, "c");
	struct authority_order order = { .subject = STR("CN=caller"),
					 .usage = AUTHORITY_CLIENT,
					 .path_length = -1,
					 .not_before = { wall_now().us - US_PER_SECOND },
					 .days = 9 };
	struct key *key = NULL;
	partner_init(&c->partner, "CN=Partner,O=P");
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	assert_int_equal(authority_issue(&c->leaf, &order, key, c->partner.root, c->partner.key, NULL),
			 RC_OK);
	cert_list_add(&entry->chain, c->leaf);
	cert_list_add(&entry->chain, c->partner.root);
	if (with_key) {
		entry->key = key;
	} else {
		key_free(key);
	}
	assert_int_equal(job_container_to_value(file, &entries, NULL, NULL), RC_OK);
	c->answer = json("{'examine':{'container':'pkcs12','findings':[]}}");
	value_set(c->answer, "entries", value_ref(entries));
}

static void caller_fini(struct caller *c)
{
	cert_free(c->leaf);
	value_free(c->answer);
	partner_fini(&c->partner);
}

static void import_root(struct world *w, const struct caller *c)
{
	AUTO_VALUE *input = with_pem("content", c->partner.root), *ret = NULL;
	value_set_c(input, "alias", "partner");
	OK(w, world_import(w->session, TENANT, input, &ret, &w->err));
}

static void make_instance(struct world *w, const char *name, const char *parameters)
{
	AUTO_VALUE *input = json("{'service':'it-rt','plan':'integration-flow'}"), *ret = NULL;
	value_set_c(input, "name", name);
	value_set(input, "parameters", json(parameters));
	OK(w, service_instance_create(w->session, TENANT, input, &ret, &w->err));
}

static void make_key(struct world *w, const char *instance, const char *name, const struct cert *c)
{
	AUTO_VALUE *input = c ? with_pem("certificate", c) : value_object(), *ret = NULL;
	value_set_c(input, "name", name);
	OK(w, service_key_create(w->session, TENANT, instance, input, NULL, &ret, &w->err));
}

#define TO_OWN \
	"'Name':'D','Authentication':'ClientCertificateAuthentication','KeyStoreLocation':'c.p12','URL':" \
	"'" OWN "'"

static void a_caller_nobody_knows_is_told_of_the_trust_and_of_the_key(void **state)
{
	struct world *w = *state;
	struct caller c = { 0 };
	caller_init(&c, true);
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d, TO_OWN);
	make_instance(w, "runtime", "{}");
	doctor_judge_container(&d, c.answer);
	assert_true(found_is("unknown", &d, 1, "") && found_is("unknown", &d, 2, "K201"));
	assert_true(found_is("unknown", &d, 3, "S301"));
	assert_true(d.judged[1] && d.judged[2] && d.judged[3]);
	/* What is typed needs neither the file nor its password. */
	assert_string_equal(value_get_c(doctor_finding(&d, 3, REASON_S301), "fix"),
			    "`postern service-key create runtime c --destination D`");
	caller_fini(&c);
}

/* That one trusts and knows others. */
static void a_destination_that_leads_to_another_subaccount_is_not_judged_by_this_one(void **state)
{
	struct world *w = *state;
	struct caller c = { 0 };
	caller_init(&c, true);
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d,
	      "'Name':'D','Authentication':'ClientCertificateAuthentication','KeyStoreLocation':'c.p12','URL'"
	      ":"
	      "'https://team.localhost:8443/http/orders'");
	make_instance(w, "runtime", "{}");
	doctor_judge_container(&d, c.answer);
	assert_true(d.judged[1]);
	assert_false(d.judged[2] || d.judged[3]);
	assert_null(doctor_finding(&d, 2, REASON_K201));
	assert_null(doctor_finding(&d, 3, REASON_S301));
	assert_null(repair_url(w->session, TENANT, STR("https://team.localhost:8443/http/orders")));
	caller_fini(&c);
}

static void a_caller_that_is_trusted_and_held_is_whole(void **state)
{
	struct world *w = *state;
	struct caller c = { 0 };
	caller_init(&c, true);
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d, TO_OWN);
	import_root(w, &c);
	make_instance(w, "runtime", "{}");
	make_key(w, "runtime", "held", c.leaf);
	doctor_judge_container(&d, c.answer);
	for (int i = 1; i <= DOCTOR_STEPS; i++) {
		assert_true(found_is("held", &d, i, ""));
	}
	assert_true(d.judged[1] && d.judged[2] && d.judged[3]);
	caller_fini(&c);
}

static void a_key_is_proposed_under_a_free_name_in_each_instance_with_the_role(void **state)
{
	struct world *w = *state;
	struct caller c = { 0 };
	caller_init(&c, true);
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d, TO_OWN);
	d.role = mem_strdup("ESBMessaging.send");
	make_instance(w, "aaa", "{'roles':[]}");
	make_instance(w, "bbb", "{}");
	make_instance(w, "ccc", "{}");
	make_key(w, "bbb", "c", NULL);
	make_key(w, "bbb", "c-2", NULL);
	doctor_judge_container(&d, c.answer);
	assert_string_equal(value_get_c(doctor_finding(&d, 3, REASON_S301), "fix"),
			    "`postern service-key create bbb c-3 --destination D`, or "
			    "`postern service-key create ccc c --destination D`");
	caller_fini(&c);
}

static void a_file_alone_is_named_in_the_repair(void **state)
{
	struct world *w = *state;
	struct caller c = { 0 };
	caller_init(&c, true);
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	doctor_round_init(&d, w->session, TENANT);
	d.file = mem_strdup("here/my file.p12");
	make_instance(w, "runtime", "{}");
	doctor_judge_container(&d, c.answer);
	const char *fix = value_get_c(doctor_finding(&d, 3, REASON_S301), "fix");
	assert_non_null(strstr(fix, "postern service-key create runtime my-file --certificate "));
	assert_non_null(strstr(fix, "here/my file.p12"));
	caller_fini(&c);
}

static void certificates_without_a_key_are_told_and_judged_all_the_same(void **state)
{
	struct world *w = *state;
	struct caller c = { 0 };
	caller_init(&c, false);
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d, TO_OWN);
	doctor_judge_container(&d, c.answer);
	assert_true(found_is("no key", &d, 1, "P104") && found_is("no key", &d, 2, "K201"));
	caller_fini(&c);
}

static void the_trust_of_another_server_is_not_ours_to_judge(void **state)
{
	struct world *w = *state;
	struct caller c = { 0 };
	caller_init(&c, true);
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d, MTLS ",'KeyStoreLocation':'c.p12'");
	doctor_judge_container(&d, c.answer);
	assert_true(d.judged[1] && !d.judged[2] && !d.judged[3]);
	assert_true(found_is("far", &d, 2, "") && found_is("far", &d, 3, ""));
	caller_fini(&c);
}

static void an_answer_that_is_damaged_is_told_as_a_file_that_is(void **state)
{
	struct world *w = *state;
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	AUTO_VALUE *answer = json("{'examine':{'container':'pkcs12'},'entries':[{'chain':['!']}]}");
	begin(w, &d, TO_OWN);
	doctor_judge_container(&d, answer);
	assert_true(found_is("damaged", &d, 1, "P116"));
	assert_false(d.judged[1]);
}

static void a_destination_that_goes_by_a_client_is_judged_by_its_service_key(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *credentials = NULL;
	make_instance(w, "runtime", "{}");
	make_key(w, "runtime", "k", NULL);
	OK(w, service_key_credentials(w->session, TENANT, "runtime", "k", &credentials, &w->err));
	const char *id = value_get_c(value_get(credentials, "oauth"), "clientid");
	const char *secret = value_get_c(value_get(credentials, "oauth"), "clientsecret");
	const struct {
		const char *user, *password, *url;
		bool judged;
		const char *codes; /* in step 5, where a wrong secret belongs */
	} rows[] = {
		{ id, secret, OWN, true, "" },
		{ id, "wrong", OWN, false, "R507" },
		{ "unknown", secret, OWN, false, "R507" },
		{ id, "wrong", "https://far.example", false, "" },
	};
	bool good = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(doctor_round_fini) struct doctor_round d = { 0 };
		begin(w, &d, "'Authentication':'BasicAuthentication'");
		struct value *c = value_get(d.found, "destinationConfiguration");
		value_set_c(c, "User", rows[i].user);
		value_set_c(c, "Password", rows[i].password);
		value_set_c(c, "URL", rows[i].url);
		doctor_judge_client(&d);
		good &= found_is(rows[i].url, &d, 5, rows[i].codes);
		assert_int_equal(d.judged[3], rows[i].judged);
	}
	assert_true(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_caller_nobody_knows_is_told_of_the_trust_and_of_the_key),
		WORLD_TEST(a_destination_that_leads_to_another_subaccount_is_not_judged_by_this_one),
		WORLD_TEST(certificates_without_a_key_are_told_and_judged_all_the_same),
		WORLD_TEST(a_caller_that_is_trusted_and_held_is_whole),
		WORLD_TEST(a_key_is_proposed_under_a_free_name_in_each_instance_with_the_role),
		WORLD_TEST(a_file_alone_is_named_in_the_repair),
		WORLD_TEST(the_trust_of_another_server_is_not_ours_to_judge),
		WORLD_TEST(an_answer_that_is_damaged_is_told_as_a_file_that_is),
		WORLD_TEST(a_destination_that_goes_by_a_client_is_judged_by_its_service_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
