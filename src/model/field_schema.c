/* SPDX-License-Identifier: Apache-2.0
 * What the rows of a table say as JSON schema. */
#include "base/memory.h"
#include "model/field.h"

#include <stdlib.h>

bool object_goes(const struct object *object, enum field_way way)
{
	const struct field *field = object->fields;
	while (field->name && !field_goes(object, field, way)) {
		field++;
	}
	return field->name || (!object->fields->name && object->way == way);
}

char *object_schema_name(const struct object *object, enum field_way way)
{
	bool both = way == FIELD_IN && object_goes(object, FIELD_OUT);
	return mem_printf("%s%s", object->name, both ? "-request" : "");
}

struct value *object_reference(const struct object *object, enum field_way way)
{
	struct value *v = value_object();
	AUTO_FREE char *name = object_schema_name(object, way);
	AUTO_FREE char *path = mem_printf("#/components/schemas/%s", name);
	value_set_c(v, "$ref", path);
	return v;
}

static void set_type(struct value *schema, const struct field *field, enum field_way way)
{
	static const char *const types[] = {
		[FIELD_LINE] = "string",   [FIELD_TEXT] = "string",     [FIELD_NAME] = "string",
		[FIELD_CHOICE] = "string", [FIELD_INTEGER] = "integer", [FIELD_BOOLEAN] = "boolean",
		[FIELD_BYTES] = "string",  [FIELD_BASE64] = "string",   [FIELD_LIST] = "array",
		[FIELD_OBJECT] = "object", [FIELD_TIME] = "string",     [FIELD_ANY] = NULL
	};
	const char *type = types[field->type];
	if (type && way == FIELD_OUT && field->or_null) {
		struct value *list = value_array();
		value_append_c(list, type);
		value_append_c(list, "null");
		value_set(schema, "type", list);
	} else if (type) {
		value_set_c(schema, "type", type);
	}
}

static struct value *words_value(const char *const *words)
{
	struct value *list = value_array();
	for (size_t i = 0; words[i]; i++) {
		value_append_c(list, words[i]);
	}
	return list;
}

static void set_limits(struct value *schema, const struct field *field)
{
	bool number = field->type == FIELD_INTEGER, list = field->type == FIELD_LIST;
	int64_t most = field->type == FIELD_BYTES ? (int64_t)field_text_most(field) : field->most;
	if (field->least > 0 || number) {
		value_set_int(schema, number ? "minimum" : list ? "minItems" : "minLength", field->least);
	} else if (field->required && field->type == FIELD_LINE) {
		value_set_int(schema, "minLength", 1);
	}
	if (most > 0) {
		value_set_int(schema, number ? "maximum" : list ? "maxItems" : "maxLength", most);
	}
}

static void set_pattern(struct value *schema, const struct field *field)
{
	AUTO_FREE char *pattern = mem_printf("^[%s]+$", field->characters);
	value_set_c(schema, "pattern", pattern);
}

static struct value *items_of(const struct field *field, enum field_way way)
{
	if (field->object) {
		return object_reference(field->object, way);
	}
	struct value *items = value_object();
	value_set_c(items, "type", "string");
	if (field->words) {
		value_set(items, "enum", words_value(field->words));
	}
	return items;
}

static void set_kind(struct value *schema, const struct field *field, enum field_way way)
{
	if (field->type == FIELD_NAME && way == FIELD_IN) {
		set_pattern(schema, field);
	} else if (field->type == FIELD_CHOICE) {
		value_set(schema, "enum", words_value(field->words));
	} else if (field->type == FIELD_BASE64) {
		value_set_c(schema, "contentEncoding", "base64");
	} else if (field->type == FIELD_TIME) {
		value_set_c(schema, "format", "date-time");
	} else if (field->type == FIELD_LIST) {
		value_set(schema, "items", items_of(field, way));
	}
}

static void set_default(struct value *schema, const struct field *field)
{
	if (!field->initial) {
		return;
	}
	if (field->type == FIELD_INTEGER) {
		value_set_int(schema, "default", strtoll(field->initial, NULL, 10));
	} else if (field->type == FIELD_BOOLEAN) {
		value_set_bool(schema, "default", strcmp(field->initial, "true") == 0);
	} else {
		value_set_c(schema, "default", field->initial);
	}
}

/* An object is told by its name; where there may be none, as one of two. */
static struct value *reference_of(const struct field *field, enum field_way way)
{
	struct value *reference = object_reference(field->object, way);
	if (way == FIELD_IN || !field->or_null) {
		return reference;
	}
	struct value *schema = value_object(), *any = value_array(), *null = value_object();
	value_set_c(null, "type", "null");
	value_append(any, reference);
	value_append(any, null);
	value_set(schema, "anyOf", any);
	return schema;
}

static struct value *schema_of(const struct field *field, enum field_way way)
{
	if (field->type == FIELD_OBJECT && field->object) {
		return reference_of(field, way);
	}
	struct value *schema = value_object();
	set_type(schema, field, way);
	set_kind(schema, field, way);
	if (way == FIELD_IN) {
		set_limits(schema, field);
		set_default(schema, field);
	}
	if (field->secret) {
		value_set_c(schema, "format", "password");
	}
	if (field->secret && way == FIELD_IN) {
		value_set_bool(schema, "writeOnly", true);
	}
	return schema;
}

struct value *field_schema(const struct field *field, enum field_way way)
{
	struct value *schema = schema_of(field, way);
	value_set_c(schema, "description", field->help);
	return schema;
}

struct value *object_schema(const struct object *object, enum field_way way)
{
	struct value *schema = value_object(), *properties = value_object(), *required = value_array();
	for (const struct field *field = object->fields; field->name; field++) {
		if (!field_goes(object, field, way)) {
			continue;
		}
		value_set(properties, field->name, field_schema(field, way));
		if (way == FIELD_IN ? field->required : field->always) {
			value_append_c(required, field->name);
		}
	}
	value_set_c(schema, "type", "object");
	value_set(schema, "properties", properties);
	if (value_count(required) > 0) {
		value_set(schema, "required", required);
	} else {
		value_free(required);
	}
	return schema;
}
