/* SPDX-License-Identifier: Apache-2.0
 * Entities and the service as Atom. */
#include "base/memory.h"
#include "odata/document_internal.h"

#define NAMESPACES \
	" xmlns=\"http://www.w3.org/2005/Atom\"" \
	" xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"" \
	" xmlns:d=\"http://schemas.microsoft.com/ado/2007/08/dataservices\""
#define DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define RELATED "http://schemas.microsoft.com/ado/2007/08/dataservices/related/"
#define SCHEME "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"

void odata_document_escape(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		switch (c) {
		case '&': (void)buf_add_c(out, "&amp;"); break;
		case '<': (void)buf_add_c(out, "&lt;"); break;
		case '>': (void)buf_add_c(out, "&gt;"); break;
		case '"': (void)buf_add_c(out, "&quot;"); break;
		case '\r': (void)buf_add_c(out, "&#13;"); break;
		default:
			if (c >= ' ' || c == '\t' || c == '\n') {
				(void)buf_add_char(out, (char)c);
			}
		}
	}
}

static void add_wall(struct buf *out, int64_t ms)
{
	char text[WALL_TEXT_SIZE];
	(void)buf_add_c(out, wall_format_ms((struct wall){ ms * US_PER_MS }, text));
}

static void add_properties(struct buf *out, const struct odata_property *properties, size_t n,
			   const struct value *v, const struct odata_query *query);

static void add_property(struct buf *out, const struct odata_property *p, const struct value *v)
{
	static const char *const types[] = { [ODATA_INT32] = "Edm.Int32",
					     [ODATA_INT64] = "Edm.Int64",
					     [ODATA_BOOLEAN] = "Edm.Boolean",
					     [ODATA_DATETIME] = "Edm.DateTime",
					     [ODATA_DATETIMEOFFSET] = "Edm.DateTimeOffset",
					     [ODATA_COMPLEX] = NULL };
	(void)buf_printf(out, "<d:%s", p->name);
	if (types[p->type]) {
		(void)buf_printf(out, " m:type=\"%s\"", types[p->type]);
	}
	if (!p->complex && (!v || value_is_null(v))) {
		(void)buf_add_c(out, " m:null=\"true\"/>");
		return;
	}
	(void)buf_add_char(out, '>');
	if (p->complex) {
		add_properties(out, p->complex->properties, p->complex->n, v, NULL);
	} else if (p->type == ODATA_DATETIME || p->type == ODATA_DATETIMEOFFSET) {
		add_wall(out, value_to_int(v, 0));
	} else if (value_is_string(v)) {
		odata_document_escape(out, value_str(v));
	} else if (value_is_bool(v)) {
		(void)buf_add_c(out, value_to_bool(v, false) ? "true" : "false");
	} else {
		(void)buf_printf(out, "%lld", (long long)value_to_int(v, 0));
	}
	(void)buf_printf(out, "</d:%s>", p->name);
}

static void add_properties(struct buf *out, const struct odata_property *properties, size_t n,
			   const struct value *v, const struct odata_query *query)
{
	for (size_t i = 0; i < n; i++) {
		if (!query || odata_query_selects(query, properties[i].name)) {
			add_property(out, &properties[i], value_get(v, properties[i].name));
		}
	}
}

static void add_entry(const struct odata_document *document, const struct value *entity, bool outermost,
		      struct buf *out);

static void add_inline(const struct odata_document *inner, const struct odata_navigation *navigation,
		       const struct value *v, struct buf *out)
{
	(void)buf_add_c(out, "<m:inline>");
	if (navigation->many) {
		(void)buf_add_c(out, "<feed>");
	}
	for (size_t i = 0; navigation->many && i < value_count(v); i++) {
		add_entry(inner, value_at(v, i), false, out);
	}
	if (navigation->many) {
		(void)buf_add_c(out, "</feed>");
	} else if (value_is_object(v)) {
		add_entry(inner, v, false, out);
	}
	(void)buf_add_c(out, "</m:inline>");
}

static void add_link(const struct odata_document *document, const struct odata_navigation *navigation,
		     const struct value *entity, const char *uri, struct buf *out)
{
	struct odata_document inner;
	struct odata_query inner_query;
	(void)buf_printf(out,
			 "<link rel=\"" RELATED
			 "%s\" title=\"%s\" type=\"application/atom+xml;type=%s\" href=\"",
			 navigation->name, navigation->name, navigation->many ? "feed" : "entry");
	odata_document_escape(out, str_of(uri));
	(void)buf_printf(out, "/%s\">", navigation->name);
	if (document_expanded(document, navigation, entity, &inner, &inner_query)) {
		add_inline(&inner, navigation, value_get(entity, navigation->name), out);
	}
	(void)buf_add_c(out, "</link>");
}

static void add_content(const struct odata_document *document, const struct value *entity, const char *uri,
			struct buf *out)
{
	const struct odata_entity *e = document->entity;
	if (e->media) {
		(void)buf_printf(out, "<content type=\"%s\" src=\"", e->media);
		odata_document_escape(out, str_of(uri));
		(void)buf_add_c(out, "/$value\"/><m:properties>");
	} else {
		(void)buf_add_c(out, "<content type=\"application/xml\"><m:properties>");
	}
	add_properties(out, e->properties, e->n, entity, document->query);
	(void)buf_add_c(out, e->media ? "</m:properties>" : "</m:properties></content>");
}

static void add_entry(const struct odata_document *document, const struct value *entity, bool outermost,
		      struct buf *out)
{
	const struct odata_entity *e = document->entity;
	AUTO_FREE char *uri = document_uri(document, entity);
	(void)buf_printf(out, "<entry%s><id>", outermost ? NAMESPACES : "");
	odata_document_escape(out, str_of(uri));
	(void)buf_printf(out, "</id><title type=\"text\">%s</title><updated>", e->set);
	add_wall(out, document->now.us / US_PER_MS);
	(void)buf_printf(out,
			 "</updated><author><name/></author><category term=\"" ODATA_NAMESPACE
			 ".%s\" scheme=\"" SCHEME "\"/>",
			 e->type);
	for (size_t i = 0; i < e->n_navigations; i++) {
		if (odata_query_selects(document->query, e->navigations[i].name)) {
			add_link(document, &e->navigations[i], entity, uri, out);
		}
	}
	add_content(document, entity, uri, out);
	(void)buf_add_c(out, "</entry>");
}

enum rc odata_document_entry(const struct odata_document *document, const struct value *entity,
			     struct buf *out)
{
	(void)buf_add_c(out, DECLARATION);
	add_entry(document, entity, true, out);
	return out->overflow ? RC_LIMIT : RC_OK;
}

enum rc odata_document_feed(const struct odata_document *document, const struct value *entities,
			    bool with_count, uint64_t count, struct buf *out)
{
	(void)buf_printf(out,
			 DECLARATION "<feed" NAMESPACES
				     "><id>%s/%s</id><title type=\"text\">%s</title><updated>",
			 document->root, document->entity->set, document->entity->set);
	add_wall(out, document->now.us / US_PER_MS);
	(void)buf_add_c(out, "</updated><author><name/></author>");
	if (with_count) {
		(void)buf_printf(out, "<m:count>%llu</m:count>", (unsigned long long)count);
	}
	for (size_t i = 0; i < value_count(entities); i++) {
		add_entry(document, value_at(entities, i), false, out);
	}
	(void)buf_add_c(out, "</feed>");
	return out->overflow ? RC_LIMIT : RC_OK;
}

enum rc odata_document_service(const char *root, struct buf *out)
{
	(void)buf_printf(out,
			 DECLARATION "<service xmlns=\"http://www.w3.org/2007/app\" "
				     "xmlns:atom=\"http://www.w3.org/2005/Atom\" xml:base=\"%s/\">"
				     "<workspace><atom:title>Default</atom:title>",
			 root);
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		(void)buf_printf(out, "<collection href=\"%s\"><atom:title>%s</atom:title></collection>",
				 e->set, e->set);
	}
	(void)buf_add_c(out, "</workspace></service>");
	return out->overflow ? RC_LIMIT : RC_OK;
}
