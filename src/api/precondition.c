/* SPDX-License-Identifier: Apache-2.0
 * What is told of an object is its state: two editors that read the same may write once. */
#include "api/precondition.h"

#include "api/admin.h"
#include "base/memory.h"
#include "http/etag.h"

#include <stdio.h>

#define MAKES "It makes something new, and refuses where that is there."
#define IS_ITS_CONTENT "Its name is the digest of its content, which so cannot be another."
#define ASKS "It changes nothing that is told."

/* Every row of route_table that changes something in /admin/v1 stands here; t_precondition holds it. */
static const struct precondition_object objects[] = {
	{ admin_ca_issue, NULL, MAKES, NULL, false },
	{ admin_ca_sign, NULL, MAKES, NULL, false },
	{ admin_ca_revoke, NULL, "A certificate is revoked for good, whatever was read of it.", NULL, false },
	{ admin_ca_server_replace, admin_ca_server_certificates, NULL, NULL, false },
	{ admin_ca_server_reset, admin_ca_server_certificates, NULL, NULL, false },
	{ admin_keystore_crl_delete, NULL, IS_ITS_CONTENT, NULL, false },
	{ admin_keystore_import, admin_keystore_get, NULL, "alias", false },
	{ admin_keystore_create, admin_keystore_get, NULL, "alias", false },
	{ admin_keystore_rename, admin_keystore_get, NULL, "alias", false },
	{ admin_keystore_backup, admin_keystore_list, NULL, NULL, false },
	{ admin_keystore_restore, admin_keystore_list, NULL, NULL, false },
	{ admin_keystore_delete, admin_keystore_get, NULL, NULL, false },
	{ admin_keystore_request, admin_keystore_get, NULL, NULL, false },
	{ admin_keystore_signing_response, admin_keystore_get, NULL, NULL, false },
	{ admin_credential_put, admin_credential_get, NULL, "name", false },
	{ admin_credential_delete, admin_credential_get, NULL, NULL, false },
	{ admin_subaccount_create, admin_subaccount_get, NULL, "name", false },
	{ admin_subaccount_delete, admin_subaccount_get, NULL, NULL, false },
	{ admin_token_key_rotate, admin_token_key_list, NULL, NULL, false },
	{ admin_role_create, admin_role_get, NULL, "name", false },
	{ admin_role_delete, admin_role_get, NULL, NULL, false },
	{ admin_instance_create, admin_instance_get, NULL, "name", false },
	{ admin_instance_update, admin_instance_get, NULL, NULL, false },
	{ admin_instance_delete, admin_instance_get, NULL, NULL, false },
	{ admin_key_create, NULL, MAKES, NULL, false },
	{ admin_key_delete, admin_key_get, NULL, NULL, false },
	{ admin_key_add_certificate, admin_key_get, NULL, NULL, false },
	{ admin_key_remove_certificate, admin_key_get, NULL, NULL, false },
	{ admin_artifact_deploy, admin_artifact_get, NULL, "id", true },
	{ admin_artifact_create, admin_artifact_get, NULL, "id", false },
	{ admin_artifact_undeploy, admin_artifact_get, NULL, NULL, false },
	{ admin_setting_put, admin_setting_list, NULL, NULL, false },
	{ admin_destination_check, NULL, ASKS, NULL, false },
	{ admin_destination_doctor, NULL, ASKS, NULL, false },
	{ admin_file_doctor, NULL, ASKS, NULL, false },
	{ admin_binding_create, NULL, MAKES, NULL, false },
};

const struct precondition_object *precondition_object_of(const struct route *route)
{
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		if (objects[i].handle == route->handle)
			return &objects[i];
	return NULL;
}

static bool is_of_admin(const struct call *call)
{
	return str_starts_with(str_of(call->route->path), STR("/admin/v1/"));
}

bool precondition_tags(const struct call *call)
{
	return call->route && is_of_admin(call) && strcmp(call->route->method, "GET") == 0;
}

void precondition_tag(struct str body, char ret[PRECONDITION_TAG_SIZE])
{
	char digest[DIGEST_SHA256_TEXT_SIZE];
	(void)snprintf(ret, PRECONDITION_TAG_SIZE, "\"%s\"", digest_sha256_text(body, digest));
}

bool precondition_has(const struct call *call, const char *tag)
{
	return http_etag_listed(call_field(call, "If-None-Match"), tag, true);
}

/* Answer 412, with the field that did not hold. */
static bool refuse(struct call *call, const char *field, const char *text, const char *fix)
{
	struct err err = { 0 };
	(void)err_set(&err, RC_CONFLICT, "%s", text);
	(void)err_field(&err, field);
	if (fix)
		(void)err_fix(&err, "%s", fix);
	call_fail_status(call, 412, &err);
	return false;
}

/* The tag that GET would answer with now, "" where there is nothing. False: the call was answered with what went wrong. */
static bool tag_now(struct call *call, const struct precondition_object *object, const char *name,
		    char ret[PRECONDITION_TAG_SIZE])
{
	char *own = call->params[0];
	AUTO_FREE char *named = name ? mem_strdup(name) : NULL;
	ret[0] = '\0';
	call->params[0] = named ? named : own;
	object->get(call);
	call->params[0] = own;
	int status = call->answer.status;
	ASSERT(status != 0);
	if (status != 200 && status != 404)
		return false;
	if (status == 200)
		precondition_tag(buf_str(&call->answer.body), ret);
	call_answer_clear(&call->answer);
	return true;
}

static const char *name_of(const struct call *call, const struct precondition_object *object,
			   const struct value *found)
{
	const char *name = object->found ? NULL : value_get_c(call->body, object->member);
	return name ? name : value_get_c(found, object->member);
}

static bool judge(struct call *call, struct str match, struct str none, const char *tag)
{
	if (match.p && !tag[0])
		return refuse(call, "If-Match", "What is to be changed is not there.", NULL);
	if (match.p && !http_etag_listed(match, tag, false))
		return refuse(call, "If-Match", "What is to be changed was changed since it was read.",
			      "Read it again; its ETag is the value to send as If-Match.");
	if (none.p && http_etag_listed(none, tag, true))
		return refuse(call, "If-None-Match", "What was not to be there is there.", NULL);
	return true;
}

bool precondition_holds(struct call *call, const struct value *found)
{
	struct str match = call_field(call, "If-Match"), none = call_field(call, "If-None-Match");
	char tag[PRECONDITION_TAG_SIZE];
	if ((!match.p && !none.p) || !is_of_admin(call) || strcmp(call->route->method, "GET") == 0)
		return true;
	const char *field = match.p ? "If-Match" : "If-None-Match";
	const struct precondition_object *object = precondition_object_of(call->route);
	if (!object || !object->get)
		return refuse(call, field, "Nothing that this request changes can be compared.",
			      "Send it without the field.");
	if (object->found && !found)
		return true; /* the name is in the file, which a helper opens first */
	const char *name = object->member ? name_of(call, object, found) : NULL;
	if (object->member && !name)
		return refuse(call, field, "The body names nothing that could be compared.",
			      "Name it in the body, or send the request without the field.");
	return tag_now(call, object, name, tag) && judge(call, match, none, tag);
}
