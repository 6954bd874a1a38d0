/* SPDX-License-Identifier: Apache-2.0
 * The SAML trust key pairs over REST. */
#include "api/core/call.h"
#include "api/destination/destination_api.h"
#include "api/destination/destination_call.h"
#include "api/core/key_job.h"
#include "base/memory.h"
#include "service/destination/destination_trust.h"

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
	if (call->request.body.n == 0) {
		return true;
	}
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

static void put(struct call *call, struct key *key)
{
	struct err err = { 0 };
	AUTO_FREE char *pem = NULL;
	enum rc rc =
		service_destination_trust_put(call->session, call->tenant, is_passive(call), key, &pem, &err);
	destination_call_finish(call, rc, 200, certificate_value(pem), &err);
}

void destination_trust_api_make(struct call *call)
{
	if (body_is_empty(call)) {
		key_job(call, JOB_KEY_DEFAULT, put);
	}
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
	if (!body_is_empty(call)) {
		return;
	}
	enum rc rc = service_destination_trust_rotate(call->session, call->tenant, &v, &err);
	destination_call_finish(call, rc, 200, v, &err);
}

void destination_trust_api_clear(struct call *call)
{
	call_answer(call, 200, NULL);
}
