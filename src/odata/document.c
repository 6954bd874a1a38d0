/* SPDX-License-Identifier: Apache-2.0
 * Entities as OData JSON. */
#include "odata/document.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "odata/document_internal.h"

#define URI_MAX ((size_t)64 * 1024)

/* A key inside quotes, one quote doubled, percent escaped for a URI. */
static void add_key(struct buf *out, const struct odata_property *p, const struct value *v)
{
	AUTO_BUF(text, URI_MAX);
	if (p->type != ODATA_STRING) {
		(void)buf_printf(out, p->type == ODATA_INT64 ? "%lldL" : "%lld",
				 (long long)value_to_int(v, 0));
		return;
	}
	const char *c = value_c(v);
	for (; c && *c; c++) {
		(void)buf_add_char(&text, *c);
		if (*c == '\'') {
			(void)buf_add_char(&text, '\'');
		}
	}
	(void)buf_add_char(out, '\'');
	(void)percent_encode(out, buf_str(&text));
	(void)buf_add_char(out, '\'');
}

char *document_uri(const struct odata_document *document, const struct value *entity)
{
	const struct odata_entity *e = document->entity;
	AUTO_BUF(out, URI_MAX);
	size_t n_keys = 0, done = 0;
	for (size_t i = 0; i < e->n; i++) {
		n_keys += e->properties[i].key;
	}
	(void)buf_printf(&out, "%s/%s(", document->root, e->set);
	for (size_t i = 0; i < e->n; i++) {
		const struct odata_property *p = &e->properties[i];
		if (!p->key) {
			continue;
		}
		if (n_keys > 1) {
			(void)buf_printf(&out, "%s%s=", done++ ? "," : "", p->name);
		}
		add_key(&out, p, value_get(entity, p->name));
	}
	(void)buf_add_char(&out, ')');
	return buf_take(&out);
}

/* A number that JSON carries as text: 64 bits do not fit into every reader's numbers. */
static struct value *number_text(const char *before, int64_t number, const char *after)
{
	AUTO_BUF(text, 64);
	(void)buf_printf(&text, "%s%lld%s", before, (long long)number, after);
	return value_string(buf_str(&text));
}

static struct value *complex_value(const struct odata_complex *complex, const struct value *v);

static struct value *property_value(const struct odata_property *p, const struct value *v)
{
	if (p->complex) {
		return complex_value(p->complex, v);
	}
	if (!v || value_is_null(v)) {
		return value_null();
	}
	switch (p->type) {
	case ODATA_DATETIME: return number_text("/Date(", value_to_int(v, 0), ")/");
	case ODATA_DATETIMEOFFSET: return number_text("/Date(", value_to_int(v, 0), "+0000)/");
	case ODATA_INT64: return number_text("", value_to_int(v, 0), "");
	case ODATA_STRING:
	case ODATA_INT32:
	case ODATA_BOOLEAN:
	case ODATA_COMPLEX: break;
	}
	return value_copy(v);
}

static struct value *complex_value(const struct odata_complex *complex, const struct value *v)
{
	struct value *out = value_object(), *metadata = value_object();
	AUTO_FREE char *type = mem_printf(ODATA_NAMESPACE ".%s", complex->name);
	value_set(out, "__metadata", metadata);
	value_set_c(metadata, "type", type);
	for (size_t i = 0; i < complex->n; i++) {
		const struct odata_property *p = &complex->properties[i];
		value_set(out, p->name, property_value(p, value_get(v, p->name)));
	}
	return out;
}

static void add_metadata(struct value *out, const struct odata_entity *e, const char *uri)
{
	struct value *metadata = value_object();
	AUTO_FREE char *type = mem_printf(ODATA_NAMESPACE ".%s", e->type),
		       *media = mem_printf("%s/$value", uri);
	value_set(out, "__metadata", metadata);
	value_set_c(metadata, "id", uri);
	value_set_c(metadata, "uri", uri);
	value_set_c(metadata, "type", type);
	if (!e->media) {
		return;
	}
	value_set_c(metadata, "content_type", e->media);
	value_set_c(metadata, "media_src", media);
	value_set_c(metadata, "edit_media", media);
}

bool document_expanded(const struct odata_document *document, const struct odata_navigation *navigation,
		       const struct value *entity, struct odata_document *ret, struct odata_query *ret_query)
{
	if (!odata_query_expands(document->query, navigation->name) || !value_get(entity, navigation->name)) {
		return false;
	}
	*ret_query = (struct odata_query){ 0 };
	/* Behind the slash of $expand=A/B and $select=A/B stands what holds for the entities of A. */
	for (size_t i = 0; i < document->query->n_expands; i++) {
		struct str path = str_of(document->query->expands[i]);
		size_t slash = str_find(path, '/');
		if (slash < path.n && str_is(str_first(path, slash), navigation->name)) {
			ret_query->expands[ret_query->n_expands++] = document->query->expands[i] + slash + 1;
		}
	}
	*ret = (struct odata_document){ document->root, odata_entity_find(navigation->set), ret_query,
					document->now };
	return true;
}

static struct value *navigation_value(const struct odata_document *document,
				      const struct odata_navigation *navigation, const struct value *entity,
				      const char *uri)
{
	struct odata_document inner;
	struct odata_query inner_query;
	const struct value *v = value_get(entity, navigation->name);
	struct value *out = value_object();
	if (!document_expanded(document, navigation, entity, &inner, &inner_query)) {
		struct value *deferred = value_object();
		AUTO_FREE char *link = mem_printf("%s/%s", uri, navigation->name);
		value_set(out, "__deferred", deferred);
		value_set_c(deferred, "uri", link);
		return out;
	}
	if (!navigation->many) {
		value_free(out);
		return value_is_null(v) ? value_null() : odata_document_entity(&inner, v);
	}
	struct value *results = value_array();
	value_set(out, "results", results);
	for (size_t i = 0; i < value_count(v); i++) {
		value_append(results, odata_document_entity(&inner, value_at(v, i)));
	}
	return out;
}

struct value *odata_document_entity(const struct odata_document *document, const struct value *entity)
{
	const struct odata_entity *e = document->entity;
	struct value *out = value_object();
	AUTO_FREE char *uri = document_uri(document, entity);
	add_metadata(out, e, uri);
	for (size_t i = 0; i < e->n; i++) {
		const struct odata_property *p = &e->properties[i];
		if (odata_query_selects(document->query, p->name)) {
			value_set(out, p->name, property_value(p, value_get(entity, p->name)));
		}
	}
	for (size_t i = 0; i < e->n_navigations; i++) {
		const struct odata_navigation *n = &e->navigations[i];
		if (odata_query_selects(document->query, n->name)) {
			value_set(out, n->name, navigation_value(document, n, entity, uri));
		}
	}
	return out;
}

struct value *odata_document_one(const struct odata_document *document, const struct value *entity)
{
	struct value *out = value_object();
	value_set(out, "d", odata_document_entity(document, entity));
	return out;
}

struct value *odata_document_many(const struct odata_document *document, const struct value *entities,
				  bool with_count, uint64_t count)
{
	struct value *out = value_object(), *d = value_object(), *results = value_array();
	value_set(out, "d", d);
	if (with_count) {
		value_set(d, "__count", number_text("", (int64_t)count, ""));
	}
	value_set(d, "results", results);
	for (size_t i = 0; i < value_count(entities); i++) {
		value_append(results, odata_document_entity(document, value_at(entities, i)));
	}
	return out;
}
