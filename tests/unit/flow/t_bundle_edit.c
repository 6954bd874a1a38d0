/* SPDX-License-Identifier: Apache-2.0
 * Bundles are looked into and changed at design time. */
#include "base/memory.h"
#include "flow/bundle/bundle_edit.h"
#include "flow/bundle/bundle_write.h"
#include "unit/test.h"

#define ZIP_MAX ((size_t)1024 * 1024)

static void write_bundle(struct buf *zip)
{
	const struct bundle_spec spec = { .name = STR("orders"),
					  .address = STR("/orders"),
					  .reply = STR("x y") };
	assert_int_equal(bundle_write(&spec, zip, NULL), RC_OK);
}

static char *parameter_of(const struct buf *zip, const char *key)
{
	AUTO_VALUE *v = NULL;
	assert_int_equal(bundle_inspect(buf_str(zip), &v, NULL), RC_OK);
	const struct value *list = value_get(v, "parameters");
	for (size_t i = 0; i < value_count(list); i++) {
		if (str_is(value_get_str(value_at(list, i), "ParameterKey"), key)) {
			return str_dup(value_get_str(value_at(list, i), "ParameterValue"));
		}
	}
	return NULL;
}

static void a_bundle_tells_its_names_and_parameters(void **state)
{
	AUTO_BUF(zip, ZIP_MAX);
	AUTO_VALUE *v = NULL;
	write_bundle(&zip);
	assert_int_equal(bundle_inspect(buf_str(&zip), &v, NULL), RC_OK);
	assert_string_equal(value_get_c(v, "id"), "orders");
	assert_string_equal(value_get_c(v, "version"), "1.0.0");
	assert_string_equal(value_get_c(v, "type"), "IntegrationFlow");
	const struct value *one = value_at(value_get(v, "parameters"), 0);
	assert_string_equal(value_get_c(one, "ParameterKey"), "Reply");
	assert_string_equal(value_get_c(one, "ParameterValue"), "x y");
	assert_string_equal(value_get_c(one, "DataType"), "xsd:string");
	assert_int_equal(value_count(value_get(v, "resources")), 0);
}

static void a_parameter_is_set_whatever_is_in_it(void **state)
{
	static const char *const texts[] = { "", "a=b: #!\\", " two\nlines\t", "\xc3\xa4" };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO_BUF(zip, ZIP_MAX);
		AUTO_BUF(out, ZIP_MAX);
		write_bundle(&zip);
		const struct bundle_edit edit = { .parameter = "Reply", .value = str_of(texts[i]) };
		assert_int_equal(bundle_apply(buf_str(&zip), &edit, &out, NULL), RC_OK);
		AUTO_FREE char *got = parameter_of(&out, "Reply");
		assert_string_equal(got, texts[i]);
	}
}

static void the_version_is_set(void **state)
{
	AUTO_BUF(zip, ZIP_MAX);
	AUTO_BUF(out, ZIP_MAX);
	AUTO_VALUE *v = NULL;
	write_bundle(&zip);
	assert_int_equal(bundle_apply(buf_str(&zip), &(struct bundle_edit){ .version = "2.1.0" }, &out, NULL),
			 RC_OK);
	assert_int_equal(bundle_inspect(buf_str(&out), &v, NULL), RC_OK);
	assert_string_equal(value_get_c(v, "version"), "2.1.0");
	assert_string_equal(value_get_c(v, "id"), "orders");
}

static void resources_are_put_read_and_removed(void **state)
{
	AUTO_BUF(zip, ZIP_MAX);
	AUTO_BUF(with, ZIP_MAX);
	AUTO_BUF(without, ZIP_MAX);
	AUTO_BUF(content, ZIP_MAX);
	AUTO_VALUE *v = NULL;
	AUTO_FREE char *path = NULL;
	write_bundle(&zip);
	assert_int_equal(bundle_resource_path("groovy", "a.groovy", &path, NULL), RC_OK);
	const struct bundle_edit put = { .put = path, .content = STR("println") };
	assert_int_equal(bundle_apply(buf_str(&zip), &put, &with, NULL), RC_OK);
	assert_int_equal(bundle_inspect(buf_str(&with), &v, NULL), RC_OK);
	assert_string_equal(value_get_c(value_at(value_get(v, "resources"), 0), "Name"), "a.groovy");
	assert_int_equal(bundle_extract(buf_str(&with), path, &content, NULL), RC_OK);
	assert_string_equal(buf_c(&content), "println");
	const struct bundle_edit remove = { .remove = path };
	assert_int_equal(bundle_apply(buf_str(&with), &remove, &without, NULL), RC_OK);
	assert_int_equal(bundle_extract(buf_str(&without), path, &content, NULL), RC_NOT_FOUND);
	assert_int_equal(bundle_apply(buf_str(&without), &remove, &with, NULL), RC_NOT_FOUND);
}

static void what_is_wrong_is_refused(void **state)
{
	AUTO_BUF(zip, ZIP_MAX);
	AUTO_BUF(out, ZIP_MAX);
	AUTO_FREE char *path = NULL;
	struct value *v = NULL;
	write_bundle(&zip);
	assert_int_equal(bundle_inspect(STR("no zip"), &v, NULL), RC_INVALID);
	const struct bundle_edit unknown = { .parameter = "None", .value = STR("x") };
	assert_int_equal(bundle_apply(buf_str(&zip), &unknown, &out, NULL), RC_NOT_FOUND);
	static const char *const bad[][2] = {
		{ "groovy", "../a" }, { "groovy", "" }, { "groovy", ".a" }, { "exe", "a" }, { "", "a" }
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(bundle_resource_path(bad[i][0], bad[i][1], &path, NULL), RC_INVALID);
	}
}

RUN_TESTS(TEST(a_bundle_tells_its_names_and_parameters), TEST(a_parameter_is_set_whatever_is_in_it),
	  TEST(the_version_is_set), TEST(resources_are_put_read_and_removed), TEST(what_is_wrong_is_refused))
