/* SPDX-License-Identifier: Apache-2.0
 * Handlers of /admin/v1 that let a job work first: hostile files are opened and keys are made away from the
 * manager. */
#include "api/admin/admin.h"

#include "api/core/call.h"
#include "api/core/key_job.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "helper/job_container.h"
#include "pki/chain/crl.h"
#include "pki/key.h"
#include "service/content/artifact.h"
#include "service/authority/authority.h"
#include "service/broker/binding.h"
#include "service/doctor/check.h"
#include "service/doctor/doctor.h"
#include "service/key/key_order.h"
#include "service/keystore/keystore.h"
#include "service/keystore/revocation_list.h"
#include "service/authority/server_certificate.h"
#include "service/authority/server_renewal.h"
#include "service/key/service_key.h"
#include "service/start/subaccount.h"
#include "service/token/token_key.h"

#define CONTENT_MAX ((size_t)10 * 1024 * 1024)

/* A use case that takes a new key, and the handler that needs one for it. */
#define WITH_KEY(name, status, key_type, call_of_use_case) \
	static void name##_use(struct call *call, struct key *key) \
	{ \
		struct err err = { 0 }; \
		struct value *v = NULL; \
		enum rc rc = call_of_use_case; \
		call_finish(call, rc, status, v, &err); \
	} \
	void name(struct call *call) \
	{ \
		key_job(call, key_type, name##_use); \
	}

static const char *type_asked(const struct call *call)
{
	const char *type = value_get_c(call->body, "key_type");
	return type ? type : JOB_KEY_DEFAULT;
}

static const char *type_of_binding(const struct call *call)
{
	return value_get_bool(call->body, "x509", false) ? JOB_KEY_DEFAULT : NULL;
}

WITH_KEY(admin_ca_issue, 201, type_asked(call),
	 service_authority_issue(call->session, call->tenant, call->body, key, &v, &err))
WITH_KEY(admin_keystore_create, 201, type_asked(call),
	 service_keystore_create(call->session, call->tenant, call->body, key, &v, &err))
WITH_KEY(admin_token_key_rotate, 201, TOKEN_KEY_TYPE,
	 service_token_key_rotate(call->session, call->tenant, key, 0,
				  value_get_bool(call->body, "revoke", false), wall_now(), &v, &err))
WITH_KEY(admin_key_create, 201, service_key_type(call->body),
	 service_key_create(call->session, call->tenant, call->params[0], call->body, key, &v, &err))
WITH_KEY(admin_binding_create, key ? 201 : 200, type_of_binding(call),
	 service_binding_create(call->session, call->tenant, call->body, key, &v, &err))

static void subaccount_create(struct call *call, const struct job_keys *keys)
{
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_subaccount_create(call->session, call->body, keys, &v, &err);
	call_finish(call, rc, 201, v, &err);
}

void admin_subaccount_create(struct call *call)
{
	struct err err = { 0 };
	struct job_key_order order = { 0 };
	if (service_subaccount_key_order(call->session, call->body, &order, &err) == RC_OK) {
		key_job_several(call, &order, subaccount_create);
	} else {
		call_fail(call, &err);
	}
}

static void server_reset(struct call *call, const struct job_keys *keys)
{
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_server_certificate_reset(call->session, keys, &v, &err);
	call_finish(call, rc, 200, v, &err);
}

void admin_ca_server_reset(struct call *call)
{
	struct job_key_order order = { 0 };
	server_renewal_order_all(&order);
	key_job_several(call, &order, server_reset);
}

/* The container that the call's job has opened. */
static enum rc container_taken(const struct call *call, const struct value *answer, struct container **ret,
			       struct err *reterr)
{
	return job_container_from_value(value_get(answer, "entries"), call->session->secret,
					job_container_kind(answer, CONTAINER_PEM), ret, reterr);
}

static enum rc keystore_take(struct call *call, const struct value *answer, struct value **ret,
			     struct err *reterr)
{
	if (value_get_c(answer, "crl")) {
		AUTO_BUF(der, CRL_MAX_BYTES);
		TRY(value_get_base64(answer, "crl", &der, reterr));
		return service_keystore_import_crl(call->session, call->tenant, buf_str(&der), ret, reterr);
	}
	AUTO(container_free_cleanup) struct container *container = NULL;
	TRY(container_taken(call, answer, &container, reterr));
	return service_keystore_import_container(call->session, call->tenant, container, call->body, ret,
						 reterr);
}

static void keystore_import_done(void *context, const struct value *answer, const struct err *err)
{
	struct call *call = context;
	if (!answer) {
		call_fail(call, err);
		return;
	}
	struct err failure = { 0 };
	struct value *v = NULL;
	enum rc rc = keystore_take(call, answer, &v, &failure);
	call_finish(call, rc, 200, v, &failure);
}

/* What a job needs to open a file that came in a body. */
static struct value *open_request(const struct value *body)
{
	static const char *const names[] = { "content", "password", "key_password", "file" };
	struct value *request = value_object();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (value_get_c(body, names[i])) {
			value_set_str(request, names[i], value_get_str(body, names[i]));
		}
	}
	return request;
}

/* The same where its private keys are wanted. */
static struct value *key_store_request(const struct value *body)
{
	struct value *request = open_request(body);
	value_set_bool(request, "keys", true);
	return request;
}

void admin_keystore_import(struct call *call)
{
	call_job(call, JOB_CONTAINER_OPEN, key_store_request(call->body), keystore_import_done);
}

static void server_replace_done(void *context, const struct value *answer, const struct err *err)
{
	struct call *call = context;
	if (!answer) {
		call_fail(call, err);
		return;
	}
	struct err failure = { 0 };
	struct value *v = NULL;
	AUTO(container_free_cleanup) struct container *container = NULL;
	enum rc rc = value_get_c(answer, "crl")
			     ? err_set(&failure, RC_INVALID, "This is a revocation list, no key pair.")
			     : container_taken(call, answer, &container, &failure);
	if (rc == RC_OK) {
		rc = service_server_certificate_replace(call->session, container, &v, &failure);
	}
	call_finish(call, rc, 200, v, &failure);
}

void admin_ca_server_replace(struct call *call)
{
	call_job(call, JOB_CONTAINER_OPEN, key_store_request(call->body), server_replace_done);
}

static void artifact_open_done(void *context, const struct value *answer, const struct err *err)
{
	struct call *call = context;
	if (!answer) {
		call_fail(call, err);
		return;
	}
	struct err failure = { 0 };
	struct value *v = NULL;
	AUTO_BUF(zip, CONTENT_MAX);
	enum rc rc = value_get_base64(call->body, "content", &zip, &failure);
	if (rc == RC_OK) {
		rc = service_artifact_deploy(call->session, call->tenant, buf_str(&zip), answer, &v,
					     &failure);
	}
	call_finish(call, rc, 201, v, &failure);
}

void admin_artifact_deploy(struct call *call)
{
	call_job(call, JOB_BUNDLE_OPEN, open_request(call->body), artifact_open_done);
}

/* Checks and doctors belong to the call, and go with it. */
static void check_done(struct session *session, void *context, const struct value *answer,
		       const struct err *err)
{
	struct call *call = context;
	call->session = session;
	if (answer) {
		call_answer(call, 200, value_copy(answer));
	} else {
		call_fail(call, err);
	}
}

static void check_free(void *state)
{
	service_check_free(state);
}

static void doctor_free(void *state)
{
	service_doctor_free(state);
}

void admin_destination_check(struct call *call)
{
	struct err err = { 0 };
	struct service_check *check = NULL;
	if (service_check_new(&check, call->session, call->tenant, call->params[0], check_done, call, &err) !=
	    RC_OK) {
		call_fail(call, &err);
		return;
	}
	call->state = check;
	call->state_free = check_free;
	service_check_run(check, call->session);
}

static void doctor_run(struct call *call, enum rc rc, struct service_doctor *doctor, const struct err *err)
{
	if (rc != RC_OK) {
		call_fail(call, err);
		return;
	}
	call->state = doctor;
	call->state_free = doctor_free;
	service_doctor_run(doctor, call->session);
}

void admin_destination_doctor(struct call *call)
{
	struct err err = { 0 };
	struct service_doctor *doctor = NULL;
	enum rc rc = service_doctor_new(&doctor, call->session, call->tenant, call->params[0], check_done,
					call, &err);
	doctor_run(call, rc, doctor, &err);
}

void admin_file_doctor(struct call *call)
{
	struct err err = { 0 };
	struct service_doctor *doctor = NULL;
	enum rc rc = service_doctor_new_file(&doctor, call->session, call->tenant, call->body, check_done,
					     call, &err);
	doctor_run(call, rc, doctor, &err);
}

static void message_doctor(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_doctor_message(call->session, call->tenant, call->params[0], &v, &err);
	call_finish(call, rc, 200, v, &err);
}

void admin_message_doctor(struct call *call)
{
	call_messages(call, message_doctor);
}
