/* SPDX-License-Identifier: Apache-2.0
 * openapi.json from the tables. Source: OpenAPI Specification 3.1.0. */
#include "api/core/openapi.h"

#include "api/core/call.h"
#include "api/core/precondition.h"
#include "api/core/route.h"
#include "base/memory.h"
#include "model/reason.h"
#include "setting/setting.h"

#include <stdio.h>

#define PREFIX "/admin/v1"

static struct value *object_of(const char *name, struct value *take_v)
{
	struct value *v = value_object();
	value_set(v, name, take_v);
	return v;
}

static struct value *text_of(const char *name, const char *text)
{
	return object_of(name, value_string(str_of(text)));
}

static struct value *reference(const char *kind, const char *name)
{
	AUTO_FREE char *path = mem_printf("#/components/%s/%s", kind, name);
	return text_of("$ref", path);
}

/* {"content": {"application/json": {"schema": …}}}, as bodies and answers have it. */
static void set_content(struct value *v, struct value *take_schema)
{
	value_set(v, "content", object_of("application/json", object_of("schema", take_schema)));
}

static struct value *parameter(const char *place, const char *name, bool required, const char *help,
			       struct value *take_schema)
{
	struct value *v = value_object();
	value_set_c(v, "name", name);
	value_set_c(v, "in", place);
	value_set_bool(v, "required", required);
	value_set_c(v, "description", help);
	value_set(v, "schema", take_schema);
	return v;
}

/* The {…} of a path. */
static void add_path_parameters(struct value *list, const char *path)
{
	for (const char *p = strchr(path, '{'); p; p = strchr(p + 1, '{')) {
		AUTO_FREE char *name = str_dup(str_from(p + 1, (size_t)(strchr(p, '}') - p - 1)));
		const struct field *field = field_find(&object_path, name);
		value_append(list, parameter("path", name, true, field->help, field_schema(field, FIELD_IN)));
	}
}

static bool is_get(const struct route *route)
{
	return strcmp(route->method, "GET") == 0;
}

static bool is_conditional(const struct route *route)
{
	const struct precondition_object *object = precondition_object_of(route);
	return object && object->get;
}

static struct value *parameters_of(const struct route *route)
{
	struct value *list = value_array();
	value_append(list, reference("parameters", "subaccount"));
	add_path_parameters(list, route->path);
	for (const struct field *field = route->query ? route->query->fields : NULL; field && field->name;
	     field++) {
		value_append(list, parameter("query", field->name, field->required, field->help,
					     field_schema(field, FIELD_IN)));
	}
	if (is_conditional(route)) {
		value_append(list, reference("parameters", "if-match"));
	}
	if (is_conditional(route) || is_get(route)) {
		value_append(list, reference("parameters", "if-none-match"));
	}
	return list;
}

static struct value *body_of(const struct route *route)
{
	struct value *v = value_object();
	value_set_bool(v, "required", route->takes != &object_nothing);
	set_content(v, object_reference(route->takes, FIELD_IN));
	return v;
}

static struct value *header(const char *help)
{
	struct value *v = text_of("description", help);
	value_set(v, "schema", text_of("type", "string"));
	return v;
}

static struct value *answer_of(const struct route *route)
{
	struct value *v = text_of("description", route->gives ? "Done." : "Done; there is nothing to tell.");
	struct value *headers = value_object();
	if (route->gives && route->key) {
		struct value *list = text_of("type", "array");
		value_set(list, "items", object_reference(route->gives, FIELD_OUT));
		set_content(v, list);
	} else if (route->gives) {
		set_content(v, object_reference(route->gives, FIELD_OUT));
	}
	if (is_get(route)) {
		value_set(headers, "ETag", header("Of what is told; If-Match takes it."));
	}
	if (route->key && route->query) {
		value_set(headers, "Link", header("The next page, as rel=next; absent behind the last."));
	}
	value_set(v, "headers", headers);
	return v;
}

static void add_answer(struct value *all, int status, struct value *take_answer)
{
	char name[16];
	(void)snprintf(name, sizeof(name), "%d", status);
	value_set(all, name, take_answer);
}

/* Every refusal has the same shape; named are those that a client may want to tell apart. */
static struct value *responses(const struct route *route)
{
	struct value *v = value_object();
	add_answer(v, route->status, answer_of(route));
	if (route->other_status) {
		add_answer(v, route->other_status, answer_of(route));
	}
	if (is_get(route)) {
		add_answer(v, 304, text_of("description", "It is as If-None-Match has it."));
	}
	const int refusals[] = { 400,
				 401,
				 403,
				 strchr(route->path, '{') ? 404 : 0,
				 is_get(route) ? 0 : 409,
				 is_conditional(route) ? 412 : 0,
				 route->takes ? 413 : 0 };
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (refusals[i]) {
			add_answer(v, refusals[i], reference("responses", "refusal"));
		}
	}
	value_set(v, "default", reference("responses", "refusal"));
	return v;
}

static struct value *operation(const struct route *route)
{
	struct value *v = value_object(), *tags = value_array(), *any = value_array();
	struct str name = str_of(route->name);
	value_append(tags, value_string(str_first(name, str_find(name, '.'))));
	value_set_c(v, "operationId", route->name);
	value_set(v, "tags", tags);
	value_append(any, object_of(route->serves & SUBJECT_ADMINISTRATOR ? "administrator" : "server",
				    value_array()));
	value_set(v, "security", any);
	value_set(v, "parameters", parameters_of(route));
	if (route->takes) {
		value_set(v, "requestBody", body_of(route));
	}
	value_set(v, "responses", responses(route));
	return v;
}

static void method_name(const char *method, char ret[16])
{
	size_t n = 0;
	for (; n < 15 && method[n]; n++) {
		ret[n] = char_lower(method[n]);
	}
	ret[n] = '\0';
}

static struct value *paths(void)
{
	struct value *all = value_object();
	for (const struct route *route = route_table; route->method; route++) {
		char method[16];
		if (!str_starts_with(str_of(route->path), STR(PREFIX "/"))) {
			continue;
		}
		if (!value_get(all, route->path)) {
			value_set(all, route->path, value_object());
		}
		method_name(route->method, method);
		value_set(value_get(all, route->path), method, operation(route));
	}
	return all;
}

/* An object's schema, and those that it refers to. */
static void add_schema(struct value *all, const struct object *object, enum field_way way)
{
	AUTO_FREE char *name = object_schema_name(object, way);
	if (value_get(all, name)) {
		return;
	}
	value_set(all, name, object_schema(object, way));
	for (const struct field *field = object->fields; field->name; field++) {
		if (field->object && field_goes(object, field, way)) {
			add_schema(all, field->object, way);
		}
	}
}

/* Reasons, and kinds of error for what has none. */
static struct value *codes(void)
{
	struct value *list = value_array();
	for (int rc = RC_OK + 1; rc < RC_COUNT; rc++) {
		value_append_c(list, rc_api_name((enum rc)rc));
	}
	for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		value_append_c(list, reason_info((enum reason)reason)->code);
	}
	return list;
}

/* A setting that is changed at run time is a word or a switch. */
static struct value *setting_schema(const struct setting_row *row)
{
	struct value *v = text_of("type", row->type == SETTING_TYPE_SWITCH ? "boolean" : "string");
	struct value *words = value_array();
	for (size_t i = 0; row->words && row->words[i]; i++) {
		value_append_c(words, row->words[i]);
	}
	if (value_count(words) > 0) {
		value_set(v, "enum", words);
	} else {
		value_free(words);
	}
	value_set_c(v, "description", row->help);
	return v;
}

static void add_settings(struct value *schema)
{
	struct value *properties = value_get(schema, "properties"), *required = value_array();
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (setting_rows[i].when != SETTING_AT_RUN_TIME) {
			continue;
		}
		value_set(properties, setting_rows[i].name, setting_schema(&setting_rows[i]));
		value_append_c(required, setting_rows[i].name);
	}
	value_set(schema, "required", required);
}

static struct value *schemas(void)
{
	struct value *all = value_object();
	for (const struct route *route = route_table; route->method; route++) {
		if (route->takes) {
			add_schema(all, route->takes, FIELD_IN);
		}
		if (route->gives) {
			add_schema(all, route->gives, FIELD_OUT);
		}
	}
	add_schema(all, &object_refusal, FIELD_OUT);
	add_settings(value_get(all, object_settings.name));
	value_set(value_get(value_get(value_get(all, object_error.name), "properties"), "code"), "enum",
		  codes());
	return all;
}

static struct value *security_scheme(const char *help)
{
	struct value *v = text_of("type", "http");
	value_set_c(v, "scheme", "basic");
	value_set_c(v, "description", help);
	return v;
}

static struct value *security_schemes(void)
{
	struct value *v = value_object();
	value_set(v, "administrator", security_scheme("Administrator of the subaccount."));
	value_set(v, "server",
		  security_scheme("Administrator of the subaccount default, who manages the whole server."));
	return v;
}

/* Fields of a request's head that many routes know. */
static struct value *shared_parameters(void)
{
	static const struct {
		const char *id, *name, *help;
	} rows[] = {
		{ "subaccount", "X-Postern-Subaccount",
		  "Subaccount to work in, for those who manage the whole server." },
		{ "if-match", "If-Match", "ETag of what is to be changed, as it was read; else 412." },
		{ "if-none-match", "If-None-Match",
		  "ETags that what is there must not have; * for nothing may be there." },
	};
	struct value *v = value_object();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		value_set(v, rows[i].id,
			  parameter("header", rows[i].name, false, rows[i].help, text_of("type", "string")));
	}
	return v;
}

static struct value *components(void)
{
	struct value *v = value_object();
	struct value *refusal = text_of("description", "It was refused.");
	set_content(refusal, object_reference(&object_refusal, FIELD_OUT));
	value_set(v, "schemas", schemas());
	value_set(v, "responses", object_of("refusal", refusal));
	value_set(v, "parameters", shared_parameters());
	value_set(v, "securitySchemes", security_schemes());
	return v;
}

struct value *openapi_document(void)
{
	struct value *v = text_of("openapi", "3.1.0"), *info = text_of("title", "Postern");
	struct value *servers = value_array();
	value_set_c(info, "version", POSTERN_VERSION);
	value_set_c(info, "description", "Management of Postern.");
	value_append(servers, text_of("url", "/"));
	value_set(v, "info", info);
	value_set(v, "servers", servers);
	value_set(v, "paths", paths());
	value_set(v, "components", components());
	return v;
}
