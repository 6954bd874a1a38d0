/* SPDX-License-Identifier: Apache-2.0
 * What receivers of deployed flows name: found without reading a flow, published as long as one names it. */
#include "flow/bundle/bundle.h"
#include "flow/bundle/bundle_write.h"
#include "service/content/artifact.h"
#include "service/keystore/credential.h"
#include "service/publish/publish.h"
#include "service/publish/publish_receiver.h"
#include "service/start/subaccount.h"
#include "unit/service/world.h"

#define ZIP_MAX ((size_t)1024 * 1024)

/* A flow whose one receiver takes a credential, or none where name is NULL. */
static void deploy(struct world *w, const char *id, const char *name)
{
	AUTO_VALUE *parsed = NULL, *made = NULL;
	AUTO_FREE char *address = mem_printf("/%s", id);
	AUTO_BUF(zip, ZIP_MAX);
	const struct bundle_spec spec = { .name = str_of(id),
					  .address = str_of(address),
					  .to = STR("http://localhost:9/") };
	OK(w, bundle_write(&spec, &zip, &w->err));
	OK(w, service_artifact_parse(buf_str(&zip), &parsed, &w->err));
	struct value *receiver = NULL;
	const struct value *steps = value_get(value_get(parsed, "plan"), "steps");
	for (size_t i = 0; i < value_count(steps) && !receiver; i++) {
		receiver = value_get(value_at(steps, i), "receiver");
	}
	assert_non_null(receiver);
	value_set_c(receiver, "auth", name ? "basic" : "none");
	value_set_c(receiver, "credential", name ? name : "");
	OK(w, service_artifact_deploy(w->session, TENANT, buf_str(&zip), parsed, &made, &w->err));
}

static void make_credential(struct world *w, const char *name)
{
	AUTO_VALUE *input = json("{'user':'u','password':'secret'}");
	AUTO_VALUE *made = NULL;
	value_set_c(input, "name", name);
	OK(w, service_credential_put(w->session, TENANT, input, &made, &w->err));
}

/* The flow that names the credential, "" when none does. */
static bool is_user(struct world *w, const char *name, const char *artifact)
{
	AUTO_FREE char *found = NULL;
	OK(w, publish_find_user(w->session, TENANT, name, false, &found, &w->err));
	return strcmp(found ? found : "", artifact) == 0;
}

static bool is_published(struct world *w, const char *name)
{
	return published(w, REGISTRY_USER_CREDENTIAL, TENANT, name, NULL);
}

static void a_flow_is_found_by_what_it_names_now(void **state)
{
	struct world *w = *state;
	make_credential(w, "bob");
	make_credential(w, "eve");
	deploy(w, "orders", "bob");
	assert_true(is_user(w, "bob", "orders") && is_user(w, "BOB", "orders") && is_user(w, "eve", ""));
	assert_true(is_published(w, "bob") && !is_published(w, "eve"));
	deploy(w, "orders", "eve");
	assert_true(is_user(w, "bob", "") && is_user(w, "eve", "orders"));
	assert_true(!is_published(w, "bob") && is_published(w, "eve"));
	deploy(w, "orders", NULL);
	assert_true(is_user(w, "eve", "") && !is_published(w, "eve"));
}

static void what_two_flows_name_stays_until_the_second_goes(void **state)
{
	struct world *w = *state;
	make_credential(w, "bob");
	deploy(w, "orders", "bob");
	deploy(w, "bills", "bob");
	assert_true(is_user(w, "bob", "bills")); /* the first by id */
	OK(w, service_artifact_undeploy(w->session, TENANT, "bills", &w->err));
	assert_true(is_user(w, "bob", "orders") && is_published(w, "bob"));
	REFUSED(w, service_credential_delete(w->session, TENANT, "bob", &w->err), RC_CONFLICT, "");
	OK(w, service_artifact_undeploy(w->session, TENANT, "orders", &w->err));
	assert_true(is_user(w, "bob", "") && !is_published(w, "bob"));
	OK(w, service_credential_delete(w->session, TENANT, "bob", &w->err));
}

static void a_key_pair_is_not_taken_for_a_credential_of_its_name(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *found = NULL;
	make_credential(w, "bob");
	deploy(w, "orders", "bob");
	OK(w, publish_find_user(w->session, TENANT, "bob", true, &found, &w->err));
	assert_null(found);
}

static void a_list_of_heads_has_all_but_what_is_large(void **state)
{
	struct world *w = *state;
	AUTO(store_artifact_list_fini) struct store_artifact_list heads = { 0 };
	AUTO(store_artifact_list_fini) struct store_artifact_list all = { 0 };
	deploy(w, "orders", NULL);
	deploy(w, "bills", NULL);
	OK(w, store_artifact_list_heads(w->session->store, TENANT, &heads, &w->err));
	OK(w, store_artifact_list_all(w->session->store, TENANT, &all, &w->err));
	assert_true(heads.n == 2 && all.n == 2);
	assert_string_equal(heads.items[0].id, "bills");
	assert_string_equal(heads.items[1].address, "/orders");
	assert_true(heads.items[1].deployed.us == all.items[1].deployed.us && all.items[1].deployed.us > 0);
	assert_true(!heads.items[1].plan && all.items[1].plan && !all.items[1].bundle.p);
}

RUN_TESTS(WORLD_TEST(a_flow_is_found_by_what_it_names_now),
	  WORLD_TEST(what_two_flows_name_stays_until_the_second_goes),
	  WORLD_TEST(a_key_pair_is_not_taken_for_a_credential_of_its_name),
	  WORLD_TEST(a_list_of_heads_has_all_but_what_is_large))
