/* SPDX-License-Identifier: Apache-2.0
 * User roles that endpoints ask for and instances have. */
#include "service/key/role.h"

#include "base/memory.h"
#include "model/reason.h"
#include "service/core/input.h"
#include "service/publish/publish.h"
#include "store/key/role.h"

#define OWNER_TENANT "Tenant Administrator"

static struct value *role_value(const struct store_role *row)
{
	struct value *v = value_object();
	value_set_c(v, "name", row->name);
	value_set_c(v, "description", row->description);
	value_set_c(v, "owner", row->owner);
	value_set_wall(v, "created", row->created);
	return v;
}

enum rc service_role_list(struct session *session, const char *tenant, struct value **ret, struct err *reterr)
{
	AUTO(store_role_list_fini) struct store_role_list list = { 0 };
	TRY(store_role_list_all(session->store, tenant, &list, reterr));
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		value_append(*ret, role_value(&list.items[i]));
	}
	return RC_OK;
}

enum rc service_role_get(struct session *session, const char *tenant, const char *name, struct value **ret,
			 struct err *reterr)
{
	AUTO(store_role_fini) struct store_role row = { 0 };
	enum rc rc = store_role_get(session->store, tenant, name, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[128];
		(void)err_set(reterr, RC_NOT_FOUND, "There is no role %s.",
			      str_printable(str_of(name), shown, sizeof(shown)));
		return err_field(reterr, "name");
	}
	TRY(rc);
	*ret = role_value(&row);
	return RC_OK;
}

static enum rc check_name(const char *name, struct err *reterr)
{
	AUTO_VALUE *input = value_object();
	value_set_c(input, "name", name);
	return field_text(field_find(&object_role, "name"), input, &name, reterr);
}

static enum rc insert(struct session *session, const char *tenant, const char *name, const char *description,
		      struct err *reterr)
{
	TRY(check_name(name, reterr));
	return store_role_insert(session->store,
				 &(struct store_role){ tenant, name, description, OWNER_TENANT, wall_now() },
				 reterr);
}

enum rc service_role_create(struct session *session, const char *tenant, const struct value *input,
			    struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	const char *name = NULL;
	const char *description = NULL;
	enum rc rc;
	TRY(field_text(field_find(&object_role, "name"), input, &name, reterr));
	TRY(field_text(field_find(&object_role, "description"), input, &description, reterr));
	TRY(change_begin(&change, session, reterr));
	rc = insert(session, tenant, name, description ? description : "", reterr);
	if (rc == RC_EXISTS) {
		(void)err_set(reterr, RC_EXISTS, "The role %s exists already.", name);
		return err_field(reterr, "name");
	}
	TRY(rc);
	TRY(change_commit(&change, reterr));
	*ret = role_value(&(struct store_role){ tenant, name, description ? description : "", OWNER_TENANT,
						wall_now() });
	return RC_OK;
}

/* The instance or artifact that uses a role, in words; NULL when there is none. */
static enum rc find_user(struct session *session, const char *tenant, const char *name, char **ret,
			 struct err *reterr)
{
	AUTO(store_instance_list_fini) struct store_instance_list instances = { 0 };
	AUTO(store_artifact_list_fini) struct store_artifact_list artifacts = { 0 };
	TRY(store_instance_list_all(session->store, tenant, &instances, reterr));
	for (size_t i = 0; i < instances.n && !*ret; i++) {
		AUTO_VALUE *v = publish_instance_value(&instances.items[i]);
		const struct value *roles = value_get(v, "roles");
		if (value_has(roles, str_of(name))) {
			*ret = mem_printf("service instance %s", instances.items[i].name);
		}
	}
	TRY(store_artifact_list_all(session->store, tenant, &artifacts, reterr));
	for (size_t i = 0; i < artifacts.n && !*ret; i++) {
		AUTO_VALUE *plan = NULL;
		TRY(value_parse(&plan, str_of(artifacts.items[i].plan), VALUE_MAX_BYTES, reterr));
		if (str_is(value_get_str(value_get(plan, "endpoint"), "role"), name)) {
			*ret = mem_printf("artifact %s", artifacts.items[i].id);
		}
	}
	return RC_OK;
}

enum rc service_role_delete(struct session *session, const char *tenant, const char *name, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO(store_role_fini) struct store_role row = { 0 };
	AUTO_FREE char *user = NULL;
	TRY(change_begin(&change, session, reterr));
	TRY(store_role_get(session->store, tenant, name, &row, reterr));
	if (strcmp(row.owner, OWNER_TENANT) != 0) {
		return err_set(reterr, RC_DENIED, "The role %s is predefined.", name);
	}
	TRY(find_user(session, tenant, name, &user, reterr));
	if (user) {
		return err_set(reterr, RC_CONFLICT, "The role %s is used by %s.", name, user);
	}
	TRY(store_role_delete(session->store, tenant, name, reterr));
	return change_commit(&change, reterr);
}

enum rc service_role_check(struct session *session, const char *tenant, const char *name, struct err *reterr)
{
	AUTO(store_role_list_fini) struct store_role_list list = { 0 };
	AUTO_BUF(names, 300);
	AUTO_VALUE *evidence = value_object();
	char shown[128];
	TRY(store_role_list_all(session->store, tenant, &list, reterr));
	for (size_t i = 0; i < list.n; i++) {
		if (strcmp(list.items[i].name, name) == 0) {
			return RC_OK;
		}
		if (names.n + strlen(list.items[i].name) + 6 < names.max) {
			(void)buf_printf(&names, "%s%s", i ? ", " : "", list.items[i].name);
		} else if (!str_ends_with(buf_str(&names), STR("..."))) {
			(void)buf_add_c(&names, "...");
		}
	}
	(void)str_printable(str_of(name), shown, sizeof(shown));
	value_set_c(evidence, "role", name);
	(void)reason_err(reterr, RC_INVALID, REASON_S311, evidence);
	if (reterr) {
		struct err kept = *reterr;
		(void)err_set(reterr, RC_INVALID, "The role %s does not exist; there are: %s.", shown,
			      buf_c(&names));
		(void)err_reason(reterr, kept.reason);
		(void)err_fix(reterr, "%s", kept.fix);
	}
	return err_field(reterr, "roles");
}

enum rc service_role_ensure(struct session *session, const char *tenant, const char *name, struct err *reterr)
{
	enum rc rc = insert(session, tenant, name, "", reterr);
	return rc == RC_EXISTS ? RC_OK : rc;
}
