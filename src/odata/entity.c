/* SPDX-License-Identifier: Apache-2.0
 * Questions to the table of entity sets, and the table told as EDMX. */
#include "odata/entity.h"

#include "base/memory.h"

static const char *const type_names[] = {
	[ODATA_STRING] = "Edm.String",     [ODATA_INT32] = "Edm.Int32",
	[ODATA_INT64] = "Edm.Int64",       [ODATA_BOOLEAN] = "Edm.Boolean",
	[ODATA_DATETIME] = "Edm.DateTime", [ODATA_DATETIMEOFFSET] = "Edm.DateTimeOffset",
};

const struct odata_entity *odata_entity_find(const char *set)
{
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		if (strcmp(e->set, set) == 0) {
			return e;
		}
	}
	return NULL;
}

static const struct odata_property *property_find(const struct odata_property *properties, size_t n,
						  struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, properties[i].name)) {
			return &properties[i];
		}
	}
	return NULL;
}

static const struct odata_navigation *navigation_find(const struct odata_entity *entity, struct str name)
{
	for (size_t i = 0; i < entity->n_navigations; i++) {
		if (str_is(name, entity->navigations[i].name)) {
			return &entity->navigations[i];
		}
	}
	return NULL;
}

static enum rc unknown(const struct odata_entity *entity, const char *member, struct err *reterr)
{
	char shown[128];
	return err_set(reterr, RC_INVALID, "%s has no property %s.", entity->type,
		       str_printable(str_of(member), shown, sizeof(shown)));
}

/* "Status", or "IntegrationArtifact/Id" of a complex property. */
static enum rc check_property(const struct odata_entity *entity, const char *member, struct err *reterr)
{
	struct str path = str_of(member);
	size_t slash = str_find(path, '/');
	const struct odata_property *p = property_find(entity->properties, entity->n, str_first(path, slash));
	bool known = p && (slash == path.n) == (p->complex == NULL);
	if (known && p->complex) {
		known = property_find(p->complex->properties, p->complex->n, str_skip(path, slash + 1));
	}
	return known ? RC_OK : unknown(entity, member, reterr);
}

static enum rc check_navigation(const struct odata_entity *entity, const char *path, struct err *reterr)
{
	struct str rest = str_of(path), part;
	while (rest.p && str_split(&rest, '/', &part)) {
		const struct odata_navigation *n = entity ? navigation_find(entity, part) : NULL;
		if (!n) {
			return unknown(entity ? entity : odata_entities, path, reterr);
		}
		entity = odata_entity_find(n->set);
	}
	return RC_OK;
}

enum rc odata_entity_check(const struct odata_entity *entity, const struct odata_query *query,
			   struct err *reterr)
{
	const char *member;
	for (size_t i = 0; (member = odata_filter_member(query->filter, i)); i++) {
		TRY(check_property(entity, member, reterr));
	}
	for (size_t i = 0; i < query->n_orders; i++) {
		TRY(check_property(entity, query->orders[i].member, reterr));
	}
	for (size_t i = 0; i < query->n_expands; i++) {
		TRY(check_navigation(entity, query->expands[i], reterr));
	}
	for (size_t i = 0; i < query->n_selects; i++) {
		struct str name = str_of(query->selects[i]);
		name = str_first(name, str_find(name, '/'));
		if (!str_is(name, "*") && !navigation_find(entity, name) &&
		    !property_find(entity->properties, entity->n, name)) {
			return unknown(entity, query->selects[i], reterr);
		}
	}
	return RC_OK;
}

static void add_properties(struct buf *out, const struct odata_property *properties, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct odata_property *p = &properties[i];
		(void)buf_printf(out, "<Property Name=\"%s\" Type=\"%s%s\" Nullable=\"%s\"", p->name,
				 p->complex ? ODATA_NAMESPACE "." : "",
				 p->complex ? p->complex->name : type_names[p->type],
				 p->nullable ? "true" : "false");
		if (p->max > 0) {
			(void)buf_printf(out, " MaxLength=\"%d\"", p->max);
		}
		(void)buf_add_c(out, "/>");
	}
}

static void add_entity(struct buf *out, const struct odata_entity *e)
{
	(void)buf_printf(out, "<EntityType Name=\"%s\"%s><Key>", e->type,
			 e->media ? " m:HasStream=\"true\"" : "");
	for (size_t i = 0; i < e->n; i++) {
		if (e->properties[i].key) {
			(void)buf_printf(out, "<PropertyRef Name=\"%s\"/>", e->properties[i].name);
		}
	}
	(void)buf_add_c(out, "</Key>");
	add_properties(out, e->properties, e->n);
	for (size_t i = 0; i < e->n_navigations; i++) {
		const char *name = e->navigations[i].name;
		(void)buf_printf(out,
				 "<NavigationProperty Name=\"%s\" Relationship=\"" ODATA_NAMESPACE
				 ".%s_%s\" FromRole=\"%s_Source\" ToRole=\"%s_Target\"/>",
				 name, e->type, name, name, name);
	}
	(void)buf_add_c(out, "</EntityType>");
}

static void add_associations(struct buf *out, const struct odata_entity *e)
{
	for (size_t i = 0; i < e->n_navigations; i++) {
		const struct odata_navigation *n = &e->navigations[i];
		const struct odata_entity *target = odata_entity_find(n->set);
		(void)buf_printf(out,
				 "<Association Name=\"%s_%s\"><End Type=\"" ODATA_NAMESPACE
				 ".%s\" Multiplicity=\"1\" Role=\"%s_Source\"/><End Type=\"" ODATA_NAMESPACE
				 ".%s\" Multiplicity=\"%s\" Role=\"%s_Target\"/></Association>",
				 e->type, n->name, e->type, n->name, target->type, n->many ? "*" : "0..1",
				 n->name);
	}
}

static void add_association_sets(struct buf *out, const struct odata_entity *e)
{
	for (size_t i = 0; i < e->n_navigations; i++) {
		const struct odata_navigation *n = &e->navigations[i];
		(void)buf_printf(out,
				 "<AssociationSet Name=\"%s_%s\" Association=\"" ODATA_NAMESPACE
				 ".%s_%s\"><End EntitySet=\"%s\" Role=\"%s_Source\"/><End EntitySet=\"%s\" "
				 "Role=\"%s_Target\"/></AssociationSet>",
				 e->set, n->name, e->type, n->name, e->set, n->name, n->set, n->name);
	}
}

static void add_functions(struct buf *out)
{
	for (const struct odata_function *f = odata_functions; f->name; f++) {
		struct str rest = str_of(f->parameters), name;
		(void)buf_printf(out,
				 "<FunctionImport Name=\"%s\" ReturnType=\"Edm.String\" "
				 "m:HttpMethod=\"%s\">",
				 f->name, f->method);
		while (rest.p && str_split(&rest, ' ', &name)) {
			(void)buf_printf(out, "<Parameter Name=\"%.*s\" Type=\"Edm.String\" Mode=\"In\"/>",
					 STR_ARG(name));
		}
		(void)buf_add_c(out, "</FunctionImport>");
	}
}

/* A complex type is told once, where it is first used. */
static bool is_first_use(const struct odata_entity *at, size_t property)
{
	const struct odata_complex *wanted = at->properties[property].complex;
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		for (size_t i = 0; i < e->n; i++) {
			if (e == at && i == property) {
				return true;
			}
			if (e->properties[i].complex == wanted) {
				return false;
			}
		}
	}
	return false;
}

static void add_complex_types(struct buf *out)
{
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		for (size_t i = 0; i < e->n; i++) {
			const struct odata_complex *c = e->properties[i].complex;
			if (!c || !is_first_use(e, i)) {
				continue;
			}
			(void)buf_printf(out, "<ComplexType Name=\"%s\">", c->name);
			add_properties(out, c->properties, c->n);
			(void)buf_add_c(out, "</ComplexType>");
		}
	}
}

enum rc odata_entity_metadata(struct buf *out)
{
	(void)buf_add_c(out,
			"<?xml version=\"1.0\" encoding=\"utf-8\"?><edmx:Edmx Version=\"1.0\" "
			"xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\" "
			"xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\">"
			"<edmx:DataServices m:DataServiceVersion=\"1.0\"><Schema Namespace=\"" ODATA_NAMESPACE
			"\" xmlns=\"http://schemas.microsoft.com/ado/2008/09/edm\">");
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		add_entity(out, e);
	}
	add_complex_types(out);
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		add_associations(out, e);
	}
	(void)buf_add_c(out, "<EntityContainer Name=\"API\" m:IsDefaultEntityContainer=\"true\">");
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		(void)buf_printf(out, "<EntitySet Name=\"%s\" EntityType=\"" ODATA_NAMESPACE ".%s\"/>",
				 e->set, e->type);
	}
	for (const struct odata_entity *e = odata_entities; e->set; e++) {
		add_association_sets(out, e);
	}
	add_functions(out);
	(void)buf_add_c(out, "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>");
	return out->overflow ? RC_LIMIT : RC_OK;
}
