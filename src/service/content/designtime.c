/* SPDX-License-Identifier: Apache-2.0
 * Design-time artifacts: versions, one of which is active. */
#include "service/content/designtime.h"

#include "base/memory.h"
#include "service/publish/change.h"
#include "store/content/designtime.h"
#include "store/content/designtime_content.h"
#include "store/content/package.h"

#define ID_MAX 200
#define NAME_MAX_BYTES 500
#define DESCRIPTION_MAX ((size_t)16 * 1024)
#define FACTS_MAX ((size_t)4 * 1024 * 1024)

/* Which bundles a set takes. Source: SAP-BundleType of exported bundles. */
static const char *const bundle_types[][2] = {
	{ "IntegrationDesigntimeArtifacts", "IntegrationFlow" },
	{ "MessageMappingDesigntimeArtifacts", "MessageMapping" },
	{ "ValueMappingDesigntimeArtifacts", "ValueMapping" },
	{ "ScriptCollectionDesigntimeArtifacts", "ScriptCollection" },
};

static void set_ms_text(struct value *v, const char *name, struct wall w)
{
	AUTO_FREE char *text = mem_printf("%lld", (long long)(w.us / US_PER_MS));
	value_set_c(v, name, text);
}

static struct value *designtime_value(const struct store_designtime *row)
{
	struct value *v = value_object();
	value_set_c(v, "Id", row->id);
	value_set_c(v, "Version", row->version);
	value_set_c(v, "PackageId", row->package);
	value_set_c(v, "Name", row->name);
	value_set_c(v, "Description", row->description);
	value_set_c(v, "CreatedBy", row->created_by);
	set_ms_text(v, "CreatedAt", row->created);
	value_set_c(v, "ModifiedBy", row->modified_by);
	set_ms_text(v, "ModifiedAt", row->modified);
	return v;
}

static enum rc not_found(const char *what, const char *id, const char *field, struct err *reterr)
{
	char shown[128];
	(void)err_set(reterr, RC_NOT_FOUND, "The %s %s does not exist.", what,
		      str_printable(str_of(id), shown, sizeof(shown)));
	return err_field(reterr, field);
}

static enum rc check_package(struct session *session, const char *tenant, const char *package,
			     const char *field, struct err *reterr)
{
	AUTO(store_package_fini) struct store_package row = { 0 };
	enum rc rc = store_package_get(session->store, tenant, package, &row, reterr);
	return rc == RC_NOT_FOUND ? not_found("integration package", package, field, reterr) : rc;
}

enum rc service_designtime_list(struct session *session, const char *tenant, const char *kind,
				const char *package, struct value **ret, struct err *reterr)
{
	AUTO(store_designtime_list_fini) struct store_designtime_list list = { 0 };
	if (package[0]) {
		TRY(check_package(session, tenant, package, "Id", reterr));
	}
	TRY(store_designtime_list_active(session->store, tenant, kind, package, &list, reterr));
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		value_append(*ret, designtime_value(&list.items[i]));
	}
	return RC_OK;
}

static enum rc find(struct session *session, const struct designtime_name *name, struct store_designtime *ret,
		    struct err *reterr)
{
	AUTO(store_designtime_fini) struct store_designtime row = { 0 };
	bool active = str_equal_nocase(str_of(name->version), STR(DESIGNTIME_ACTIVE));
	enum rc rc =
		active ? store_designtime_get_active(session->store, name->tenant, name->id, &row, reterr)
		       : store_designtime_get(session->store, name->tenant, name->id, name->version, &row,
					      reterr);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && strcmp(row.kind, name->kind) != 0)) {
		return not_found(active ? "design-time artifact" : "version of the design-time artifact",
				 name->id, "Id", reterr);
	}
	TRY(rc);
	*ret = row;
	row = (struct store_designtime){ 0 };
	return RC_OK;
}

enum rc service_designtime_get(struct session *session, const struct designtime_name *name,
			       struct value **ret, struct err *reterr)
{
	AUTO(store_designtime_fini) struct store_designtime row = { 0 };
	AUTO_VALUE *facts = NULL;
	TRY(find(session, name, &row, reterr));
	TRY(value_parse(&facts, str_of(row.facts), FACTS_MAX, reterr));
	*ret = designtime_value(&row);
	value_set(*ret, "facts", TAKE(facts));
	value_set_int(*ret, "modified_us", row.modified.us);
	return RC_OK;
}

enum rc service_designtime_content(struct session *session, const struct designtime_name *name,
				   struct buf *out, struct err *reterr)
{
	AUTO(store_designtime_fini) struct store_designtime row = { 0 };
	AUTO(store_designtime_content_fini) struct store_designtime_content content = { 0 };
	TRY(find(session, name, &row, reterr));
	TRY(store_designtime_content_get(session->store, name->tenant, row.id, row.version, &content,
					 reterr));
	return buf_add(out, content.content)
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "The artifact is larger than %zu bytes.", out->max);
}

/* The bundle has to be of the set's type. */
static enum rc check_type(const struct designtime_name *name, const struct value *facts, struct err *reterr)
{
	const char *type = value_get_c(facts, "type");
	for (size_t i = 0; i < ARRAY_SIZE(bundle_types); i++) {
		if (strcmp(bundle_types[i][0], name->kind) == 0 && type &&
		    strcmp(bundle_types[i][1], type) == 0) {
			return RC_OK;
		}
	}
	char shown[64];
	(void)err_set(reterr, RC_INVALID, "The bundle has the type %s, which %s does not take.",
		      str_printable(str_of(type), shown, sizeof(shown)), name->kind);
	return err_field(reterr, "ArtifactContent");
}

static enum rc check_texts(const struct designtime_name *name, const struct designtime_draft *draft,
			   struct err *reterr)
{
	size_t n = strlen(name->id);
	if (n == 0 || n > ID_MAX || name->id[0] == '.' || strspn(name->id, CHAR_LETTERS_DIGITS "._-") != n) {
		(void)err_set(reterr, RC_INVALID, "Id has 1 to %d of A-Z a-z 0-9 . _ and -, not first a dot.",
			      ID_MAX);
		return err_field(reterr, "Id");
	}
	if (draft->title && (!draft->title[0] || strlen(draft->title) > NAME_MAX_BYTES)) {
		(void)err_set(reterr, RC_INVALID, "Name has 1 to %d bytes.", NAME_MAX_BYTES);
		return err_field(reterr, "Name");
	}
	if (draft->description && strlen(draft->description) > DESCRIPTION_MAX) {
		(void)err_set(reterr, RC_LIMIT, "Description is longer than %zu bytes.", DESCRIPTION_MAX);
		return err_field(reterr, "Description");
	}
	return RC_OK;
}

/* Room for one more version: the former active one steps back. */
static enum rc step_back(struct session *session, const struct designtime_name *name, const char *version,
			 struct err *reterr)
{
	AUTO(store_designtime_list_fini) struct store_designtime_list list = { 0 };
	size_t others = 0;
	TRY(store_designtime_list_versions(session->store, name->tenant, name->id, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		others += strcmp(list.items[i].version, version) != 0;
		if (!list.items[i].active) {
			continue;
		}
		list.items[i].active = false;
		TRY(store_designtime_put(session->store, &list.items[i], reterr));
	}
	return others < DESIGNTIME_MAX_VERSIONS
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "The artifact has %d versions already.",
				 DESIGNTIME_MAX_VERSIONS);
}

static enum rc write(struct session *session, const struct designtime_name *name,
		     struct store_designtime *row, const struct designtime_draft *draft, struct value **ret,
		     struct err *reterr)
{
	AUTO_BUF(facts, FACTS_MAX);
	const char *version = value_get_c(draft->facts, "version");
	if (value_format(draft->facts, &facts) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The artifact has too many parameters and resources.");
	}
	row->version = version ? version : "1.0.0";
	row->active = true;
	row->facts = buf_c(&facts);
	row->modified = wall_now();
	row->modified_by = draft->user;
	TRY(step_back(session, name, row->version, reterr));
	TRY(store_designtime_put(session->store, row, reterr));
	TRY(store_designtime_content_put(session->store,
					 &(struct store_designtime_content){ name->tenant, name->id,
									     row->version, draft->content },
					 reterr));
	*ret = designtime_value(row);
	return RC_OK;
}

static enum rc check_room(struct session *session, const struct designtime_name *name, struct err *reterr)
{
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bundle_types); i++) {
		AUTO(store_designtime_list_fini) struct store_designtime_list list = { 0 };
		TRY(store_designtime_list_active(session->store, name->tenant, bundle_types[i][0], "", &list,
						 reterr));
		n += list.n;
	}
	return n < DESIGNTIME_MAX
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "There are %d artifacts already.", DESIGNTIME_MAX);
}

static const char *first_text(const char *a, const char *b, const char *c)
{
	return a ? a : b && b[0] ? b : c;
}

enum rc service_designtime_create(struct session *session, const struct designtime_name *name,
				  const struct designtime_draft *draft, struct value **ret,
				  struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_designtime_fini) struct store_designtime old = { 0 };
	AUTO_VALUE *v = NULL;
	TRY(check_texts(name, draft, reterr));
	TRY(check_type(name, draft->facts, reterr));
	TRY(change_begin(&change, session, reterr));
	TRY(check_package(session, name->tenant, draft->package, "PackageId", reterr));
	if (store_designtime_get_active(session->store, name->tenant, name->id, &old, NULL) == RC_OK) {
		(void)err_set(reterr, RC_EXISTS, "The design-time artifact %s exists already.", name->id);
		return err_field(reterr, "Id");
	}
	TRY(check_room(session, name, reterr));
	struct store_designtime row = {
		.tenant = name->tenant,
		.id = name->id,
		.kind = name->kind,
		.package = draft->package,
		.name = first_text(draft->title, value_get_c(draft->facts, "name"), name->id),
		.description = first_text(draft->description, value_get_c(draft->facts, "description"), ""),
		.created = wall_now(),
		.created_by = draft->user,
	};
	TRY(write(session, name, &row, draft, &v, reterr));
	TRY(change_commit(&change, reterr));
	*ret = TAKE(v);
	return RC_OK;
}

/* SAP's sentence: tools compare it. */
static enum rc check_symbolic_name(const struct store_designtime *old, const struct value *facts,
				   struct err *reterr)
{
	AUTO_VALUE *former = NULL;
	const char *now = value_get_c(facts, "id");
	TRY(value_parse(&former, str_of(old->facts), FACTS_MAX, reterr));
	const char *before = value_get_c(former, "id");
	if (!before || !now || strcmp(before, now) == 0 || strcmp(now, old->id) == 0) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_INVALID,
		      "Could not update artifact of the package; due to change in the Bundle-symbolicName");
	return err_field(reterr, "ArtifactContent");
}

enum rc service_designtime_update(struct session *session, const struct designtime_name *name,
				  const struct designtime_draft *draft, struct value **ret,
				  struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_designtime_fini) struct store_designtime old = { 0 };
	AUTO_VALUE *v = NULL;
	TRY(check_texts(name, draft, reterr));
	TRY(check_type(name, draft->facts, reterr));
	TRY(change_begin(&change, session, reterr));
	TRY(find(session, name, &old, reterr));
	if (draft->modified_us && draft->modified_us != old.modified.us) {
		return err_set(reterr, RC_AGAIN, "The artifact was changed meanwhile.");
	}
	TRY(check_symbolic_name(&old, draft->facts, reterr));
	struct store_designtime row = old;
	row.name = first_text(draft->title, old.name, name->id);
	row.description = first_text(draft->description, old.description, "");
	TRY(write(session, name, &row, draft, &v, reterr));
	TRY(change_commit(&change, reterr));
	*ret = TAKE(v);
	return RC_OK;
}

enum rc service_designtime_delete(struct session *session, const struct designtime_name *name,
				  struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_designtime_fini) struct store_designtime row = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(find(session, name, &row, reterr));
	TRY(store_designtime_delete(session->store, name->tenant, name->id, reterr));
	return change_commit(&change, reterr);
}
