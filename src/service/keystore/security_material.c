/* SPDX-License-Identifier: Apache-2.0
 * Secure parameters and OAuth2 client credentials. */
#include "service/keystore/security_material.h"

#include "base/memory.h"
#include "service/publish/change.h"
#include "service/core/input.h"
#include "store/keystore/security_material.h"

#define NAME_MAX_BYTES 150
#define TEXT_MAX ((size_t)4096)
#define SECRET_MAX ((size_t)32768)
#define FACTS_MAX ((size_t)128 * 1024)
#define PARAMETERS "CustomParameters"
#define PARAMETERS_MAX 50

static const char *const parameter_texts[] = { "Description" };
static const char *const oauth_texts[] = { "Description", "TokenServiceUrl",
					   "ClientId",    "ClientAuthentication",
					   "Scope",       "ScopeContentType",
					   "Resource",    "Audience" };

const struct security_material_kind security_material_parameter = { "SecureParameters", "SecureParam",
								    parameter_texts, 1 };
const struct security_material_kind security_material_oauth = { "OAuth2ClientCredentials", "ClientSecret",
								oauth_texts, ARRAY_SIZE(oauth_texts) };

static enum rc not_found(const struct security_material_kind *kind, const char *name, struct err *reterr)
{
	char shown[128];
	(void)err_set(reterr, RC_NOT_FOUND, "%s has no %s.", kind->set,
		      str_printable(str_of(name), shown, sizeof(shown)));
	return err_field(reterr, "Name");
}

static enum rc row_value(const struct store_security_material *row, struct value **ret, struct err *reterr)
{
	TRY(value_parse(ret, str_of(row->facts), FACTS_MAX, reterr));
	value_set_c(*ret, "Name", row->name);
	value_set_int(*ret, "modified_ms", row->modified.us / US_PER_MS);
	value_set_c(*ret, "modified_by", row->modified_by);
	return RC_OK;
}

enum rc service_security_material_list(struct session *session, const char *tenant,
				       const struct security_material_kind *kind, struct value **ret,
				       struct err *reterr)
{
	AUTO(store_security_material_list_fini) struct store_security_material_list list = { 0 };
	AUTO_VALUE *array = value_array();
	TRY(store_security_material_list_all(session->store, tenant, kind->set, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		struct value *v = NULL;
		TRY(row_value(&list.items[i], &v, reterr));
		value_append(array, v);
	}
	*ret = TAKE(array);
	return RC_OK;
}

enum rc service_security_material_get(struct session *session, const char *tenant,
				      const struct security_material_kind *kind, const char *name,
				      struct value **ret, struct err *reterr)
{
	AUTO(store_security_material_fini) struct store_security_material row = { 0 };
	enum rc rc = store_security_material_get(session->store, tenant, kind->set, name, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		return not_found(kind, name, reterr);
	}
	TRY(rc);
	return row_value(&row, ret, reterr);
}

static enum rc too_long(const char *name, size_t max, struct err *reterr)
{
	(void)err_set(reterr, RC_LIMIT, "%s is longer than %zu bytes.", name, max);
	return err_field(reterr, name);
}

/* The custom parameters given: [{"Key","Value","SendAsPartOf"}], also inside {"results":[…]}. */
static enum rc parameters_copy(const struct value *input, struct value *facts, struct err *reterr)
{
	static const char *const members[] = { "Key", "Value", "SendAsPartOf" };
	const struct value *given = value_get(input, PARAMETERS);
	if (value_is_object(given)) {
		given = value_get(given, "results");
	}
	if (!value_is_array(given)) {
		return RC_OK;
	}
	if (value_count(given) > PARAMETERS_MAX) {
		(void)err_set(reterr, RC_LIMIT, "There are more than %d custom parameters.", PARAMETERS_MAX);
		return err_field(reterr, PARAMETERS);
	}
	struct value *list = value_array();
	value_set(facts, PARAMETERS, list);
	for (size_t i = 0; i < value_count(given); i++) {
		struct value *one = value_object();
		value_append(list, one);
		for (size_t k = 0; k < ARRAY_SIZE(members); k++) {
			struct str text = value_get_str(value_at(given, i), members[k]);
			if (text.n > TEXT_MAX) {
				return too_long(members[k], TEXT_MAX, reterr);
			}
			value_set_str(one, members[k], text.p ? text : STR(""));
		}
	}
	return RC_OK;
}

static enum rc facts_merge(const struct security_material_kind *kind, const char *former,
			   const struct value *input, struct buf *out, struct err *reterr)
{
	AUTO_VALUE *facts = NULL;
	if (former) {
		TRY(value_parse(&facts, str_of(former), FACTS_MAX, reterr));
	} else {
		facts = value_object();
	}
	for (size_t i = 0; i < kind->n_texts; i++) {
		struct str text = value_get_str(input, kind->texts[i]);
		if (text.n > TEXT_MAX) {
			return too_long(kind->texts[i], TEXT_MAX, reterr);
		}
		if (text.p) {
			value_set_str(facts, kind->texts[i], text);
		}
	}
	TRY(parameters_copy(input, facts, reterr));
	return value_format(facts, out) == RC_OK ? RC_OK : too_long(PARAMETERS, FACTS_MAX, reterr);
}

static enum rc check_new(struct session *session, const char *tenant,
			 const struct security_material_kind *kind, const char *name, struct err *reterr)
{
	AUTO(store_security_material_list_fini) struct store_security_material_list list = { 0 };
	TRY(store_security_material_list_all(session->store, tenant, kind->set, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		if (strcmp(list.items[i].name, name) != 0) {
			continue;
		}
		(void)err_set(reterr, RC_EXISTS, "%s has %s already.", kind->set, name);
		return err_field(reterr, "Name");
	}
	return list.n < SECURITY_MATERIAL_MAX ? RC_OK
					      : err_set(reterr, RC_LIMIT, "%s has %d entries already.",
							kind->set, SECURITY_MATERIAL_MAX);
}

/* The secret given, sealed; without one the former stays, and where there is none it is missing. */
static enum rc secret_seal(struct session *session, const char *tenant,
			   const struct security_material_kind *kind, const char *name,
			   const struct value *input, const struct store_security_material *old,
			   struct buf *out, struct err *reterr)
{
	struct str secret = value_get_str(input, kind->secret);
	if (secret.n > SECRET_MAX) {
		return too_long(kind->secret, SECRET_MAX, reterr);
	}
	if (secret.n > 0) {
		return service_seal(session, tenant, kind->set, name, secret, out, reterr);
	}
	if (old->secret.p) {
		return buf_add(out, old->secret) ? RC_OK : too_long(kind->secret, SECRET_MAX, reterr);
	}
	(void)err_set(reterr, RC_INVALID, "%s is missing.", kind->secret);
	return err_field(reterr, kind->secret);
}

enum rc service_security_material_put(struct session *session, const char *tenant,
				      const struct security_material_kind *kind, const char *name,
				      const struct value *input, const char *user, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_security_material_fini) struct store_security_material old = { 0 };
	AUTO_BUF(facts, FACTS_MAX);
	AUTO_BUF(sealed, SECRET_MAX + 256);
	const char *own = name;
	if (!name) {
		TRY(input_text(input, "Name", NAME_MAX_BYTES, &own, reterr));
	}
	TRY(change_begin(&change, session, reterr));
	if (name) {
		enum rc rc =
			store_security_material_get(session->store, tenant, kind->set, name, &old, reterr);
		if (rc == RC_NOT_FOUND) {
			return not_found(kind, name, reterr);
		}
		TRY(rc);
	} else {
		TRY(check_new(session, tenant, kind, own, reterr));
	}
	TRY(facts_merge(kind, old.facts, input, &facts, reterr));
	TRY(secret_seal(session, tenant, kind, own, input, &old, &sealed, reterr));
	struct store_security_material row = { .tenant = tenant,
					       .kind = kind->set,
					       .name = own,
					       .facts = buf_c(&facts),
					       .secret = buf_str(&sealed),
					       .modified = wall_now(),
					       .modified_by = user };
	TRY(store_security_material_put(session->store, &row, reterr));
	return change_commit(&change, reterr);
}

enum rc service_security_material_delete(struct session *session, const char *tenant,
					 const struct security_material_kind *kind, const char *name,
					 struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	TRY(change_begin(&change, session, reterr));
	enum rc rc = store_security_material_delete(session->store, tenant, kind->set, name, reterr);
	if (rc == RC_NOT_FOUND) {
		return not_found(kind, name, reterr);
	}
	TRY(rc);
	return change_commit(&change, reterr);
}
