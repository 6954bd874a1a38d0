/* SPDX-License-Identifier: Apache-2.0
 * User credentials, secure parameters, OAuth2 client credentials, and access policies, of which there are
 * none. */
#include "api/odata/odata_answer.h"
#include "api/odata/odata_handler.h"
#include "base/memory.h"
#include "service/keystore/credential.h"
#include "service/keystore/security_material.h"

#define USERS "UserCredentials"

static struct value *descriptor(const char *type, const char *by, int64_t ms)
{
	struct value *v = value_object();
	value_set_c(v, "Type", type);
	value_set_c(v, "DeployedBy", by);
	value_set_int(v, "DeployedOn", ms);
	value_set_c(v, "Status", "DEPLOYED");
	return v;
}

static struct value *user_entity(const struct value *credential)
{
	static const char *const names[][2] = { { "Name", "name" },
						{ "User", "user" },
						{ "Kind", "kind" },
						{ "Description", "description" },
						{ "CompanyId", "company" } };
	struct value *v = value_object();
	struct wall modified = { 0 };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		value_set_str(v, names[i][0], value_get_str(credential, names[i][1]));
	}
	(void)!wall_parse(value_get_str(credential, "last_modified"), &modified);
	value_set(v, "SecurityArtifactDescriptor",
		  descriptor("CREDENTIALS", "admin", modified.us / US_PER_MS));
	return v;
}

void odata_credential_list(struct odata_call *oc)
{
	AUTO_VALUE *list = NULL;
	struct err err = { 0 };
	if (service_credential_list(oc->call->session, oc->call->tenant, &list, &err) != RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	struct value *entities = value_array();
	for (size_t i = 0; i < value_count(list); i++) {
		value_append(entities, user_entity(value_at(list, i)));
	}
	odata_answer_many(oc, USERS, entities);
}

void odata_credential_get(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	AUTO_VALUE *v = NULL;
	struct err err = { 0 };
	if (!name) {
		return;
	}
	if (service_credential_get(oc->call->session, oc->call->tenant, name, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_one(oc, 200, USERS, user_entity(v));
	}
}

static void credential_put(struct odata_call *oc, const char *name)
{
	static const char *const names[][2] = { { "User", "user" },
						{ "Password", "password" },
						{ "Kind", "kind" },
						{ "Description", "description" },
						{ "CompanyId", "company" } };
	AUTO_VALUE *input = value_object(), *v = NULL;
	struct err err = { 0 };
	value_set_c(input, "name", name);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (value_get_c(oc->body, names[i][0])) {
			value_set_str(input, names[i][1], value_get_str(oc->body, names[i][0]));
		}
	}
	if (service_credential_put(oc->call->session, oc->call->tenant, input, &v, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, 202);
	}
}

void odata_credential_create(struct odata_call *oc)
{
	const char *name = value_get_c(oc->body, "Name");
	AUTO_VALUE *former = NULL;
	struct err err = { 0 };
	if (name &&
	    service_credential_get(oc->call->session, oc->call->tenant, name, &former, NULL) == RC_OK) {
		(void)err_set(&err, RC_EXISTS, "There is a user credential of this name already.");
		(void)err_field(&err, "Name");
		odata_fail(oc, &err);
		return;
	}
	credential_put(oc, name);
}

void odata_credential_update(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	AUTO_VALUE *former = NULL;
	struct err err = { 0 };
	if (!name) {
		return;
	}
	if (service_credential_get(oc->call->session, oc->call->tenant, name, &former, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		credential_put(oc, name);
	}
}

void odata_credential_delete(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	AUTO_VALUE *former = NULL;
	struct err err = { 0 };
	if (!name) {
		return;
	}
	if (service_credential_get(oc->call->session, oc->call->tenant, name, &former, &err) != RC_OK ||
	    service_credential_delete(oc->call->session, oc->call->tenant, name, &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, 202);
	}
}

/* Secure parameters and OAuth2 client credentials are handled alike; the path says which. */
static const struct security_material_kind *kind_of(const struct odata_call *oc)
{
	bool oauth = strcmp(oc->path.segments[0].name, security_material_oauth.set) == 0;
	return oauth ? &security_material_oauth : &security_material_parameter;
}

static struct value *material_entity(const struct security_material_kind *kind, struct value *v)
{
	int64_t ms = value_get_int(v, "modified_ms", 0);
	const char *by = value_get_c(v, "modified_by");
	if (kind == &security_material_oauth) {
		value_set(v, "SecurityArtifactDescriptor", descriptor("OAUTH2_CLIENT_CREDENTIALS", by, ms));
		if (!value_get(v, "CustomParameters")) {
			value_set(v, "CustomParameters", value_array());
		}
	} else {
		value_set_c(v, "DeployedBy", by);
		value_set_int(v, "DeployedOn", ms);
		value_set_c(v, "Status", "DEPLOYED");
	}
	return v;
}

void odata_material_list(struct odata_call *oc)
{
	struct value *list = NULL;
	struct err err = { 0 };
	if (service_security_material_list(oc->call->session, oc->call->tenant, kind_of(oc), &list, &err) !=
	    RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	for (size_t i = 0; i < value_count(list); i++) {
		(void)material_entity(kind_of(oc), value_at(list, i));
	}
	odata_answer_many(oc, kind_of(oc)->set, list);
}

void odata_material_get(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	struct value *v = NULL;
	struct err err = { 0 };
	if (!name) {
		return;
	}
	if (service_security_material_get(oc->call->session, oc->call->tenant, kind_of(oc), name, &v, &err) !=
	    RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_one(oc, 200, kind_of(oc)->set, material_entity(kind_of(oc), v));
	}
}

static void material_put(struct odata_call *oc, const char *name)
{
	struct err err = { 0 };
	if (service_security_material_put(oc->call->session, oc->call->tenant, kind_of(oc), name, oc->body,
					  odata_user(oc), &err) != RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, 202);
	}
}

void odata_material_create(struct odata_call *oc)
{
	material_put(oc, NULL);
}

void odata_material_update(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	if (name) {
		material_put(oc, name);
	}
}

void odata_material_delete(struct odata_call *oc)
{
	const char *name = odata_key(oc, 0, "Name");
	struct err err = { 0 };
	if (!name) {
		return;
	}
	if (service_security_material_delete(oc->call->session, oc->call->tenant, kind_of(oc), name, &err) !=
	    RC_OK) {
		odata_fail(oc, &err);
	} else {
		odata_answer_empty(oc, 202);
	}
}

/* Access to artifacts is by roles; there are no policies to tell. */
void odata_access_policy_list(struct odata_call *oc)
{
	odata_answer_many(oc, oc->path.segments[0].name, value_array());
}

void odata_access_policy_get(struct odata_call *oc)
{
	struct err err = { 0 };
	(void)err_set(&err, RC_NOT_FOUND, "There is no such access policy.");
	odata_fail(oc, &err);
}
