/* SPDX-License-Identifier: Apache-2.0
 * Artifacts and what their receivers need; messages from the journal to the monitor; settings. */
#include "flow/bundle/bundle.h"
#include "flow/bundle/bundle_write.h"
#include "flow/plan_value.h"
#include "journal/writer.h"
#include "service/content/artifact.h"
#include "service/keystore/credential.h"
#include "service/keystore/keystore.h"
#include "service/monitor/message.h"
#include "service/key/role.h"
#include "service/start/setting.h"
#include "service/publish/setting_row.h"
#include "unit/service/world.h"

static void an_artifact_is_deployed_with_its_role_and_url(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input =
		json("{'name':'orders','address':'/orders','role':'Orders.send','reply':'ok','csrf':true}");
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *again = NULL;
	AUTO_VALUE *roles = NULL;
	AUTO_BUF(seen, 100000);
	OK(w, service_artifact_create(w->session, TENANT, input, &ret, &w->err));
	assert_string_equal(value_get_c(ret, "url"), "https://localhost:8443/http/orders");
	assert_string_equal(value_get_c(ret, "role"), "Orders.send");
	assert_true(value_get_bool(ret, "csrf", false));
	assert_int_equal(value_get_int(ret, "max_body", 0), 40 * 1024 * 1024);
	assert_true(published(w, REGISTRY_ENDPOINT, TENANT, "orders", &seen));
	assert_non_null(strstr(buf_c(&seen), "\"role\":\"Orders.send\""));
	OK(w, service_role_list(w->session, TENANT, &roles, &w->err));
	assert_int_equal(value_count(roles), 3);
	REFUSED(w, service_artifact_create(w->session, TENANT, input, &again, &w->err), RC_EXISTS, "");
	REFUSED(w, service_role_delete(w->session, TENANT, "Orders.send", &w->err), RC_CONFLICT, "");
	OK(w, service_artifact_undeploy(w->session, TENANT, "orders", &w->err));
	assert_false(published(w, REGISTRY_ENDPOINT, TENANT, "orders", NULL));
	REFUSED(w, service_artifact_undeploy(w->session, TENANT, "orders", &w->err), RC_NOT_FOUND, "");
}

static void an_address_that_collides_is_refused_and_names_the_other(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *wide = json("{'name':'wide','address':'/orders/*','reply':'ok'}");
	AUTO_VALUE *below = json("{'name':'below','address':'/Orders/new','reply':'ok'}");
	AUTO_VALUE *bad = json("{'name':'bad','address':'orders','reply':'ok'}");
	AUTO_VALUE *ret = NULL;
	OK(w, service_artifact_create(w->session, TENANT, wide, &ret, &w->err));
	value_free(TAKE(ret));
	REFUSED(w, service_artifact_create(w->session, TENANT, below, &ret, &w->err), RC_CONFLICT, "");
	assert_non_null(strstr(w->err.text, "wide"));
	REFUSED(w, service_artifact_create(w->session, TENANT, bad, &ret, &w->err), RC_INVALID, "");
	assert_string_equal(w->err.field, "address");
}

/* A flow with one receiver, as a job hands it over: {"id","name","version","plan"}. */
static struct value *parsed_flow(struct world *w, enum flow_receiver_auth auth, const char *name)
{
	AUTO_BUF(zip, BUNDLE_MAX_ZIP);
	AUTO_VALUE *parsed = NULL;
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	struct bundle_spec spec = { .name = STR("calls"),
				    .address = STR("/calls"),
				    .to = STR("https://localhost:1/x") };
	OK(w, bundle_write(&spec, &zip, &w->err));
	OK(w, service_artifact_parse(buf_str(&zip), &parsed, &w->err));
	OK(w, flow_plan_from_value(&plan, value_get(parsed, "plan"), &w->err));
	for (size_t i = 0; i < plan->n_steps; i++) {
		struct flow_receiver *r = plan->steps[i].receiver;
		if (r) {
			r->auth = auth;
			mem_free(r->credential);
			mem_free(r->alias);
			r->credential = mem_strdup(auth == FLOW_RECEIVER_BASIC ? name : "");
			r->alias = mem_strdup(auth == FLOW_RECEIVER_CERTIFICATE ? name : "");
		}
	}
	value_set(parsed, "plan", flow_plan_to_value(plan));
	return TAKE(parsed);
}

static void a_receiver_s_needs_are_checked_shipped_and_taken_back(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *basic = parsed_flow(w, FLOW_RECEIVER_BASIC, "backend");
	AUTO_VALUE *certificate = parsed_flow(w, FLOW_RECEIVER_CERTIFICATE, "receiver");
	AUTO_VALUE *credential = json("{'name':'backend','user':'me','password':'Very-secret-1'}");
	AUTO_VALUE *pair = json("{'alias':'receiver','key_type':'p-256'}");
	AUTO_VALUE *ret = NULL;
	AUTO_BUF(seen, 10000);
	REFUSED(w, service_artifact_deploy(w->session, TENANT, STR("zip"), basic, &ret, &w->err), RC_INVALID,
		"");
	REFUSED(w, service_artifact_deploy(w->session, TENANT, STR("zip"), certificate, &ret, &w->err),
		RC_INVALID, "");
	OK(w, service_credential_put(w->session, TENANT, credential, &ret, &w->err));
	value_free(TAKE(ret));
	OK(w, service_keystore_create(w->session, TENANT, pair, NULL, &ret, &w->err));
	value_free(TAKE(ret));
	OK(w, service_artifact_deploy(w->session, TENANT, STR("zip"), basic, &ret, &w->err));
	value_free(TAKE(ret));
	assert_true(published(w, REGISTRY_USER_CREDENTIAL, TENANT, "backend", &seen));
	assert_true(str_find_str(buf_str(&seen), STR("Very-secret-1")) == seen.n);
	REFUSED(w, service_credential_delete(w->session, TENANT, "backend", &w->err), RC_CONFLICT, "");
	OK(w, service_artifact_deploy(w->session, TENANT, STR("zip"), certificate, &ret, &w->err));
	assert_false(published(w, REGISTRY_USER_CREDENTIAL, TENANT, "backend", NULL));
	assert_true(published(w, REGISTRY_RECEIVER_KEY, TENANT, "receiver", NULL));
	REFUSED(w, service_keystore_delete(w->session, TENANT, "receiver", &w->err), RC_CONFLICT, "");
	OK(w, service_artifact_undeploy(w->session, TENANT, "calls", &w->err));
	assert_false(published(w, REGISTRY_RECEIVER_KEY, TENANT, "receiver", NULL));
	OK(w, service_keystore_delete(w->session, TENANT, "receiver", &w->err));
}

static void a_credential_is_sealed_and_never_told(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *input = json("{'name':'backend','user':'me','password':'Very-secret-1'}");
	AUTO_VALUE *incomplete = json("{'name':'backend','user':'me'}");
	AUTO_VALUE *ret = NULL;
	AUTO_VALUE *none = NULL;
	AUTO_VALUE *list = NULL;
	AUTO_BUF(file, 10000000);
	AUTO_FREE char *path = mem_printf("%s/postern.db-wal", w->folder);
	OK(w, service_credential_put(w->session, TENANT, input, &ret, &w->err));
	REFUSED(w, service_credential_put(w->session, TENANT, incomplete, &none, &w->err), RC_INVALID, "");
	OK(w, service_credential_list(w->session, TENANT, &list, &w->err));
	assert_int_equal(value_count(list), 1);
	assert_null(value_get(value_at(list, 0), "password"));
	assert_int_equal(file_read(path, 10000000, &file, NULL), RC_OK);
	assert_true(str_find_str(buf_str(&file), STR("backend")) < file.n);
	assert_true(str_find_str(buf_str(&file), STR("Very-secret-1")) == file.n);
	OK(w, service_credential_delete(w->session, TENANT, "backend", &w->err));
	REFUSED(w, service_credential_delete(w->session, TENANT, "backend", &w->err), RC_NOT_FOUND, "");
}

static void write_journal(struct world *w, const char *const records[], size_t n)
{
	AUTO_FREE char *dir = mem_printf("%s/journal", w->folder);
	AUTO(journal_writer_close_cleanup) struct journal_writer *writer = NULL;
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(journal_writer_open(&writer, fd, 0, NULL), RC_OK);
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *quoted = mem_strdup(records[i]);
		for (char *p = quoted; *p; p++) {
			*p = *p == '\'' ? '"' : *p;
		}
		assert_int_equal(journal_append(writer, STR("default"), str_of(quoted), NULL), RC_OK);
	}
	journal_writer_close(TAKE(writer));
	file_close(fd);
}

static void a_refusal_is_told_with_evidence_text_and_repair(void **state)
{
	struct world *w = *state;
	static const char *const records[] = {
		"{'id':'A1','tenant':'default','time':'2026-11-23T10:00:00.000Z','artifact':'orders','"
		"address':'/orders',"
		"'status':'REFUSED','http_status':403,'code':'S307','client':'sb-1','subject':'CN=erp','"
		"sha256':'AB',"
		"'tls':'TLSv1.3','duration_us':42,'presented':{'roles':[]},'expected':{'instance':'runtime','"
		"roles':'\\u0022My.role\\u0022'}}",
		"no record at all",
		"{'id':'A2','tenant':'nobody','time':'2026-11-23T10:00:00.500Z','status':'COMPLETED'}",
		"{'id':'A3','time':'2026-11-23T10:00:01.000Z','status':'COMPLETED','http_status':200,'probe':"
		"true}",
	};
	AUTO_VALUE *list = NULL;
	AUTO_VALUE *got = NULL;
	AUTO_VALUE *none = NULL;
	AUTO_VALUE *bad = json("{'limit':0}");
	AUTO_VALUE *refused = json("{'status':'REFUSED','limit':'10'}");
	AUTO_VALUE *few = NULL;
	write_journal(w, records, ARRAY_SIZE(records));
	OK(w, service_message_ingest(w->session, &w->err));
	OK(w, service_message_list(w->session, TENANT, NULL, &list, &w->err));
	assert_int_equal(value_count(list), 2);
	assert_string_equal(value_get_c(value_at(list, 0), "id"), "A3");
	assert_true(value_get_bool(value_at(list, 0), "probe", false));
	OK(w, service_message_list(w->session, TENANT, refused, &few, &w->err));
	assert_int_equal(value_count(few), 1);
	OK(w, service_message_get(w->session, TENANT, "A1", &got, &w->err));
	assert_string_equal(value_get_c(got, "text"),
			    "The service instance lacks the role that the endpoint asks for.");
	assert_non_null(strstr(value_get_c(got, "fix"), "service-instance update runtime"));
	assert_non_null(value_get(value_get(got, "presented"), "roles"));
	REFUSED(w, service_message_get(w->session, TENANT, "A9", &none, &w->err), RC_NOT_FOUND, "");
	REFUSED(w, service_message_list(w->session, TENANT, bad, &none, &w->err), RC_INVALID, "");
}

static void a_setting_is_checked_and_published(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *good = json("{'name':'tell_reason','value':'never'}");
	AUTO_VALUE *back = json("{'name':'tell_reason','value':null}");
	AUTO_VALUE *wrong = json("{'name':'tell_reason','value':'maybe'}");
	AUTO_VALUE *unknown = json("{'name':'x','value':1}");
	AUTO_VALUE *list = NULL;
	AUTO_BUF(seen, 1000);
	OK(w, service_setting_put(w->session, TENANT, good, &w->err));
	assert_true(published(w, REGISTRY_SETTING, TENANT, "tell_reason", &seen));
	assert_string_equal(buf_c(&seen), "\"never\"");
	REFUSED(w, service_setting_put(w->session, TENANT, wrong, &w->err), RC_INVALID, "");
	REFUSED(w, service_setting_put(w->session, TENANT, unknown, &w->err), RC_INVALID, "");
	OK(w, service_setting_put(w->session, TENANT, back, &w->err));
	OK(w, service_setting_list(w->session, TENANT, &list, &w->err));
	assert_string_equal(value_get_c(list, "tell_reason"), "trusted");
}

/* A handshake is made before anybody knows for whom, by one choice for all. */
static void a_setting_of_the_whole_server_is_set_in_the_first_subaccount_alone(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *on = json("{'name':'offer_ca_names','value':true}");
	AUTO_VALUE *back = json("{'name':'offer_ca_names','value':null}");
	OK(w, service_setting_put(w->session, TENANT, on, &w->err));
	REFUSED(w, service_setting_put(w->session, "team", on, &w->err), RC_INVALID, "");
	OK(w, service_setting_put(w->session, "team", back, &w->err));
}

RUN_TESTS(WORLD_TEST(an_artifact_is_deployed_with_its_role_and_url),
	  WORLD_TEST(an_address_that_collides_is_refused_and_names_the_other),
	  WORLD_TEST(a_receiver_s_needs_are_checked_shipped_and_taken_back),
	  WORLD_TEST(a_credential_is_sealed_and_never_told),
	  WORLD_TEST(a_refusal_is_told_with_evidence_text_and_repair),
	  WORLD_TEST(a_setting_is_checked_and_published),
	  WORLD_TEST(a_setting_of_the_whole_server_is_set_in_the_first_subaccount_alone))
