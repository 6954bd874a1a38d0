/* SPDX-License-Identifier: Apache-2.0
 * openapi.json from the tables. Source: OpenAPI Specification 3.1.0. */
#include "api/openapi.h"

#include "api/api.h"
#include "api/route.h"
#include "base/memory.h"

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
		value_append(list, parameter("path", name, true, "Which one.", text_of("type", "string")));
	}
}

static struct value *parameters_of(const struct route *route)
{
	struct value *list = value_array();
	value_append(list, reference("parameters", "subaccount"));
	add_path_parameters(list, route->path);
	if (!route->takes || route->max_body > 0)
		return list;
	for (const struct field *field = route->takes->fields; field->name; field++)
		value_append(list, parameter("query", field->name, field->required, field->help,
					     field_schema(field)));
	return list;
}

static struct value *body_of(const struct route *route)
{
	struct value *v = value_object();
	value_set_bool(v, "required", true);
	set_content(v, route->takes ? reference("schemas", route->takes->name) : text_of("type", "object"));
	return v;
}

static struct value *responses(void)
{
	struct value *v = value_object();
	value_set(v, "2XX", text_of("description", "Done; the answer, if there is one, is JSON."));
	value_set(v, "default", reference("responses", "error"));
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
	if (route->max_body > 0)
		value_set(v, "requestBody", body_of(route));
	value_set(v, "responses", responses());
	return v;
}

static void method_name(const char *method, char ret[16])
{
	size_t n = 0;
	for (; n < 15 && method[n]; n++)
		ret[n] = (char)(method[n] + ('a' - 'A'));
	ret[n] = '\0';
}

static struct value *paths(void)
{
	struct value *all = value_object();
	for (const struct route *route = route_table; route->method; route++) {
		char method[16];
		if (!str_starts_with(str_of(route->path), STR(PREFIX "/")))
			continue;
		if (!value_get(all, route->path))
			value_set(all, route->path, value_object());
		method_name(route->method, method);
		value_set(value_get(all, route->path), method, operation(route));
	}
	return all;
}

/* Bodies alone: what a query takes stands in its route. */
static struct value *schemas(void)
{
	struct value *all = value_object();
	for (const struct route *route = route_table; route->method; route++) {
		if (route->takes && route->max_body > 0)
			value_set(all, route->takes->name, object_schema(route->takes));
	}
	static const struct field error_fields[] = {
		{ .name = "code",
		  .type = FIELD_TEXT,
		  .required = true,
		  .help = "Reason code, or kind of error." },
		{ .name = "text",
		  .type = FIELD_TEXT,
		  .required = true,
		  .help = "What is wrong, in a sentence." },
		{ .name = "field", .type = FIELD_TEXT, .help = "The field that it is about." },
		{ .name = "fix", .type = FIELD_TEXT, .help = "What mends it." },
		{ 0 },
	};
	static const struct field envelope[] = {
		{ .name = "error",
		  .type = FIELD_OBJECT,
		  .required = true,
		  .fields = error_fields,
		  .help = "The error." },
		{ 0 },
	};
	value_set(all, "error", object_schema(&(const struct object){ "error", envelope }));
	return all;
}

static struct value *security_scheme(const char *help)
{
	struct value *v = text_of("type", "http");
	value_set_c(v, "scheme", "basic");
	value_set_c(v, "description", help);
	return v;
}

static struct value *components(void)
{
	struct value *v = value_object(), *schemes = value_object();
	struct value *error = text_of("description", "It was refused.");
	set_content(error, reference("schemas", "error"));
	value_set(schemes, "administrator", security_scheme("Administrator of the subaccount."));
	value_set(schemes, "server",
		  security_scheme("Administrator of the subaccount default, who manages the whole server."));
	value_set(v, "schemas", schemas());
	value_set(v, "responses", object_of("error", error));
	value_set(v, "parameters",
		  object_of("subaccount",
			    parameter("header", "X-Postern-Subaccount", false,
				      "Subaccount to work in, for those who manage the whole server.",
				      text_of("type", "string"))));
	value_set(v, "securitySchemes", schemes);
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
