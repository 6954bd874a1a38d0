/* SPDX-License-Identifier: Apache-2.0
 * No route of /admin/v1 without what it takes and gives. */
#include "api/core/openapi.h"
#include "api/core/route.h"
#include "setting/setting.h"
#include "unit/test.h"

static bool is_of_admin(const struct route *route)
{
	return str_starts_with(str_of(route->path), STR("/admin/v1/"));
}

static bool is_in_table(const struct object *object)
{
	size_t i = 0;
	while (object_table[i] && object_table[i] != object) {
		i++;
	}
	return object_table[i] != NULL;
}

static bool has_field(const struct object *object, const char *name)
{
	const struct field *field = object->fields;
	while (field->name && strcmp(field->name, name) != 0) {
		field++;
	}
	return field->name != NULL;
}

static void every_row_says_what_it_takes_and_gives(void **state)
{
	for (const struct route *route = route_table; route->method; route++) {
		bool good = (route->takes != NULL) == (route->max_body > 0) &&
			    (route->status == 204) == (route->gives == NULL) && route->status >= 200 &&
			    route->status < 300 && (!route->takes || object_goes(route->takes, FIELD_IN)) &&
			    (!route->gives || object_goes(route->gives, FIELD_OUT));
		if (is_of_admin(route) && !good) {
			fail_msg("%s %s", route->method, route->path);
		}
		if (route->takes) {
			assert_true(is_in_table(route->takes));
		}
		if (route->gives) {
			assert_true(is_in_table(route->gives));
		}
	}
}

static void a_list_is_cut_by_a_member_that_each_of_it_has(void **state)
{
	for (const struct route *route = route_table; route->method; route++) {
		if (!route->key) {
			continue;
		}
		assert_true(field_find(route->gives, route->key)->always);
		assert_true(strcmp(route->method, "GET") != 0 ||
			    (has_field(route->query, "limit") && has_field(route->query, "after")));
	}
}

static void every_name_in_a_path_is_told(void **state)
{
	for (const struct route *route = route_table; route->method; route++) {
		for (const char *p = strchr(route->path, '{'); p && is_of_admin(route);
		     p = strchr(p + 1, '{')) {
			char name[64];
			size_t n = strcspn(p + 1, "}");
			assert_true(n < sizeof(name));
			memcpy(name, p + 1, n);
			name[n] = '\0';
			if (!has_field(&object_path, name)) {
				fail_msg("%s", route->path);
			}
		}
	}
}

static void the_settings_told_are_those_changed_at_run_time(void **state)
{
	AUTO_VALUE *document = openapi_document();
	const struct value *schema =
		value_get(value_get(value_get(document, "components"), "schemas"), "settings");
	const struct value *told = value_get(schema, "properties");
	size_t n = 0;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (setting_rows[i].when != SETTING_AT_RUN_TIME) {
			continue;
		}
		assert_non_null(value_get_c(value_get(told, setting_rows[i].name), "type"));
		assert_true(setting_rows[i].words || setting_rows[i].type == SETTING_TYPE_SWITCH);
		n++;
	}
	assert_true(n > 0 && n == value_count(told) && n == value_count(value_get(schema, "required")));
}

static void an_operation_stands_at_its_path_and_method(void **state)
{
	AUTO_VALUE *document = openapi_document();
	const struct value *paths = value_get(document, "paths");
	const struct value *create = value_get(value_get(paths, "/admin/v1/roles"), "post");
	assert_string_equal(value_get_c(create, "operationId"), "role.create");
	assert_non_null(value_get(value_get(create, "responses"), "201"));
	assert_null(value_get(paths, "/livez"));
}

RUN_TESTS(TEST(every_row_says_what_it_takes_and_gives), TEST(a_list_is_cut_by_a_member_that_each_of_it_has),
	  TEST(every_name_in_a_path_is_told), TEST(the_settings_told_are_those_changed_at_run_time),
	  TEST(an_operation_stands_at_its_path_and_method))
