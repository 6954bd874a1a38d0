/* SPDX-License-Identifier: Apache-2.0
 * The SAML trust key pairs over REST. */
#include "api/api.h"
#include "api/destination_api.h"
#include "api/destination_call.h"
#include "base/memory.h"
#include "helper/job_container.h"
#include "service/destination_trust.h"

static bool is_passive(const struct call *call)
{
	return str_ends_with(str_of(call->route->path), STR("/passive"));
}

static struct value *certificate_value(const char *pem)
{
	struct value *v = value_object();
	value_set_c(v, "certificate", pem);
	return v;
}

/* False: answered, since these calls take no body. */
static bool body_is_empty(struct call *call)
{
	struct err err = { 0 };
	if (http_exchange_body(call->exchange).n == 0)
		return true;
	(void)err_set(&err, RC_INVALID, "Request body should be empty!");
	destination_call_fail(call, &err);
	return false;
}

void destination_trust_api_metadata(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_destination_trust_metadata(call->session, call->tenant, &v, &err);
	destination_call_finish(call, rc, 200, v, &err);
}

void destination_trust_api_get(struct call *call)
{
	struct err err = { 0 };
	AUTO_FREE char *pem = NULL;
	enum rc rc = service_destination_trust_get(call->session, call->tenant, is_passive(call), &pem, &err);
	destination_call_finish(call, rc, 200, certificate_value(pem), &err);
}

static void key_done(void *context, const struct value *answer, const struct err *err)
{
	struct call *call = context;
	struct err failure = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	AUTO_FREE char *pem = NULL;
	call->job = NULL;
	if (!answer) {
		destination_call_fail(call, err);
		return;
	}
	enum rc rc = job_container_bytes(answer, "key", &der, &failure);
	if (rc == RC_OK)
		rc = key_new_der(&key, buf_str(&der), &failure);
	if (rc == RC_OK)
		rc = service_destination_trust_put(call->session, call->tenant, is_passive(call), key, &pem,
						   &failure);
	destination_call_finish(call, rc, 200, certificate_value(pem), &failure);
}

void destination_trust_api_make(struct call *call)
{
	struct value *request;
	if (!body_is_empty(call))
		return;
	request = value_object();
	value_set_c(request, "key_type", "rsa-2048");
	call_job(call, JOB_KEY_GENERATE, request, key_done);
}

void destination_trust_api_delete(struct call *call)
{
	struct err err = { 0 };
	enum rc rc = service_destination_trust_delete(call->session, call->tenant, &err);
	destination_call_finish(call, rc, 200, destination_call_count(1), &err);
}

void destination_trust_api_rotate(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	if (!body_is_empty(call))
		return;
	enum rc rc = service_destination_trust_rotate(call->session, call->tenant, &v, &err);
	destination_call_finish(call, rc, 200, v, &err);
}

void destination_trust_api_clear(struct call *call)
{
	call_answer(call, 200, NULL);
}
