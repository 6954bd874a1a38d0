/* SPDX-License-Identifier: Apache-2.0
 * Reading and checking what requests carry, by the rows of its table. */
#include "model/field.h"

#include "base/encoding.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_BYTES 1024 /* of what is said to be no name; beyond, it is told to be too long */

const struct field *field_find(const struct object *object, const char *name)
{
	const struct field *field = object->fields;
	while (field->name && strcmp(field->name, name) != 0)
		field++;
	ASSERT(field->name);
	return field;
}

static enum rc invalid(const struct field *field, const char *text, struct err *reterr)
{
	(void)err_set(reterr, RC_INVALID, "%s %s", field->name, text);
	return err_field(reterr, field->name);
}

static enum rc refused(const struct field *field, struct err *reterr)
{
	(void)err_set(reterr, RC_INVALID, "%s", field->refusal);
	return err_field(reterr, field->name);
}

static bool has_control_character(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	}
	return false;
}

static bool is_in_class(const char *class, char c)
{
	for (const char *p = class; *p; p++) {
		if (p[1] == '-' && p[2]) {
			if (c >= p[0] && c <= p[2])
				return true;
			p += 2;
		} else if (c == *p) {
			return true;
		}
	}
	return false;
}

static bool is_name(const struct field *field, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is_in_class(field->characters, s.p[i]))
			return false;
	}
	return s.n >= (size_t)field->least && s.n <= (size_t)field->most;
}

static bool is_word(const struct field *field, struct str s)
{
	for (size_t i = 0; field->words[i]; i++) {
		if (str_equal_nocase(s, str_of(field->words[i])))
			return true;
	}
	return false;
}

static enum rc check_length(const struct field *field, struct str s, struct err *reterr)
{
	size_t most = field->type == FIELD_NAME ? NAME_MAX_BYTES : (size_t)field->most;
	if (most == 0 || s.n <= most)
		return RC_OK;
	(void)err_set(reterr, RC_LIMIT, "%s is longer than %zu bytes.", field->name, most);
	return err_field(reterr, field->name);
}

enum rc field_text(const struct field *field, const struct value *input, const char **ret, struct err *reterr)
{
	struct str s = value_get_str(input, field->name);
	bool one_line = field->type == FIELD_NAME || (field->type == FIELD_LINE && field->required);
	*ret = s.p;
	if (s.n == 0 && field->required && field->refusal && field->type == FIELD_CHOICE)
		return refused(field, reterr);
	if (s.n == 0)
		return field->required && one_line ? invalid(field, "is missing.", reterr) : RC_OK;
	TRY(check_length(field, s, reterr));
	if (one_line && has_control_character(s))
		return invalid(field, "holds a control character.", reterr);
	if (field->type == FIELD_NAME && !is_name(field, s))
		return refused(field, reterr);
	if (field->type == FIELD_CHOICE && field->refusal && !is_word(field, s))
		return refused(field, reterr);
	return RC_OK;
}

enum rc field_integer(const struct field *field, const struct value *input, int64_t *ret, struct err *reterr)
{
	const struct value *v = value_get(input, field->name);
	uint64_t digits = 0;
	int64_t i = 0;
	if (!v || value_is_null(v)) {
		if (field->required)
			return invalid(field, "is missing.", reterr);
		*ret = field->initial ? strtoll(field->initial, NULL, 10) : 0;
		return RC_OK;
	}
	if (value_is_int(v))
		i = value_to_int(v, 0);
	else if (value_is_string(v) && str_parse_uint(value_str(v), INT64_MAX, &digits) == RC_OK)
		i = (int64_t)digits;
	else
		return invalid(field, "is no whole number.", reterr);
	if (i < field->least || i > field->most) {
		(void)err_set(reterr, RC_INVALID, "%s has to be between %lld and %lld.", field->name,
			      (long long)field->least, (long long)field->most);
		return err_field(reterr, field->name);
	}
	*ret = i;
	return RC_OK;
}

/* What bytes may take as text: as base64, with lines and labels. */
static size_t text_most(const struct field *field)
{
	return (size_t)field->most / 3 * 4 + 4096;
}

static enum rc too_large(const struct field *field, struct err *reterr)
{
	(void)err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", field->name, (size_t)field->most);
	return err_field(reterr, field->name);
}

static enum rc check_bytes(const struct field *field, const struct value *input, struct err *reterr)
{
	struct str text = value_get_str(input, field->name);
	if (text.n == 0)
		return field->required ? invalid(field, "is missing.", reterr) : RC_OK;
	return text.n > text_most(field) ? too_large(field, reterr) : RC_OK;
}

enum rc field_bytes(const struct field *field, const struct value *input, struct buf *out, struct err *reterr)
{
	struct str text = value_get_str(input, field->name);
	TRY(check_bytes(field, input, reterr));
	if (str_find_str(text, STR("-----BEGIN")) == text.n && base64_decode(out, text, true) == RC_OK)
		return RC_OK;
	buf_clear(out);
	return buf_add(out, text) ? RC_OK : too_large(field, reterr);
}

/* The others are looked at by those who use them: what is of another kind counts as absent, or is refused there. */
static enum rc field_check(const struct field *field, const struct value *input, struct err *reterr)
{
	const char *text = NULL;
	int64_t i = 0;
	switch (field->type) {
	case FIELD_LINE:
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_CHOICE: return field_text(field, input, &text, reterr);
	case FIELD_INTEGER: return field_integer(field, input, &i, reterr);
	case FIELD_BYTES: return check_bytes(field, input, reterr);
	case FIELD_BOOLEAN:
	case FIELD_BASE64:
	case FIELD_LIST:
	case FIELD_OBJECT:
	case FIELD_ANY: break;
	}
	return RC_OK;
}

enum rc object_check(const struct object *object, const struct value *input, struct err *reterr)
{
	for (const struct field *field = object->fields; field->name; field++)
		TRY(field_check(field, input, reterr));
	return RC_OK;
}

static void set_type(struct value *schema, const struct field *field)
{
	static const char *const types[] = {
		[FIELD_LINE] = "string",   [FIELD_TEXT] = "string",     [FIELD_NAME] = "string",
		[FIELD_CHOICE] = "string", [FIELD_INTEGER] = "integer", [FIELD_BOOLEAN] = "boolean",
		[FIELD_BYTES] = "string",  [FIELD_BASE64] = "string",   [FIELD_LIST] = "array",
		[FIELD_OBJECT] = "object", [FIELD_ANY] = NULL
	};
	if (types[field->type])
		value_set_c(schema, "type", types[field->type]);
}

static struct value *words_value(const char *const *words)
{
	struct value *list = value_array();
	for (size_t i = 0; words[i]; i++)
		value_append_c(list, words[i]);
	return list;
}

static void set_limits(struct value *schema, const struct field *field)
{
	bool number = field->type == FIELD_INTEGER, list = field->type == FIELD_LIST;
	int64_t most = field->type == FIELD_BYTES ? (int64_t)text_most(field) : field->most;
	if (field->least > 0 || number)
		value_set_int(schema, number ? "minimum" : list ? "minItems" : "minLength", field->least);
	else if (field->required && field->type == FIELD_LINE)
		value_set_int(schema, "minLength", 1);
	if (most > 0)
		value_set_int(schema, number ? "maximum" : list ? "maxItems" : "maxLength", most);
}

static void set_kind(struct value *schema, const struct field *field)
{
	char pattern[128];
	if (field->type == FIELD_NAME) {
		(void)snprintf(pattern, sizeof(pattern), "^[%s]+$", field->characters);
		value_set_c(schema, "pattern", pattern);
	} else if (field->type == FIELD_CHOICE) {
		value_set(schema, "enum", words_value(field->words));
	} else if (field->type == FIELD_BASE64) {
		value_set_c(schema, "contentEncoding", "base64");
	} else if (field->type == FIELD_LIST) {
		struct value *items = value_object();
		value_set_c(items, "type", "string");
		if (field->words)
			value_set(items, "enum", words_value(field->words));
		value_set(schema, "items", items);
	}
}

static void set_default(struct value *schema, const struct field *field)
{
	if (!field->initial)
		return;
	if (field->type == FIELD_INTEGER)
		value_set_int(schema, "default", strtoll(field->initial, NULL, 10));
	else if (field->type == FIELD_BOOLEAN)
		value_set_bool(schema, "default", strcmp(field->initial, "true") == 0);
	else
		value_set_c(schema, "default", field->initial);
}

struct value *field_schema(const struct field *field)
{
	const struct object nested = { field->name, field->fields };
	struct value *schema = field->fields ? object_schema(&nested) : value_object();
	set_type(schema, field);
	set_limits(schema, field);
	set_kind(schema, field);
	set_default(schema, field);
	if (field->secret)
		value_set_bool(schema, "writeOnly", true);
	value_set_c(schema, "description", field->help);
	return schema;
}

struct value *object_schema(const struct object *object)
{
	struct value *schema = value_object(), *properties = value_object(), *required = value_array();
	for (const struct field *field = object->fields; field->name; field++) {
		value_set(properties, field->name, field_schema(field));
		if (field->required)
			value_append_c(required, field->name);
	}
	value_set_c(schema, "type", "object");
	value_set(schema, "properties", properties);
	if (value_count(required) > 0)
		value_set(schema, "required", required);
	else
		value_free(required);
	return schema;
}
