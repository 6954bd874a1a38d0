/* SPDX-License-Identifier: Apache-2.0
 * Which request finds which route. */
#include "api/odata/odata.h"
#include "unit/test.h"

static const char *found(const char *method, const char *path, struct str params[3], bool *other)
{
	const struct route *route = route_find(str_of(method), str_of(path), params, other);
	return route ? route->path : NULL;
}

static void a_parameter_is_one_segment(void **state)
{
	struct str params[3];
	bool other;
	assert_string_equal(found("GET", "/admin/v1/keystore/company", params, &other),
			    "/admin/v1/keystore/{alias}");
	assert_true(str_is(params[0], "company"));
	assert_null(found("GET", "/admin/v1/keystore/company/more/parts", params, &other));
	assert_null(found("DELETE", "/admin/v1/keystore/", params, &other));
}

static void a_literal_comes_before_a_parameter(void **state)
{
	struct str params[3];
	bool other;
	assert_string_equal(found("GET", "/admin/v1/keystore/crls", params, &other),
			    "/admin/v1/keystore/crls");
}

static void another_method_is_told_apart_from_an_unknown_path(void **state)
{
	struct str params[3];
	bool other;
	assert_null(found("PUT", "/admin/v1/roles", params, &other));
	assert_true(other);
	assert_null(found("GET", "/admin/v1/nothing", params, &other));
	assert_false(other);
}

static void head_finds_what_get_finds(void **state)
{
	struct str params[3];
	bool other;
	assert_string_equal(found("HEAD", "/livez", params, &other), "/livez");
}

static void only_life_signs_and_the_token_endpoints_are_public(void **state)
{
	static const char *const expected[] = {
		"/livez", "/readyz", "/metrics", "/oauth/token", "/token_keys",
		"/.well-known/openid-configuration", "/oauth/token/.well-known/openid-configuration",
		"/.well-known/oauth-authorization-server",
		"/.well-known/oauth-authorization-server/oauth/token",
		/* names of standards, which tell nothing when they are absent */
		"/.well-known/{*}", "/token_key"
	};
	size_t n = 0;
	for (const struct route *route = route_table; route->method; route++) {
		if (!(route->serves & SUBJECT_ANYBODY)) {
			continue;
		}
		bool known = false;
		for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
			known = known || strcmp(route->path, expected[i]) == 0;
		}
		assert_true(known);
		n++;
	}
	assert_int_equal(n, ARRAY_SIZE(expected));
}

/* Logs name use cases, and so does openapi.json: one name, one row. */
static void no_use_case_stands_twice(void **state)
{
	const char *names[512];
	size_t n = 0;
	for (const struct route *route = route_table; route->method; route++) {
		names[n++] = route->name;
	}
	for (const struct odata_operation *o = odata_operations; o->method; o++) {
		names[n++] = o->name;
	}
	for (size_t i = 0; i < n; i++) {
		assert_true(str_find(str_of(names[i]), '.') < strlen(names[i]));
		for (const char *p = names[i]; *p; p++) {
			if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '-' &&
			    *p != '.') {
				fail_msg("%s", names[i]);
			}
		}
		for (size_t k = i + 1; k < n; k++) {
			if (strcmp(names[i], names[k]) == 0) {
				fail_msg("%s", names[i]);
			}
		}
	}
}

RUN_TESTS(TEST(a_parameter_is_one_segment), TEST(a_literal_comes_before_a_parameter),
	  TEST(another_method_is_told_apart_from_an_unknown_path), TEST(head_finds_what_get_finds),
	  TEST(only_life_signs_and_the_token_endpoints_are_public), TEST(no_use_case_stands_twice))
