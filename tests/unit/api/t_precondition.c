/* SPDX-License-Identifier: Apache-2.0
 * Which changes can be made to depend on what was read: every one in /admin/v1, or it says why not. */
#include "api/core/precondition.h"
#include "api/core/tag.h"
#include "unit/test.h"

static bool changes(const struct route *route)
{
	return str_starts_with(str_of(route->path), STR("/admin/v1/")) && strcmp(route->method, "GET") != 0;
}

static const struct route *reader(void (*get)(struct call *call))
{
	for (const struct route *route = route_table; route->method; route++) {
		if (route->handle == get && strcmp(route->method, "GET") == 0) {
			return route;
		}
	}
	return NULL;
}

static void every_change_has_an_object_that_can_be_read_or_says_why_not(void **state)
{
	for (const struct route *route = route_table; route->method; route++) {
		if (!changes(route)) {
			continue;
		}
		const struct precondition_object *object = precondition_object_of(route);
		if (!object || (object->get != NULL) == (object->why != NULL)) {
			print_error("%s %s\n", route->method, route->path);
			fail();
		}
		if (object->get) {
			assert_non_null(reader(object->get));
			assert_true(route_is_tagged(reader(object->get)));
			/* Where the reader's path has a name that this path lacks, the body has it. */
			bool named = strchr(reader(object->get)->path, '{') && !strchr(route->path, '{');
			assert_int_equal(named, object->member != NULL);
		}
	}
}

static void an_object_is_read_on_the_clerk_that_changes(void **state)
{
	for (const struct route *route = route_table; route->method; route++) {
		const struct precondition_object *object =
			changes(route) ? precondition_object_of(route) : NULL;
		if (object && object->get) {
			assert_int_equal(route->place, CALL_CHANGE);
			assert_int_equal(reader(object->get)->place, CALL_READ);
		}
	}
}

static void other_states_have_other_tags(void **state)
{
	char one[TAG_SIZE], same[TAG_SIZE], other[TAG_SIZE];
	tag_make(STR("{\"a\":1}"), one);
	tag_make(STR("{\"a\":1}"), same);
	tag_make(STR("{\"a\":2}"), other);
	assert_string_equal(one, same);
	assert_string_not_equal(one, other);
	assert_int_equal(strlen(one), TAG_SIZE - 1);
	assert_int_equal(one[0], '"');
	assert_int_equal(one[strlen(one) - 1], '"');
}

RUN_TESTS(cmocka_unit_test(every_change_has_an_object_that_can_be_read_or_says_why_not),
	  cmocka_unit_test(an_object_is_read_on_the_clerk_that_changes),
	  cmocka_unit_test(other_states_have_other_tags))
