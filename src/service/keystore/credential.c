/* SPDX-License-Identifier: Apache-2.0
 * User credentials that receivers use for Basic authentication; the password is sealed and never told. */
#include "service/keystore/credential.h"

#include "base/memory.h"
#include "service/core/input.h"
#include "service/publish/publish.h"
#include "service/publish/publish_receiver.h"
#include "store/keystore/credential.h"

#define MAX_TEXT 200
#define MAX_DESCRIPTION 1024
#define MAX_SEALED 1024

static struct value *credential_value(const struct store_credential *row)
{
	struct value *v = value_object();
	value_set_c(v, "name", row->name);
	value_set_c(v, "user", row->user_name);
	value_set_c(v, "kind", row->kind ? row->kind : "default");
	value_set_c(v, "description", row->description ? row->description : "");
	value_set_c(v, "company", row->company ? row->company : "");
	value_set_wall(v, "last_modified", row->modified);
	return v;
}

enum rc service_credential_list(struct session *session, const char *tenant, struct value **ret,
				struct err *reterr)
{
	AUTO(store_credential_list_fini) struct store_credential_list list = { 0 };
	TRY(store_credential_list_all(session->store, tenant, &list, reterr));
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		value_append(*ret, credential_value(&list.items[i]));
	}
	return RC_OK;
}

static enum rc read_texts(const struct value *input, struct store_credential *row, const char **ret_password,
			  struct err *reterr)
{
	const struct object *object = &object_credential;
	TRY(field_text(field_find(object, "name"), input, &row->name, reterr));
	TRY(field_text(field_find(object, "user"), input, &row->user_name, reterr));
	TRY(field_text(field_find(object, "password"), input, ret_password, reterr));
	TRY(field_text(field_find(object, "kind"), input, &row->kind, reterr));
	TRY(field_text(field_find(object, "description"), input, &row->description, reterr));
	return field_text(field_find(object, "company"), input, &row->company, reterr);
}

enum rc service_credential_get(struct session *session, const char *tenant, const char *name,
			       struct value **ret, struct err *reterr)
{
	AUTO(store_credential_fini) struct store_credential row = { 0 };
	enum rc rc = store_credential_get(session->store, tenant, name, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[128];
		(void)err_set(reterr, RC_NOT_FOUND, "There is no user credential %s.",
			      str_printable(str_of(name), shown, sizeof(shown)));
		return err_field(reterr, "name");
	}
	TRY(rc);
	*ret = credential_value(&row);
	return RC_OK;
}

enum rc service_credential_put(struct session *session, const char *tenant, const struct value *input,
			       struct value **ret, struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_BUF(sealed, MAX_SEALED);
	AUTO_FREE char *user = NULL;
	const char *password = NULL;
	struct store_credential row = { .tenant = tenant, .modified = wall_now() };
	TRY(read_texts(input, &row, &password, reterr));
	TRY(service_seal(session, tenant, "credential", row.name, str_of(password), &sealed, reterr));
	row.password = buf_str(&sealed);
	TRY(change_begin(&change, session, reterr));
	TRY(store_credential_put(session->store, &row, reterr));
	TRY(publish_find_user(session, tenant, row.name, false, &user, reterr));
	if (user) {
		TRY(publish_receivers(&change, tenant, reterr));
	}
	TRY(change_commit(&change, reterr));
	*ret = credential_value(&row);
	return RC_OK;
}

enum rc service_credential_delete(struct session *session, const char *tenant, const char *name,
				  struct err *reterr)
{
	AUTO_CHANGE change = { 0 };
	AUTO_FREE char *user = NULL;
	TRY(change_begin(&change, session, reterr));
	TRY(publish_find_user(session, tenant, name, false, &user, reterr));
	if (user) {
		return err_set(reterr, RC_CONFLICT, "The artifact %s uses the credential.", user);
	}
	TRY(store_credential_delete(session->store, tenant, name, reterr));
	return change_commit(&change, reterr);
}
