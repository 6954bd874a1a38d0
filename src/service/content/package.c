/* SPDX-License-Identifier: Apache-2.0
 * Integration packages. */
#include "service/content/package.h"

#include "base/memory.h"
#include "service/publish/change.h"
#include "service/core/input.h"
#include "store/content/package.h"

#define ID_MAX 120
#define NAME_MAX_BYTES 200
#define TEXT_MAX ((size_t)16 * 1024)
#define TEXTS_MAX ((size_t)256 * 1024)

/* What a package says of itself beside its id and name. */
static const char *const text_names[] = { "Description",       "ShortText",     "Version",  "Vendor",
					  "SupportedPlatform", "Products",      "Keywords", "Countries",
					  "Industries",        "LineOfBusiness" };

static void set_ms_text(struct value *v, const char *name, struct wall w)
{
	AUTO_FREE char *text = mem_printf("%lld", (long long)(w.us / US_PER_MS));
	value_set_c(v, name, text);
}

static struct value *package_value(const struct store_package *row)
{
	struct value *v = value_object();
	AUTO_VALUE *texts = NULL;
	(void)!value_parse(&texts, str_of(row->texts), TEXTS_MAX, NULL);
	value_set_c(v, "Id", row->id);
	value_set_c(v, "Name", row->name);
	for (size_t i = 0; i < ARRAY_SIZE(text_names); i++) {
		const char *text = value_get_c(texts, text_names[i]);
		value_set_c(v, text_names[i], text ? text : "");
	}
	value_set_c(v, "Mode", "EDIT_ALLOWED");
	set_ms_text(v, "CreationDate", row->created);
	value_set_c(v, "CreatedBy", row->created_by);
	set_ms_text(v, "ModifiedDate", row->modified);
	value_set_c(v, "ModifiedBy", row->modified_by);
	return v;
}

enum rc service_package_list(struct session *session, const char *tenant, struct value **ret,
			     struct err *reterr)
{
	AUTO(store_package_list_fini) struct store_package_list list = { 0 };
	TRY(store_package_list_all(session->store, tenant, &list, reterr));
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		value_append(*ret, package_value(&list.items[i]));
	}
	return RC_OK;
}

static enum rc find(struct session *session, const char *tenant, const char *id, struct store_package *ret,
		    struct err *reterr)
{
	enum rc rc = store_package_get(session->store, tenant, id, ret, reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[128];
		(void)err_set(reterr, RC_NOT_FOUND, "The integration package %s does not exist.",
			      str_printable(str_of(id), shown, sizeof(shown)));
		return err_field(reterr, "Id");
	}
	return rc;
}

enum rc service_package_get(struct session *session, const char *tenant, const char *id, struct value **ret,
			    struct err *reterr)
{
	AUTO(store_package_fini) struct store_package row = { 0 };
	TRY(find(session, tenant, id, &row, reterr));
	*ret = package_value(&row);
	return RC_OK;
}

/* An id given has to be good; one made of a name gets an underscore for what an id cannot hold. */
static enum rc id_of(const struct value *input, const char *name, char **ret, struct err *reterr)
{
	static const char good[] = CHAR_LETTERS_DIGITS "._-";
	const char *given = value_get_c(input, "Id");
	AUTO_FREE char *id = mem_strdup(given && given[0] ? given : name);
	for (char *c = id; !(given && given[0]) && *c; c++) {
		if (!strchr(good, *c)) {
			*c = '_';
		}
	}
	if (strlen(id) > ID_MAX || strspn(id, good) != strlen(id) || id[0] == '.') {
		(void)err_set(reterr, RC_INVALID, "Id has 1 to %d of A-Z a-z 0-9 . _ and -, not first a dot.",
			      ID_MAX);
		return err_field(reterr, "Id");
	}
	*ret = TAKE(id);
	return RC_OK;
}

/* The texts given over those there were. */
static enum rc texts_merge(const char *former, const struct value *input, struct buf *out, struct err *reterr)
{
	AUTO_VALUE *texts = NULL;
	if (!former || value_parse(&texts, str_of(former), TEXTS_MAX, NULL) != RC_OK) {
		texts = value_object();
	}
	for (size_t i = 0; i < ARRAY_SIZE(text_names); i++) {
		struct str text = value_get_str(input, text_names[i]);
		if (text.n > TEXT_MAX) {
			(void)err_set(reterr, RC_LIMIT, "%s is longer than %zu bytes.", text_names[i],
				      TEXT_MAX);
			return err_field(reterr, text_names[i]);
		}
		if (text.p) {
			value_set_str(texts, text_names[i], text);
		}
	}
	return value_format(texts, out);
}

static enum rc check_room(struct session *session, const char *tenant, struct err *reterr)
{
	AUTO(store_package_list_fini) struct store_package_list list = { 0 };
	TRY(store_package_list_all(session->store, tenant, &list, reterr));
	return list.n < PACKAGE_MAX
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "There are %d packages already.", PACKAGE_MAX);
}

enum rc service_package_create(struct session *session, const char *tenant, const struct value *input,
			       bool overwrite, const char *user, struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_package_fini) struct store_package old = { 0 };
	AUTO_FREE char *id = NULL;
	AUTO_BUF(texts, TEXTS_MAX);
	struct wall now = wall_now();
	struct store_package row = {
		.tenant = tenant, .created = now, .created_by = user, .modified = now, .modified_by = user
	};
	TRY(input_text(input, "Name", NAME_MAX_BYTES, &row.name, reterr));
	TRY(id_of(input, row.name, &id, reterr));
	row.id = id;
	TRY(change_begin(&change, session, reterr));
	if (store_package_get(session->store, tenant, id, &old, NULL) == RC_OK) {
		if (!overwrite) {
			(void)err_set(reterr, RC_EXISTS, "The integration package %s exists already.", id);
			return err_field(reterr, "Id");
		}
		row.created = old.created;
		row.created_by = old.created_by;
	}
	TRY(check_room(session, tenant, reterr));
	TRY(texts_merge(old.texts, input, &texts, reterr));
	row.texts = buf_c(&texts);
	TRY(store_package_put(session->store, &row, reterr));
	TRY(change_commit(&change, reterr));
	*ret = package_value(&row);
	return RC_OK;
}

enum rc service_package_update(struct session *session, const char *tenant, const char *id,
			       const struct value *input, const char *user, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_package_fini) struct store_package old = { 0 };
	AUTO_BUF(texts, TEXTS_MAX);
	TRY(change_begin(&change, session, reterr));
	TRY(find(session, tenant, id, &old, reterr));
	struct store_package row = old;
	if (value_get_c(input, "Name")) {
		TRY(input_text(input, "Name", NAME_MAX_BYTES, &row.name, reterr));
	}
	TRY(texts_merge(old.texts, input, &texts, reterr));
	row.texts = buf_c(&texts);
	row.modified = wall_now();
	row.modified_by = user;
	TRY(store_package_put(session->store, &row, reterr));
	return change_commit(&change, reterr);
}

enum rc service_package_delete(struct session *session, const char *tenant, const char *id,
			       struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_package_fini) struct store_package row = { 0 };
	TRY(change_begin(&change, session, reterr));
	TRY(find(session, tenant, id, &row, reterr));
	TRY(store_package_delete(session->store, tenant, id, reterr));
	return change_commit(&change, reterr);
}
