/* SPDX-License-Identifier: Apache-2.0
 * The table of OData operations: each has its roles, its set stands in the service's description. */
#include "api/odata/odata.h"
#include "base/memory.h"
#include "odata/entity.h"
#include "unit/test.h"

/* The name that a shape begins with. */
static struct str first_name(const char *shape)
{
	struct str s = str_of(shape);
	s = str_first(s, str_find(s, '/'));
	return str_first(s, str_find(s, '('));
}

static bool is_function(struct str name)
{
	for (const struct odata_function *f = odata_functions; f->name; f++) {
		if (str_is(name, f->name)) {
			return true;
		}
	}
	return false;
}

static void every_operation_but_the_service_s_own_asks_for_a_role(void **state)
{
	for (const struct odata_operation *o = odata_operations; o->method; o++) {
		bool own = o->shape[0] == '\0' || strcmp(o->shape, "$metadata") == 0;
		if (own != (o->serves == SUBJECTS_API)) {
			fail_msg("%s %s", o->method, o->shape);
		}
		assert_non_null(o->handle);
	}
}

static void what_changes_something_asks_for_a_role_that_may(void **state)
{
	const unsigned may = SUBJECTS_ADMIN | SUBJECT_SECURITY_MATERIAL_EDIT | SUBJECT_CREDENTIALS_EDIT |
			     SUBJECT_ARTIFACTS_DEPLOY | SUBJECT_PACKAGES_CONFIGURE | SUBJECT_PACKAGES_EDIT;
	for (const struct odata_operation *o = odata_operations; o->method; o++) {
		if (strcmp(o->method, "GET") != 0 && (o->serves & ~may)) {
			fail_msg("%s %s", o->method, o->shape);
		}
	}
}

static void every_operation_is_of_a_set_or_a_function_of_the_description(void **state)
{
	for (const struct odata_operation *o = odata_operations; o->method; o++) {
		struct str name = first_name(o->shape);
		char *set = str_dup(name);
		if (name.n > 0 && name.p[0] != '$' && !odata_entity_find(set) && !is_function(name)) {
			fail_msg("%s", o->shape);
		}
		mem_free(set);
	}
}

static void no_operation_stands_twice(void **state)
{
	for (const struct odata_operation *o = odata_operations; o->method; o++) {
		for (const struct odata_operation *other = o + 1; other->method; other++) {
			if (strcmp(o->method, other->method) == 0 && strcmp(o->shape, other->shape) == 0) {
				fail_msg("%s %s", o->method, o->shape);
			}
		}
	}
}

static void every_function_of_the_description_is_served(void **state)
{
	for (const struct odata_function *f = odata_functions; f->name; f++) {
		bool found = false;
		for (const struct odata_operation *o = odata_operations; o->method; o++) {
			found |= strcmp(o->shape, f->name) == 0 && strcmp(o->method, f->method) == 0;
		}
		if (!found) {
			fail_msg("%s", f->name);
		}
	}
}

RUN_TESTS(TEST(every_operation_but_the_service_s_own_asks_for_a_role),
	  TEST(what_changes_something_asks_for_a_role_that_may),
	  TEST(every_operation_is_of_a_set_or_a_function_of_the_description), TEST(no_operation_stands_twice),
	  TEST(every_function_of_the_description_is_served))
