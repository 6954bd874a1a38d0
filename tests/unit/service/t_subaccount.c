/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts and instances: what goes with them, also when the server is killed between store and
 * registry. */
#include "service/destination/destination.h"
#include "service/key/instance.h"
#include "service/key/service_key.h"
#include "service/start/subaccount.h"
#include "store/subaccount/destination.h"
#include "store/subaccount/tenant.h"
#include "unit/service/world.h"

static void reopen(struct world *w)
{
	service_close(TAKE(w->session));
	OK(w, world_open(w));
}

static void a_subaccount_deleted_right_before_a_kill_is_not_published_after_it(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *team = json("{'name':'team'}");
	AUTO_VALUE *instance = json("{'name':'runtime','service':'it-rt','plan':'integration-flow'}");
	AUTO_VALUE *key = json("{'name':'k'}");
	AUTO_VALUE *a = NULL, *b = NULL, *got = NULL;
	OK(w, service_subaccount_create(w->session, team, &(struct job_keys){ 0 }, &a, &w->err));
	OK(w, service_instance_create(w->session, "team", instance, &b, &w->err));
	OK(w, service_key_create(w->session, "team", "runtime", key, NULL, &got, &w->err));
	reopen(w);
	assert_true(published(w, REGISTRY_SERVICE_KEY, "team", value_get_c(got, "id"), NULL));
	/* The store has it; the registry is not reached. */
	OK(w, store_tenant_delete(w->session->store, "team", &w->err));
	reopen(w);
	assert_false(published(w, REGISTRY_SERVICE_KEY, "team", value_get_c(got, "id"), NULL));
	assert_false(published(w, REGISTRY_TENANT, "team", "team", NULL));
}

static void a_deleted_instance_takes_its_destinations_and_their_secrets_along(void **state)
{
	struct world *w = *state;
	AUTO(store_destination_list_fini) struct store_destination_list left = { 0 };
	AUTO_VALUE *order = json("{'name':'app','service':'destination','plan':'lite'}");
	AUTO_VALUE *input =
		json("{'Name':'D','Type':'HTTP','URL':'https://example.com','ProxyType':"
		     "'Internet','Authentication':'BasicAuthentication','User':'u','Password':'p'}");
	AUTO_VALUE *made = NULL, *found = NULL;
	OK(w, service_instance_create(w->session, TENANT, order, &made, &w->err));
	const struct destination_at at = { DESTINATION_CONFIGURATION, TENANT, value_get_c(made, "id"), "D" };
	const struct destination_at shared = { DESTINATION_CONFIGURATION, TENANT, "", "D" };
	OK(w, service_destination_create(w->session, &at, input, NULL, &w->err));
	OK(w, service_destination_create(w->session, &shared, input, NULL, &w->err));
	OK(w, service_instance_delete(w->session, TENANT, "app", &w->err));
	REFUSED(w, service_destination_get(w->session, &at, &found, NULL, &w->err), RC_NOT_FOUND, "");
	OK(w, store_destination_list_all(w->session->store, &left, &w->err));
	assert_int_equal(left.n, 1);
	assert_string_equal(left.items[0].instance, "");
	OK(w, service_destination_get(w->session, &shared, &found, NULL, &w->err));
}

RUN_TESTS(WORLD_TEST(a_subaccount_deleted_right_before_a_kill_is_not_published_after_it),
	  WORLD_TEST(a_deleted_instance_takes_its_destinations_and_their_secrets_along))
