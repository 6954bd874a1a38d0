/* SPDX-License-Identifier: Apache-2.0
 * What platforms order: ids and names, orders that are repeated, what may be changed. */
#include "service/broker/broker_order.h"
#include "service/core/input.h"
#include "service/key/instance.h"
#include "unit/service/orders.h"

/* ---- pure: names, comparison, parameters ---- */

static void a_name_is_the_id_a_uuid_without_hyphens_or_digits_of_its_hash(void **state)
{
	static const struct {
		const char *id, *name; /* NULL: 32 digits of a hash */
	} rows[] = {
		{ "orders", "orders" },
		{ "01234567-89ab-cdef-0123-456789abcdef", "0123456789abcdef0123456789abcdef" },
		{ "01234567-89AB-CDEF-0123-456789ABCDEF", "0123456789ABCDEF0123456789ABCDEF" },
		{ "01234567x89ab-cdef-0123-456789abcdef", NULL },
		{ "01234567-89ab-cdef-0123-456789abcdeg", NULL },
		{ "01234567-89ab-cdef-0123-456789abcde", NULL },
		{ "with blanks", NULL },
		{ "\u00e9", NULL },
		{ "an-id-that-is-longer-than-32-characters", NULL },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[BROKER_NAME_SIZE], again[BROKER_NAME_SIZE];
		AUTO_VALUE *input = value_object();
		const char *taken = NULL;
		broker_order_name(rows[i].id, name);
		broker_order_name(rows[i].id, again);
		assert_string_equal(name, again);
		if (rows[i].name) {
			assert_string_equal(name, rows[i].name);
		} else {
			assert_int_equal(strspn(name, "0123456789ABCDEF"), 32);
		}
		value_set_c(input, "name", name);
		assert_int_equal(input_name(input, &taken, NULL), RC_OK);
	}
}

static void parameters_are_the_same_whatever_their_order(void **state)
{
	static const struct {
		const char *stored, *given;
		bool same;
	} rows[] = {
		{ "{}", "{}", true },
		{ "{\"a\":1,\"b\":[\"x\"]}", "{'b':['x'],'a':1}", true },
		{ "{\"a\":1}", "{'a':2}", false },
		{ "{\"a\":1}", "{'a':'1'}", false },
		{ "{\"a\":1}", "{}", false },
		{ "{\"a\":[1,2]}", "{'a':[2,1]}", false },
		{ "{", "{}", false },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_VALUE *given = json(rows[i].given);
		assert_int_equal(broker_order_same(rows[i].stored, given), rows[i].same);
	}
}

static void an_id_has_1_to_255_characters(void **state)
{
	char id[BROKER_ID_MAX + 2];
	struct err err = { 0 };
	memset(id, 'i', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	assert_int_equal(broker_order_check_id("", "binding_id", &err), RC_INVALID);
	assert_string_equal(err.field, "binding_id");
	assert_int_equal(broker_order_check_id(id, "instance_id", &err), RC_INVALID);
	id[BROKER_ID_MAX] = '\0';
	assert_int_equal(broker_order_check_id(id, "instance_id", &err), RC_OK);
}

static void parameters_are_an_object_or_none(void **state)
{
	static const struct {
		const char *input;
		enum rc rc;
		const char *text;
	} rows[] = {
		{ "{}", RC_OK, "{}" },
		{ "{'parameters':null}", RC_OK, "{}" },
		{ "{'parameters':{'a':1}}", RC_OK, "{\"a\":1}" },
		{ "{'parameters':[]}", RC_INVALID, "" },
		{ "{'parameters':'{}'}", RC_INVALID, "" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_VALUE *input = json(rows[i].input), *got = NULL;
		AUTO_BUF(text, BROKER_PARAMETERS_MAX);
		struct err err = { 0 };
		assert_int_equal(broker_order_parameters(input, &got, &text, &err), rows[i].rc);
		if (rows[i].rc == RC_OK) {
			assert_string_equal(buf_c(&text), rows[i].text);
		} else {
			assert_string_equal(err.field, "parameters");
		}
	}
}

static void parameters_that_are_too_long_are_refused(void **state)
{
	AUTO_FREE char *text = mem_alloc(BROKER_PARAMETERS_MAX + 1);
	AUTO_VALUE *input = json("{'parameters':{}}"), *got = NULL;
	AUTO_BUF(out, BROKER_PARAMETERS_MAX);
	memset(text, 'x', BROKER_PARAMETERS_MAX);
	value_set_c(value_get(input, "parameters"), "a", text);
	struct err err = { 0 };
	assert_int_equal(broker_order_parameters(input, &got, &out, &err), RC_LIMIT);
	assert_string_equal(err.field, "parameters");
}

/* ---- orders ---- */

static void the_catalogs_ids_are_found_and_others_are_named(void **state)
{
	struct world *w = *state;
	const char *service = NULL, *plan = NULL;
	AUTO_VALUE *flow = value_object(), *lite = value_object();
	set_ids(w, flow, "it-rt", "integration-flow");
	set_ids(w, lite, "destination", "lite");
	const char *flow_id = value_get_c(flow, "service_id"), *lite_plan = value_get_c(lite, "plan_id");
	OK(w, broker_catalog_find(w->session, TENANT, flow_id, value_get_c(flow, "plan_id"), &service, &plan,
				  &w->err));
	assert_string_equal(service, "it-rt");
	assert_string_equal(plan, "integration-flow");
	const struct {
		const char *service_id, *plan_id, *field;
	} rows[] = { { NULL, lite_plan, "service_id" },     { "", lite_plan, "service_id" },
		     { flow_id, NULL, "plan_id" },          { "unknown", lite_plan, "service_id" },
		     { flow_id, lite_plan, "plan_id" },     { flow_id, "unknown", "plan_id" },
		     { lite_plan, lite_plan, "service_id" } };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		REFUSED(w,
			broker_catalog_find(w->session, TENANT, rows[i].service_id, rows[i].plan_id, &service,
					    &plan, &w->err),
			RC_INVALID, "");
		assert_string_equal(w->err.field, rows[i].field);
	}
}

static void an_order_that_is_repeated_makes_nothing_and_another_of_its_id_conflicts(void **state)
{
	struct world *w = *state;
	bool made = false;
	AUTO_VALUE *list = NULL, *of_api = NULL;
	OK(w, provision(w, INSTANCE, "{'parameters':{'token-validity':7200,'roles':[]}}", &made));
	assert_true(made);
	OK(w, provision(w, INSTANCE, "{'parameters':{'roles':[],'token-validity':7200}}", &made));
	assert_false(made);
	static const char *const others[] = {
		"{}",
		"{'parameters':{'roles':[]}}",
		"{'parameters':{'roles':[],'token-validity':7200},'space_guid':'other'}",
		"{'parameters':{'roles':[],'token-validity':7200},'organization_guid':'other'}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		REFUSED(w, provision(w, INSTANCE, others[i], &made), RC_CONFLICT, "");
	}
	of_api = order_with(w, "{'parameters':{'roles':[],'token-validity':7200}}");
	set_ids(w, of_api, "it-rt", "api");
	REFUSED(w, service_broker_provision(w->session, TENANT, INSTANCE, of_api, &made, &w->err),
		RC_CONFLICT, "");
	OK(w, service_instance_list(w->session, TENANT, &list, &w->err));
	size_t here = 0;
	for (size_t i = 0; i < value_count(list); i++) {
		here += str_is(value_get_str(value_at(list, i), "plan"), "integration-flow");
	}
	assert_int_equal(here, 1);
}

static void a_plan_without_maintenance_info_takes_none_with_a_version(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *more;
		enum rc rc;
		const char *field;
	} rows[] = {
		{ "{'maintenance_info':null}", RC_OK, "" },
		{ "{'maintenance_info':{}}", RC_OK, "" },
		{ "{'maintenance_info':{'description':'x'}}", RC_OK, "" },
		{ "{'maintenance_info':{'version':'1.0.0'}}", RC_UNSUPPORTED, "maintenance_info" },
		{ "{'maintenance_info':{'version':1}}", RC_INVALID, "parameters" },
		{ "{'maintenance_info':'1.0.0'}", RC_INVALID, "parameters" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *id = mem_printf("id-%zu", i);
		bool made = false;
		enum rc rc = provision(w, id, rows[i].more, &made);
		assert_int_equal(rc, rows[i].rc);
		assert_string_equal(w->err.field, rows[i].field);
		assert_int_equal(made, rc == RC_OK);
	}
}

static void the_name_that_the_platform_shows_is_taken_where_it_is_free(void **state)
{
	struct world *w = *state;
	bool made = false;
	AUTO_VALUE *shown = NULL, *hidden = NULL, *odd = NULL;
	OK(w, provision(w, INSTANCE, "{'context':{'instance_name':'shown'}}", &made));
	OK(w, service_instance_get(w->session, TENANT, "shown", &shown, &w->err));
	OK(w, provision(w, "second", "{'context':{'instance_name':'shown'}}", &made));
	OK(w, service_instance_get(w->session, TENANT, "second", &hidden, &w->err));
	OK(w, provision(w, "third", "{'context':{'instance_name':'not a name'}}", &made));
	OK(w, service_instance_get(w->session, TENANT, "third", &odd, &w->err));
}

static enum rc update(struct world *w, const char *id, const char *more)
{
	AUTO_VALUE *order = order_with(w, more);
	w->err = (struct err){ 0 };
	return service_broker_update(w->session, TENANT, id, order, &w->err);
}

static void what_an_update_gives_is_changed_and_remembered_and_the_rest_stays(void **state)
{
	struct world *w = *state;
	bool made = false;
	AUTO_VALUE *now = NULL;
	OK(w, provision(w, INSTANCE, "{'parameters':{'token-validity':7200,'roles':[]}}", &made));
	OK(w, update(w, INSTANCE, "{'parameters':{'token-validity':3600}}"));
	OK(w, service_broker_instance(w->session, TENANT, INSTANCE, &now, &w->err));
	const struct value *p = value_get(now, "parameters");
	assert_int_equal(value_get_int(p, "token-validity", 0), 3600);
	assert_int_equal(value_count(value_get(p, "roles")), 0);
	/* The order is what the instance has become. */
	OK(w, provision(w, INSTANCE, "{'parameters':{'token-validity':3600,'roles':[]}}", &made));
	assert_false(made);
	REFUSED(w, provision(w, INSTANCE, "{'parameters':{'token-validity':7200,'roles':[]}}", &made),
		RC_CONFLICT, "");
	REFUSED(w, update(w, INSTANCE, "{'plan_id':'another'}"), RC_UNSUPPORTED, "");
	assert_string_equal(w->err.field, "plan_id");
	REFUSED(w, update(w, INSTANCE, "{'service_id':'another'}"), RC_INVALID, "");
	REFUSED(w, update(w, INSTANCE, "{'parameters':{'token-validity':1}}"), RC_INVALID, "");
	REFUSED(w, update(w, "unknown", "{}"), RC_NOT_FOUND, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_the_id_a_uuid_without_hyphens_or_digits_of_its_hash),
		TEST(parameters_are_the_same_whatever_their_order),
		TEST(an_id_has_1_to_255_characters),
		TEST(parameters_are_an_object_or_none),
		TEST(parameters_that_are_too_long_are_refused),
		WORLD_TEST(the_catalogs_ids_are_found_and_others_are_named),
		WORLD_TEST(an_order_that_is_repeated_makes_nothing_and_another_of_its_id_conflicts),
		WORLD_TEST(a_plan_without_maintenance_info_takes_none_with_a_version),
		WORLD_TEST(the_name_that_the_platform_shows_is_taken_where_it_is_free),
		WORLD_TEST(what_an_update_gives_is_changed_and_remembered_and_the_rest_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
