/* SPDX-License-Identifier: Apache-2.0
 * Reading by the rows of a table, and what the tables of the objects say. */
#include "model/object.h"
#include "unit/test.h"

static const char *const words[] = { "one", "two", NULL };
static const struct field fields[] = {
	{ .name = "line", .type = FIELD_LINE, .required = true, .most = 5, .help = "A line." },
	{ .name = "text", .type = FIELD_TEXT, .most = 5, .help = "A text." },
	{ .name = "name",
	  .type = FIELD_NAME,
	  .least = 2,
	  .most = 3,
	  .characters = "a-c_-",
	  .refusal = "No name.",
	  .help = "A name." },
	{ .name = "choice",
	  .type = FIELD_CHOICE,
	  .words = words,
	  .refusal = "No choice.",
	  .help = "A choice." },
	{ .name = "open", .type = FIELD_CHOICE, .words = words, .help = "Another." },
	{ .name = "number",
	  .type = FIELD_INTEGER,
	  .least = 1,
	  .most = 9,
	  .initial = "4",
	  .help = "A number." },
	{ .name = "bytes", .type = FIELD_BYTES, .most = 3, .help = "Bytes." },
	{ .name = "secret", .type = FIELD_TEXT, .secret = true, .help = "A secret." },
	{ 0 },
};
static const struct object object = { "object", FIELD_IN, fields };

/* What the check says of a JSON text. */
static struct err checked(const char *json)
{
	struct err err = { 0 };
	AUTO_VALUE *input = NULL;
	assert_int_equal(value_parse(&input, str_of(json), 65536, &err), RC_OK);
	if (object_check(&object, input, &err) == RC_OK) {
		assert_int_equal(err.code, RC_OK);
	}
	return err;
}

static void an_input_is_checked_field_by_field(void **state)
{
	static const struct {
		const char *json, *text, *field;
		enum rc code;
	} rows[] = {
		{ "{\"line\":\"a\"}", "", "", RC_OK },
		{ "{\"line\":\"a\",\"more\":1,\"text\":5,\"open\":\"three\"}", "", "", RC_OK },
		{ "{\"line\":\"a\",\"text\":\"a\\nb\",\"name\":\"a_-\",\"choice\":\"ONE\"}", "", "", RC_OK },
		{ "{\"line\":\"a\",\"number\":\"9\",\"name\":null,\"choice\":\"\"}", "", "", RC_OK },
		{ "{}", "line is missing.", "line", RC_INVALID },
		{ "{\"line\":[]}", "line is missing.", "line", RC_INVALID },
		{ "{\"line\":\"\"}", "line is missing.", "line", RC_INVALID },
		{ "{\"line\":\"abcdef\"}", "line is longer than 5 bytes.", "line", RC_LIMIT },
		{ "{\"line\":\"a\\u0007\"}", "line holds a control character.", "line", RC_INVALID },
		{ "{\"line\":\"a\",\"text\":\"abcdef\"}", "text is longer than 5 bytes.", "text", RC_LIMIT },
		{ "{\"line\":\"a\",\"name\":\"a\"}", "No name.", "name", RC_INVALID },
		{ "{\"line\":\"a\",\"name\":\"abca\"}", "No name.", "name", RC_INVALID },
		{ "{\"line\":\"a\",\"name\":\"ad\"}", "No name.", "name", RC_INVALID },
		{ "{\"line\":\"a\",\"choice\":\"three\"}", "No choice.", "choice", RC_INVALID },
		{ "{\"line\":\"a\",\"number\":0}", "number has to be between 1 and 9.", "number",
		  RC_INVALID },
		{ "{\"line\":\"a\",\"number\":10}", "number has to be between 1 and 9.", "number",
		  RC_INVALID },
		{ "{\"line\":\"a\",\"number\":\"x\"}", "number is no whole number.", "number", RC_INVALID },
		{ "{\"line\":\"a\",\"number\":[]}", "number is no whole number.", "number", RC_INVALID },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = checked(rows[i].json);
		assert_int_equal(err.code, rows[i].code);
		assert_string_equal(err.text, rows[i].text);
		assert_string_equal(err.field, rows[i].field);
	}
}

static void what_is_absent_has_its_default(void **state)
{
	AUTO_VALUE *input = value_object();
	const char *text = "x";
	int64_t number = 0;
	assert_int_equal(field_integer(field_find(&object, "number"), input, &number, NULL), RC_OK);
	assert_int_equal(number, 4);
	assert_int_equal(field_text(field_find(&object, "text"), input, &text, NULL), RC_OK);
	assert_null(text);
}

static void bytes_are_base64_or_what_stands_there(void **state)
{
	AUTO_VALUE *input = value_object();
	AUTO_BUF(out, 64);
	value_set_c(input, "bytes", "YWJj");
	assert_int_equal(field_bytes(field_find(&object, "bytes"), input, &out, NULL), RC_OK);
	assert_string_equal(buf_c(&out), "abc");
	value_set_c(input, "bytes", "-----BEGIN");
	assert_int_equal(field_bytes(field_find(&object, "bytes"), input, &out, NULL), RC_OK);
	assert_string_equal(buf_c(&out), "-----BEGIN");
}

static void a_schema_says_what_is_checked(void **state)
{
	AUTO_VALUE *schema = object_schema(&object, FIELD_IN);
	const struct value *all = value_get(schema, "properties");
	assert_int_equal(value_count(all), ARRAY_SIZE(fields) - 1);
	assert_string_equal(value_c(value_at(value_get(schema, "required"), 0)), "line");
	assert_int_equal(value_count(value_get(schema, "required")), 1);
	assert_int_equal(value_get_int(value_get(all, "line"), "minLength", 0), 1);
	assert_int_equal(value_get_int(value_get(all, "number"), "maximum", 0), 9);
	assert_int_equal(value_get_int(value_get(all, "number"), "default", 0), 4);
	assert_string_equal(value_get_c(value_get(all, "name"), "pattern"), "^[a-c_-]+$");
	assert_int_equal(value_count(value_get(value_get(all, "choice"), "enum")), 2);
	assert_true(value_get_bool(value_get(all, "secret"), "writeOnly", false));
	assert_false(value_get_bool(value_get(all, "text"), "writeOnly", false));
}

static bool is_sentence(const char *help)
{
	return help && *help && (help[strlen(help) - 1] == '.');
}

static bool is_whole(const struct object *of, const struct field *f)
{
	bool in = field_goes(of, f, FIELD_IN), out = field_goes(of, f, FIELD_OUT);
	return is_sentence(f->help) && (in || out) && (f->most == 0 || f->least <= f->most) &&
	       (f->type != FIELD_CHOICE || f->words) && (!f->required || in) && (!f->always || out) &&
	       (f->type != FIELD_NAME || (f->characters && f->refusal && f->most > 0)) &&
	       (!f->secret || (!f->initial && in != out)) && (!strstr(f->name, "password") || f->secret) &&
	       (!f->object || f->type == FIELD_OBJECT || f->type == FIELD_LIST);
}

static bool is_in_table(const struct object *of)
{
	size_t i = 0;
	while (object_table[i] && object_table[i] != of) {
		i++;
	}
	return object_table[i] != NULL;
}

static void check_fields(const struct object *of)
{
	for (const struct field *f = of->fields; f->name; f++) {
		bool good = is_whole(of, f) && (!f->object || is_in_table(f->object));
		for (const struct field *other = f + 1; other->name; other++) {
			for (int way = FIELD_IN; way <= FIELD_OUT; way++) {
				good &= strcmp(f->name, other->name) != 0 ||
					!field_goes(of, f, (enum field_way)way) ||
					!field_goes(of, other, (enum field_way)way);
			}
		}
		if (!good) {
			fail_msg("%s %s", of->name, f->name);
		}
	}
}

static void every_row_of_every_object_is_whole(void **state)
{
	for (size_t i = 0; object_table[i]; i++) {
		check_fields(object_table[i]);
		for (size_t k = i + 1; object_table[k]; k++) {
			assert_string_not_equal(object_table[i]->name, object_table[k]->name);
		}
	}
}

RUN_TESTS(TEST(an_input_is_checked_field_by_field), TEST(what_is_absent_has_its_default),
	  TEST(bytes_are_base64_or_what_stands_there), TEST(a_schema_says_what_is_checked),
	  TEST(every_row_of_every_object_is_whole))
