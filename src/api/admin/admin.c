/* SPDX-License-Identifier: Apache-2.0
 * Handlers of /admin/v1 that are answered at once: each hands the call to its use case. */
#include "api/admin/admin.h"

#include "api/core/call.h"
#include "api/core/openapi.h"
#include "base/memory.h"
#include "service/content/artifact.h"
#include "service/authority/authority.h"
#include "service/keystore/credential.h"
#include "service/key/instance.h"
#include "service/key/key_row.h"
#include "service/keystore/keystore.h"
#include "service/keystore/revocation_list.h"
#include "service/monitor/message.h"
#include "service/publish/own_gateway.h"
#include "service/key/role.h"
#include "service/authority/server_certificate.h"
#include "service/key/service_key.h"
#include "service/start/setting.h"
#include "service/publish/setting_row.h"
#include "service/start/subaccount.h"
#include "service/core/tenant.h"
#include "service/token/token_key.h"

/* A use case and what it is given: nothing, parameters of the path, the body, or both. */
#define HANDLER(name, status, call_of_use_case) \
	void name(struct call *call) \
	{ \
		struct err err = { 0 }; \
		struct value *v = NULL; \
		enum rc rc = call_of_use_case; \
		call_finish(call, rc, status, v, &err); \
	}
#define ASK(name, fn) HANDLER(name, 200, fn(call->session, call->tenant, &v, &err))
#define ASK_ONE(name, fn) HANDLER(name, 200, fn(call->session, call->tenant, call->params[0], &v, &err))
#define ASK_TWO(name, fn) \
	HANDLER(name, 200, fn(call->session, call->tenant, call->params[0], call->params[1], &v, &err))
#define MAKE(name, status, fn) HANDLER(name, status, fn(call->session, call->tenant, call->body, &v, &err))
#define CHANGE(name, status, fn) \
	HANDLER(name, status, fn(call->session, call->tenant, call->params[0], call->body, &v, &err))
#define DROP(name, fn) HANDLER(name, 204, fn(call->session, call->tenant, call->params[0], &err))

ASK(admin_ca_show, service_authority_show)
MAKE(admin_ca_sign, 200, service_authority_sign)
MAKE(admin_ca_revoke, 200, service_authority_revoke)
ASK(admin_ca_crl, service_authority_crl)
HANDLER(admin_ca_certificates, 200,
	service_authority_certificates(call->session, call->tenant, &call->page, &v, &err))
/* The server has one set of them, whatever the subaccount. */
HANDLER(admin_ca_server_certificates, 200, service_server_certificate_list(call->session, &v, &err))

ASK(admin_keystore_list, service_keystore_list)
ASK_ONE(admin_keystore_get, service_keystore_get)
MAKE(admin_keystore_rename, 200, service_keystore_rename)
DROP(admin_keystore_delete, service_keystore_delete)
ASK_ONE(admin_keystore_request, service_keystore_request)
CHANGE(admin_keystore_signing_response, 200, service_keystore_signing_response)
ASK(admin_keystore_backup, service_keystore_backup)
ASK(admin_keystore_restore, service_keystore_restore)
ASK(admin_keystore_crls, service_keystore_crls)

void admin_keystore_crl_delete(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	AUTO_FREE char *force = call_query(call, "force");
	enum rc rc = service_keystore_delete_crl(call->session, call->tenant, call->params[0],
						 force && strcmp(force, "true") == 0, &v, &err);
	call_finish(call, rc, 200, v, &err);
}

ASK(admin_credential_list, service_credential_list)
ASK_ONE(admin_credential_get, service_credential_get)
MAKE(admin_credential_put, 200, service_credential_put)
DROP(admin_credential_delete, service_credential_delete)

HANDLER(admin_subaccount_list, 200, service_subaccount_list(call->session, &v, &err))
HANDLER(admin_subaccount_get, 200, service_subaccount_get(call->session, call->params[0], &v, &err))

void admin_subaccount_delete(struct call *call)
{
	struct err err = { 0 };
	AUTO_FREE char *force = call_query(call, "force");
	enum rc rc = service_subaccount_delete(call->session, call->params[0],
					       force && strcmp(force, "true") == 0, &err);
	call_finish(call, rc, 204, NULL, &err);
}

HANDLER(admin_token_key_list, 200, service_token_key_list(call->session, call->tenant, wall_now(), &v, &err))

ASK(admin_role_list, service_role_list)
ASK_ONE(admin_role_get, service_role_get)
MAKE(admin_role_create, 201, service_role_create)
DROP(admin_role_delete, service_role_delete)

ASK(admin_instance_list, service_instance_list)
ASK_ONE(admin_instance_get, service_instance_get)
MAKE(admin_instance_create, 201, service_instance_create)
CHANGE(admin_instance_update, 200, service_instance_update)
DROP(admin_instance_delete, service_instance_delete)

ASK_TWO(admin_key_get, service_key_get)
ASK_TWO(admin_key_credentials, service_key_credentials)
HANDLER(admin_key_add_certificate, 200,
	service_key_add_certificate(call->session, call->tenant, call->params[0], call->params[1], call->body,
				    &v, &err))
HANDLER(admin_key_remove_certificate, 204,
	service_key_remove_certificate(call->session, call->tenant, call->params[0], call->params[1],
				       call->params[2], &err))
HANDLER(admin_key_delete, 204,
	service_key_delete(call->session, call->tenant, call->params[0], call->params[1], &err))

ASK(admin_artifact_list, service_artifact_list)
ASK_ONE(admin_artifact_get, service_artifact_get)
MAKE(admin_artifact_create, 201, service_artifact_create)
DROP(admin_artifact_undeploy, service_artifact_undeploy)

/* A message that is not found may be one that is not in the store yet. */
static void message_get(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_message_get(call->session, call->tenant, call->params[0], &v, &err);
	if (rc == RC_NOT_FOUND && call->behind.code) {
		call_fail(call, &call->behind);
	} else {
		call_finish(call, rc, 200, v, &err);
	}
}

void admin_message_get(struct call *call)
{
	call_messages(call, message_get);
}

ASK(admin_setting_list, service_setting_list)
HANDLER(admin_setting_put, 204, service_setting_put(call->session, call->tenant, call->body, &err))

/* The gateways as the supervisor told of them: number, generation, process, state. */
static struct value *workers_value(const struct api *api)
{
	struct value *array = value_array();
	struct value *member = NULL;
	const char *pid = NULL;
	for (size_t i = 0; value_member(api->workers, i, &pid, &member); i++) {
		value_append(array, value_ref(member));
	}
	return array;
}

void admin_status(struct call *call)
{
	/* Of the CA that issued the server's certificates, which is the default subaccount's. */
	AUTO_FREE char *pem = own_gateway_root_pem(call->session);
	AUTO_FREE char *gateway = service_tenant_url(call->session, "gateway_url", call->tenant);
	AUTO_FREE char *management = service_tenant_url(call->session, "management_url", call->tenant);
	struct value *v = value_object();
	value_set_c(v, "version", POSTERN_VERSION);
	value_set_bool(v, "ready", call->api->ready);
	value_set_c(v, "gateway", gateway);
	value_set_c(v, "management", management);
	value_set_c(v, "subaccount", call->tenant);
	value_set_c(v, "ca_pem", pem);
	value_set(v, "workers", workers_value(call->api));
	call_answer(call, 200, v);
}

void admin_openapi(struct call *call)
{
	call_answer(call, 200, openapi_document());
}

void admin_keystore_export(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	AUTO_FREE char *what = call_query(call, "what");
	enum rc rc = service_keystore_export(call->session, call->tenant, call->params[0],
					     what ? what : "certificate", &v, &err);
	call_finish(call, rc, 200, v, &err);
}

static void message_list(struct call *call)
{
	AUTO_VALUE *query = value_object();
	for (const struct field *field = call->route->query->fields; field->name; field++) {
		AUTO_FREE char *text = call_query(call, field->name);
		if (text) {
			value_set_c(query, field->name, text);
		}
	}
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_message_list(call->session, call->tenant, query, &v, &err);
	const struct http_field behind = { STR("x-postern-warning"), str_of(call->behind.text) };
	if (rc == RC_OK) {
		call_answer_fields(call, 200, &behind, call->behind.code ? 1 : 0, v);
	} else {
		call_fail(call, &err);
	}
}

void admin_message_list(struct call *call)
{
	call_messages(call, message_list);
}
