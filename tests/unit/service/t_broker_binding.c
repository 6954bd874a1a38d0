/* SPDX-License-Identifier: Apache-2.0
 * Keys that platforms order: made once, found again, renewed from a predecessor, deleted. */
#include "unit/service/orders.h"

static enum rc bind(struct world *w, const char *id, const char *more, struct value **ret, bool *ret_made)
{
	AUTO_VALUE *input = order_with(w, more);
	AUTO(key_free_cleanup) struct key *key = NULL;
	const char *type = NULL;
	w->err = (struct err){ 0 };
	TRY(service_broker_key_type(w->session, TENANT, INSTANCE, id, input, &type, &w->err));
	if (type) {
		TRY(key_generate(&key, type, &w->err));
	}
	return service_broker_bind(w->session, TENANT, INSTANCE, id, input, key, ret_made, ret, &w->err);
}

static void a_key_is_made_first_only_where_one_is_asked_for(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *more, *type;
	} rows[] = {
		{ "{}", NULL },
		{ "{'parameters':{'key-type':'clientid-secret'}}", NULL },
		{ "{'parameters':{'key-type':'certificate'}}", "rsa-2048" },
		{ "{'parameters':{'key-type':'certificate','key-length':3072}}", "rsa-3072" },
		{ "{'parameters':{'key-type':'certificate_external','X.509':'x'}}", NULL },
	};
	bool made = false;
	OK(w, provision(w, INSTANCE, "{}", &made));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_VALUE *input = order_with(w, rows[i].more);
		const char *type = "none";
		OK(w, service_broker_key_type(w->session, TENANT, INSTANCE, BINDING, input, &type, &w->err));
		assert_int_equal(type == NULL, rows[i].type == NULL);
		if (type) {
			assert_string_equal(type, rows[i].type);
		}
	}
}

static void a_binding_is_a_key_that_a_repeated_order_finds_again(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *first = NULL, *again = NULL, *other = NULL, *read = NULL;
	bool made = false;
	OK(w, provision(w, INSTANCE, "{}", &made));
	OK(w, bind(w, BINDING, "{'parameters':{'key-type':'clientid-secret'}}", &first, &made));
	assert_true(made);
	OK(w, bind(w, BINDING, "{'parameters':{'key-type':'clientid-secret'}}", &again, &made));
	assert_false(made);
	assert_true(value_equal(first, again));
	/* A secret does not end. */
	assert_null(value_get(first, "metadata"));
	REFUSED(w, bind(w, BINDING, "{}", &other, &made), RC_CONFLICT, "");
	OK(w, service_broker_binding(w->session, TENANT, INSTANCE, BINDING, &read, &w->err));
	assert_true(value_equal(value_get(read, "credentials"), value_get(first, "credentials")));
	assert_string_equal(value_get_c(value_get(read, "parameters"), "key-type"), "clientid-secret");
	OK(w, provision(w, "another", "{}", &made));
	AUTO_VALUE *input = order_with(w, "{'parameters':{'key-type':'clientid-secret'}}"), *stolen = NULL;
	REFUSED(w,
		service_broker_bind(w->session, TENANT, "another", BINDING, input, NULL, &made, &stolen,
				    &w->err),
		RC_CONFLICT, "");
	REFUSED(w, service_broker_binding(w->session, TENANT, "another", BINDING, &stolen, &w->err),
		RC_NOT_FOUND, "");
}

static int64_t days_between(const struct value *metadata)
{
	struct wall end = { 0 }, renew = { 0 };
	assert_int_equal(wall_parse(value_get_str(metadata, "expires_at"), &end), RC_OK);
	assert_int_equal(wall_parse(value_get_str(metadata, "renew_before"), &renew), RC_OK);
	return (end.us - renew.us + 43200 * US_PER_SECOND) / (86400 * US_PER_SECOND);
}

static void a_certificate_is_to_be_renewed_while_a_third_is_left_but_not_before_30_days(void **state)
{
	struct world *w = *state;
	static const struct {
		int validity, left;
	} rows[] = { { 30, 10 }, { 90, 30 }, { 365, 30 } };
	bool made = false;
	OK(w, provision(w, INSTANCE, "{}", &made));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *id = mem_printf("of-%d-days", rows[i].validity);
		AUTO_FREE char *more = mem_printf("{'parameters':{'key-type':'certificate','validity':%d}}",
						  rows[i].validity);
		AUTO_VALUE *bound = NULL;
		OK(w, bind(w, id, more, &bound, &made));
		assert_int_equal(days_between(value_get(bound, "metadata")), rows[i].left);
	}
}

static void a_renewal_takes_its_predecessors_parameters_and_no_others(void **state)
{
	struct world *w = *state;
	struct partner p;
	AUTO_VALUE *old = NULL, *renewed = NULL, *again = NULL, *none = NULL, *external = NULL;
	bool made = false;
	partner_init(&p, "CN=P");
	AUTO(cert_free_cleanup) struct cert *leaf = partner_issue(&p, "CN=l", -1, 9, AUTHORITY_CLIENT);
	OK(w, provision(w, INSTANCE, "{}", &made));
	OK(w, bind(w, BINDING, "{'parameters':{'key-type':'certificate','validity':30}}", &old, &made));
	OK(w, bind(w, "renewed", "{'predecessor_binding_id':'" BINDING "'}", &renewed, &made));
	assert_true(made);
	assert_int_equal(days_between(value_get(renewed, "metadata")), 10);
	OK(w, bind(w, "renewed", "{'predecessor_binding_id':'" BINDING "'}", &again, &made));
	assert_false(made);
	AUTO_VALUE *input = json("{'key-type':'certificate_external'}"), *order = order_with(w, "{}");
	AUTO_FREE char *pem = cert_pem(leaf);
	value_set_c(input, "X.509", pem);
	value_set(order, "parameters", value_ref(input));
	OK(w, service_broker_bind(w->session, TENANT, INSTANCE, "theirs", order, NULL, &made, &external,
				  &w->err));
	static const struct {
		const char *more;
		enum rc rc;
	} rows[] = {
		{ "{'predecessor_binding_id':'unknown'}", RC_INVALID },
		{ "{'predecessor_binding_id':'" BINDING "','parameters':{}}", RC_INVALID },
		{ "{'predecessor_binding_id':'theirs'}", RC_UNSUPPORTED },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		REFUSED(w, bind(w, "not-made", rows[i].more, &none, &made), rows[i].rc, "");
		assert_string_equal(w->err.field, "predecessor_binding_id");
	}
	/* What was a renewal is none of another one, and no order without a predecessor. */
	REFUSED(w, bind(w, "renewed", "{'predecessor_binding_id':'theirs'}", &none, &made), RC_CONFLICT, "");
	REFUSED(w, bind(w, "renewed", "{}", &none, &made), RC_CONFLICT, "");
	partner_fini(&p);
}

static void what_is_deleted_has_to_be_named_rightly_and_be_free(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *bound = NULL, *ids = value_object(), *lite = value_object();
	bool made = false;
	set_ids(w, ids, "it-rt", "integration-flow");
	set_ids(w, lite, "destination", "lite");
	const char *service = value_get_c(ids, "service_id"), *plan = value_get_c(ids, "plan_id");
	const char *other = value_get_c(lite, "service_id"), *other_plan = value_get_c(lite, "plan_id");
	OK(w, provision(w, INSTANCE, "{}", &made));
	OK(w, bind(w, BINDING, "{}", &bound, &made));
	REFUSED(w, service_broker_deprovision(w->session, TENANT, INSTANCE, service, plan, &w->err),
		RC_CONFLICT, "");
	REFUSED(w, service_broker_unbind(w->session, TENANT, INSTANCE, BINDING, service, NULL, &w->err),
		RC_INVALID, "");
	assert_string_equal(w->err.field, "plan_id");
	REFUSED(w, service_broker_unbind(w->session, TENANT, INSTANCE, "unknown", service, plan, &w->err),
		RC_NOT_FOUND, "");
	OK(w, service_broker_unbind(w->session, TENANT, INSTANCE, BINDING, service, plan, &w->err));
	REFUSED(w, service_broker_unbind(w->session, TENANT, INSTANCE, BINDING, service, plan, &w->err),
		RC_NOT_FOUND, "");
	REFUSED(w, service_broker_deprovision(w->session, TENANT, INSTANCE, other, other_plan, &w->err),
		RC_INVALID, "");
	assert_string_equal(w->err.field, "service_id");
	OK(w, service_broker_deprovision(w->session, TENANT, INSTANCE, service, plan, &w->err));
	REFUSED(w, service_broker_deprovision(w->session, TENANT, INSTANCE, service, plan, &w->err),
		RC_NOT_FOUND, "");
	/* Also of one that is gone: what is missing is told first. */
	REFUSED(w, service_broker_deprovision(w->session, TENANT, INSTANCE, NULL, plan, &w->err), RC_INVALID,
		"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_key_is_made_first_only_where_one_is_asked_for),
		WORLD_TEST(a_binding_is_a_key_that_a_repeated_order_finds_again),
		WORLD_TEST(a_certificate_is_to_be_renewed_while_a_third_is_left_but_not_before_30_days),
		WORLD_TEST(a_renewal_takes_its_predecessors_parameters_and_no_others),
		WORLD_TEST(what_is_deleted_has_to_be_named_rightly_and_be_free),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
