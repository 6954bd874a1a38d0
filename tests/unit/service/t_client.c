/* SPDX-License-Identifier: Apache-2.0
 * Roles, instances and service keys: what is taken, what is refused, what gateways see of it. */
#include "pki/paste.h"
#include "service/key/instance.h"
#include "service/key/key_row.h"
#include "service/keystore/keystore.h"
#include "service/key/role.h"
#include "service/key/service_key.h"
#include "unit/service/import.h"
#include "unit/service/world.h"

static void make_instance(struct world *w, const char *name, const char *parameters)
{
	AUTO_VALUE *input = json("{'service':'it-rt','plan':'integration-flow'}");
	AUTO_VALUE *ret = NULL;
	value_set_c(input, "name", name);
	value_set(input, "parameters", json(parameters));
	OK(w, service_instance_create(w->session, TENANT, input, &ret, &w->err));
}

static void an_instance_gets_what_its_plan_gives(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input = json("{'name':'runtime','service':'it-rt','plan':'integration-flow'}");
	AUTO_VALUE *ret = NULL;
	OK(w, service_instance_create(w->session, TENANT, input, &ret, &w->err));
	const struct value *p = value_get(ret, "parameters");
	assert_int_equal(value_get_int(p, "token-validity", 0), 3600);
	assert_string_equal(value_c(value_at(value_get(p, "roles"), 0)), "ESBMessaging.send");
	assert_string_equal(value_c(value_at(value_get(p, "grant-types"), 0)), "client_credentials");
	assert_int_equal(value_count(value_get(ret, "warnings")), 0);
	assert_true(published(w, REGISTRY_INSTANCE, TENANT, value_get_c(ret, "id"), NULL));
	AUTO_VALUE *again = NULL;
	REFUSED(w, service_instance_create(w->session, TENANT, input, &again, &w->err), RC_EXISTS, "");
}

static void client_x509_is_taken_with_a_warning(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input =
		json("{'name':'old','service':'it-rt','plan':'integration-flow',"
		     "'parameters':{'grant-types':['client_x509'],'roles':['ESBMessaging.send']}}");
	AUTO_VALUE *ret = NULL;
	OK(w, service_instance_create(w->session, TENANT, input, &ret, &w->err));
	assert_string_equal(value_get_c(value_at(value_get(ret, "warnings"), 0), "code"), "S306");
}

static void wrong_parameters_are_refused_by_name(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *input;
		const char *field;
		const char *reason;
	} cases[] = {
		{ "{'name':'a b','service':'it-rt','plan':'api'}", "name", "" },
		{ "{'name':'123456789012345678901234567890123','service':'it-rt','plan':'api'}", "name", "" },
		{ "{'service':'it-rt','plan':'api'}", "name", "" },
		{ "{'name':'a','service':'x','plan':'api'}", "service", "" },
		{ "{'name':'a','service':'it-rt','plan':'lite'}", "plan", "" },
		{ "{'name':'a','service':'it-rt','plan':'api','parameters':[]}", "parameters", "" },
		{ "{'name':'a','service':'it-rt','plan':'api','parameters':{'role':[]}}", "parameters", "" },
		{ "{'name':'a','service':'it-rt','plan':'api','parameters':{'grant-types':['x']}}",
		  "grant-types", "" },
		{ "{'name':'a','service':'it-rt','plan':'api','parameters':{'token-validity':3599}}",
		  "token-validity", "" },
		{ "{'name':'a','service':'it-rt','plan':'api','parameters':{'token-validity':86401}}",
		  "token-validity", "" },
		{ "{'name':'a','service':'it-rt','plan':'integration-flow','parameters':{'roles':['Nope']}}",
		  "roles", "S311" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_VALUE *input = json(cases[i].input);
		AUTO_VALUE *ret = NULL;
		REFUSED(w, service_instance_create(w->session, TENANT, input, &ret, &w->err), RC_INVALID,
			cases[i].reason);
		assert_string_equal(w->err.field, cases[i].field);
	}
	assert_non_null(strstr(w->err.text, "ESBMessaging.send"));
	assert_non_null(strstr(w->err.fix, "role create Nope"));
}

static void an_instance_with_keys_stays_and_a_used_role_too(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *role = json("{'name':'My.role'}");
	AUTO_VALUE *key = json("{'name':'k'}");
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *made = NULL;
	OK(w, service_role_create(w->session, TENANT, role, &ret, &w->err));
	REFUSED(w, service_role_create(w->session, TENANT, role, &ret, &w->err), RC_EXISTS, "");
	make_instance(w, "runtime", "{'roles':['My.role']}");
	REFUSED(w, service_role_delete(w->session, TENANT, "My.role", &w->err), RC_CONFLICT, "");
	REFUSED(w, service_role_delete(w->session, TENANT, "ESBMessaging.send", &w->err), RC_DENIED, "");
	REFUSED(w, service_role_delete(w->session, TENANT, "Nope", &w->err), RC_NOT_FOUND, "");
	OK(w, service_key_create(w->session, TENANT, "runtime", key, NULL, &made, &w->err));
	REFUSED(w, service_instance_delete(w->session, TENANT, "runtime", &w->err), RC_CONFLICT, "");
	OK(w, service_key_delete(w->session, TENANT, "runtime", "k", &w->err));
	OK(w, service_instance_delete(w->session, TENANT, "runtime", &w->err));
	OK(w, service_role_delete(w->session, TENANT, "My.role", &w->err));
}

static void an_update_changes_what_is_given_and_shows_at_once(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *change = json("{'parameters':{'token-validity':7200}}");
	AUTO_VALUE *ret = NULL;
	AUTO_BUF(seen, 10000);
	make_instance(w, "runtime", "{'roles':[]}");
	OK(w, service_instance_update(w->session, TENANT, "runtime", change, &ret, &w->err));
	assert_int_equal(value_count(value_get(value_get(ret, "parameters"), "roles")), 0);
	assert_true(published(w, REGISTRY_INSTANCE, TENANT, value_get_c(ret, "id"), &seen));
	assert_non_null(strstr(buf_c(&seen), "\"token_validity\":7200"));
}

static void a_secret_is_shown_again_and_published_as_a_hash_only(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input = json("{'name':'k'}");
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *credentials = NULL;
	AUTO_BUF(seen, 10000);
	make_instance(w, "runtime", "{}");
	OK(w, service_key_create(w->session, TENANT, "runtime", input, NULL, &ret, &w->err));
	OK(w, service_key_credentials(w->session, TENANT, "runtime", "k", &credentials, &w->err));
	const struct value *oauth = value_get(credentials, "oauth");
	const char *secret = value_get_c(oauth, "clientsecret");
	assert_true(strlen(secret) == 36 + 1 + 43 && secret[36] == '$');
	assert_string_equal(value_get_c(oauth, "tokenurl"), "http://localhost:8080/oauth/token");
	assert_true(published(w, REGISTRY_SERVICE_KEY, TENANT, value_get_c(ret, "id"), &seen));
	assert_null(strstr(buf_c(&seen), secret));
	assert_non_null(strstr(buf_c(&seen), "secret_sha256"));
	AUTO_VALUE *again = NULL;
	REFUSED(w, service_key_create(w->session, TENANT, "runtime", input, NULL, &again, &w->err), RC_EXISTS,
		"");
	AUTO_VALUE *record = NULL;
	AUTO_VALUE *instance = NULL;
	OK(w, service_key_find_client(w->session, TENANT, value_get_c(oauth, "clientid"), &record, &instance,
				      &w->err));
	assert_string_equal(value_get_c(instance, "name"), "runtime");
}

static void an_issued_certificate_comes_with_its_key_and_details(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input = json("{'name':'k','parameters':{'key-type':'certificate','validity':10}}");
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *credentials = NULL;
	AUTO_CERT_LIST chain = { 0 };
	make_instance(w, "runtime", "{}");
	OK(w, service_key_create(w->session, TENANT, "runtime", input, NULL, &ret, &w->err));
	assert_string_equal(value_get_c(ret, "type"), "certificate");
	OK(w, service_key_credentials(w->session, TENANT, "runtime", "k", &credentials, &w->err));
	const struct value *oauth = value_get(credentials, "oauth");
	assert_non_null(strstr(value_get_c(oauth, "key"), "PRIVATE KEY"));
	assert_null(value_get(oauth, "clientsecret"));
	assert_string_equal(value_get_c(oauth, "tokenurl"), "https://localhost:8443/oauth/token");
	assert_int_equal(paste_certificates(&chain, value_get_str(oauth, "certificate"), NULL), RC_OK);
	assert_int_equal(chain.n, 3);
	assert_true(cert_is_self_signed(chain.items[2]));
	assert_non_null(value_get(value_get(oauth, "certificatedetails"), "issuerdn"));
	AUTO_VALUE *bad = json("{'name':'k2','parameters':{'key-type':'certificate','validity':366}}");
	AUTO_VALUE *none = NULL;
	REFUSED(w, service_key_create(w->session, TENANT, "runtime", bad, NULL, &none, &w->err), RC_INVALID,
		"");
}

static enum rc create_with(struct world *w, const char *name, const struct cert *c)
{
	AUTO_VALUE *input = with_pem("certificate", c);
	AUTO_VALUE *ret = NULL;
	value_set_c(input, "name", name);
	w->err = (struct err){ 0 };
	return service_key_create(w->session, TENANT, "runtime", input, NULL, &ret, &w->err);
}

static void certificates_that_can_never_work_are_refused_with_their_reason(void **state)
{
	struct world *w = *state;
	struct partner p;
	struct partner alone = { 0 };
	partner_init(&p, "CN=Root,O=Partner");
	make_instance(w, "runtime", "{}");
	AUTO(cert_free_cleanup) struct cert *good = partner_issue(&p, "CN=good", -1, 30, AUTHORITY_CLIENT);
	AUTO(cert_free_cleanup) struct cert *old = partner_issue(&p, "CN=old", -30, 10, AUTHORITY_CLIENT);
	AUTO(cert_free_cleanup)
	struct cert *server = partner_issue(&p, "CN=server", -1, 30, AUTHORITY_SERVER);
	assert_int_equal(key_generate(&alone.key, "p-256", NULL), RC_OK);
	AUTO(cert_free_cleanup)
	struct cert *self = partner_issue(&alone, "CN=self", -1, 30, AUTHORITY_CLIENT);
	REFUSED(w, create_with(w, "ca", p.root), RC_INVALID, "P112");
	assert_non_null(strstr(w->err.text, "CA:TRUE"));
	REFUSED(w, create_with(w, "self", self), RC_INVALID, "P113");
	REFUSED(w, create_with(w, "old", old), RC_INVALID, "P109");
	OK(w, create_with(w, "good", good));
	REFUSED(w, create_with(w, "second", good), RC_CONFLICT, "S305");
	assert_non_null(strstr(w->err.text, "service key good"));
	OK(w, create_with(w, "server", server));
	AUTO_VALUE *text = json("{'name':'t','parameters':{'X.509':'no certificate'}}");
	AUTO_VALUE *ret = NULL;
	REFUSED(w, service_key_create(w->session, TENANT, "runtime", text, NULL, &ret, &w->err), RC_INVALID,
		"S303");
	partner_fini(&p);
	key_free(alone.key);
}

static void a_certificate_on_one_line_without_the_last_dashes_is_taken(void **state)
{
	struct world *w = *state;
	struct partner p;
	AUTO_BUF(line, 10000);
	AUTO_VALUE *input =
		json("{'name':'k','parameters':{'key-type':'certificate_external','validity':365}}");
	AUTO_VALUE *ret = NULL;
	partner_init(&p, "CN=Root,O=Partner");
	make_instance(w, "runtime", "{'grant-types':['client_x509']}");
	AUTO(cert_free_cleanup) struct cert *c = partner_issue(&p, "CN=erp", -1, 30, AUTHORITY_CLIENT);
	AUTO_FREE char *pem = cert_pem(c);
	for (const char *q = pem; *q; q++) {
		if (*q != '\n') {
			(void)buf_add_char(&line, *q);
		}
	}
	line.n -= 5;
	value_set_str(value_get(input, "parameters"), "X.509", buf_str(&line));
	OK(w, service_key_create(w->session, TENANT, "runtime", input, NULL, &ret, &w->err));
	assert_string_equal(value_get_c(value_get(ret, "certificate"), "subject"), "CN=erp");
	assert_true(value_get_bool(ret, "pinned", false));
	assert_string_equal(value_c(value_at(value_get(ret, "roles"), 0)), "ESBMessaging.send");
	partner_fini(&p);
}

static void a_key_holds_two_certificates_while_it_is_renewed(void **state)
{
	struct world *w = *state;
	struct partner p;
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *shown = NULL;
	AUTO_BUF(seen, 20000);
	partner_init(&p, "CN=Root,O=Partner");
	make_instance(w, "runtime", "{}");
	AUTO(cert_free_cleanup) struct cert *one = partner_issue(&p, "CN=erp", -9, 30, AUTHORITY_CLIENT);
	AUTO(cert_free_cleanup) struct cert *two = partner_issue(&p, "CN=erp", -1, 30, AUTHORITY_CLIENT);
	AUTO(cert_free_cleanup) struct cert *three = partner_issue(&p, "CN=erp", -1, 40, AUTHORITY_CLIENT);
	OK(w, create_with(w, "k", one));
	AUTO_VALUE *second = with_pem("certificate", two);
	AUTO_VALUE *third = with_pem("certificate", three);
	OK(w, service_key_add_certificate(w->session, TENANT, "runtime", "k", second, &ret, &w->err));
	assert_true(published(w, REGISTRY_SERVICE_KEY, TENANT, value_get_c(ret, "id"), &seen));
	assert_non_null(strstr(buf_c(&seen), cert_sha256(one)));
	assert_non_null(strstr(buf_c(&seen), cert_sha256(two)));
	AUTO_VALUE *none = NULL;
	REFUSED(w, service_key_add_certificate(w->session, TENANT, "runtime", "k", third, &none, &w->err),
		RC_LIMIT, "");
	OK(w, service_key_remove_certificate(w->session, TENANT, "runtime", "k", cert_sha256(one), &w->err));
	REFUSED(w,
		service_key_remove_certificate(w->session, TENANT, "runtime", "k", cert_sha256(one), &w->err),
		RC_NOT_FOUND, "");
	REFUSED(w,
		service_key_remove_certificate(w->session, TENANT, "runtime", "k", cert_sha256(two), &w->err),
		RC_CONFLICT, "");
	OK(w, service_key_get(w->session, TENANT, "runtime", "k", &shown, &w->err));
	assert_string_equal(value_get_c(value_get(shown, "certificate"), "sha256"), cert_sha256(two));
	partner_fini(&p);
}

static void an_unpinned_key_learns_its_issuer_when_that_is_imported(void **state)
{
	struct world *w = *state;
	struct partner p;
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *imported = NULL;
	AUTO_BUF(before, 20000);
	AUTO_BUF(after, 20000);
	partner_init(&p, "CN=Root,O=Partner");
	make_instance(w, "runtime", "{}");
	AUTO(cert_free_cleanup) struct cert *c = partner_issue(&p, "CN=erp", -1, 30, AUTHORITY_CLIENT);
	AUTO_VALUE *input = with_pem("certificate", c);
	value_set_c(input, "name", "k");
	value_set(input, "parameters", json("{'pin':false}"));
	OK(w, service_key_create(w->session, TENANT, "runtime", input, NULL, &ret, &w->err));
	assert_false(value_get_bool(ret, "pinned", true));
	assert_true(published(w, REGISTRY_SERVICE_KEY, TENANT, value_get_c(ret, "id"), &before));
	assert_null(strstr(buf_c(&before), cert_public_key_sha256(p.root)));
	AUTO_VALUE *root = with_pem("content", p.root);
	OK(w, world_import(w->session, TENANT, root, &imported, &w->err));
	assert_true(published(w, REGISTRY_SERVICE_KEY, TENANT, value_get_c(ret, "id"), &after));
	assert_non_null(strstr(buf_c(&after), cert_public_key_sha256(p.root)));
	partner_fini(&p);
}

static void a_deleted_key_is_gone_for_gateways(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input = json("{'name':'k'}");
	AUTO_VALUE *ret = NULL;
	make_instance(w, "runtime", "{}");
	OK(w, service_key_create(w->session, TENANT, "runtime", input, NULL, &ret, &w->err));
	OK(w, service_key_delete(w->session, TENANT, "runtime", "k", &w->err));
	assert_false(published(w, REGISTRY_SERVICE_KEY, TENANT, value_get_c(ret, "id"), NULL));
	REFUSED(w, service_key_delete(w->session, TENANT, "runtime", "k", &w->err), RC_NOT_FOUND, "");
	REFUSED(w, service_key_delete(w->session, TENANT, "nope", "k", &w->err), RC_NOT_FOUND, "");
}

RUN_TESTS(WORLD_TEST(an_instance_gets_what_its_plan_gives), WORLD_TEST(client_x509_is_taken_with_a_warning),
	  WORLD_TEST(wrong_parameters_are_refused_by_name),
	  WORLD_TEST(an_instance_with_keys_stays_and_a_used_role_too),
	  WORLD_TEST(an_update_changes_what_is_given_and_shows_at_once),
	  WORLD_TEST(a_secret_is_shown_again_and_published_as_a_hash_only),
	  WORLD_TEST(an_issued_certificate_comes_with_its_key_and_details),
	  WORLD_TEST(certificates_that_can_never_work_are_refused_with_their_reason),
	  WORLD_TEST(a_certificate_on_one_line_without_the_last_dashes_is_taken),
	  WORLD_TEST(a_key_holds_two_certificates_while_it_is_renewed),
	  WORLD_TEST(an_unpinned_key_learns_its_issuer_when_that_is_imported),
	  WORLD_TEST(a_deleted_key_is_gone_for_gateways))
