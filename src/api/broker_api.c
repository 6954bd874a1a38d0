/* SPDX-License-Identifier: Apache-2.0
 * The Open Service Broker API: versions and statuses of the specification;
 * the work is done by service/broker/broker. */
#include "api/broker_api.h"

#include "api/core/key_job.h"
#include "base/memory.h"
#include "service/broker/broker.h"
#include "service/broker/broker_catalog.h"

/* = Open Service Broker API 2.17, API Version Header: 2.x is served whatever its minor version is.
 * A call without the header gets the same 412, because that is what platforms and their checkers wait for. */
static bool version_fits(struct call *call)
{
	struct str version = call_field(call, "X-Broker-API-Version");
	uint64_t minor = 0;
	struct err err = { 0 };
	if (version.n > 2 && str_starts_with(version, STR("2.")) &&
	    str_parse_uint(str_skip(version, 2), 10000, &minor) == RC_OK) {
		return true;
	}
	(void)err_set(&err, RC_UNSUPPORTED,
		      "The header X-Broker-API-Version is missing or names no version 2.x, as 2.17.");
	call_fail_status(call, 412, &err);
	return false;
}

/* The broker's own reading of what went wrong; everything is done at once, so nothing is ever under way. */
static int status_of(const struct err *err)
{
	return err->code == RC_LIMIT ? 400 : err->code == RC_EXISTS ? 409 : call_status(err);
}

static void finish(struct call *call, enum rc rc, int status, struct value *take_body, const struct err *err)
{
	if (rc == RC_OK) {
		call_answer(call, status, take_body);
		return;
	}
	value_free(take_body);
	call_fail_status(call, status_of(err), err);
}

void broker_api_provision(struct call *call)
{
	struct err err = { 0 };
	bool made = false;
	if (!version_fits(call)) {
		return;
	}
	enum rc rc = service_broker_provision(call->session, call->tenant, call->params[0], call->body, &made,
					      &err);
	finish(call, rc, made ? 201 : 200, value_object(), &err);
}

/* = Open Service Broker API 2.17, Deprovisioning and Unbinding: what is not there any more is 410;
 * what is in use, 422. */
static void finish_delete(struct call *call, enum rc rc, const struct err *err)
{
	if (rc == RC_NOT_FOUND) {
		call_answer(call, 410, value_object());
	} else if (rc == RC_CONFLICT) {
		call_fail_status(call, 422, err);
	} else {
		finish(call, rc, 200, value_object(), err);
	}
}

/* Nothing is ever under way: what is there has succeeded. */
static void finish_operation(struct call *call, enum rc rc, struct value *take_found, const struct err *err)
{
	struct value *v = value_object();
	value_free(take_found);
	value_set_c(v, "state", "succeeded");
	finish(call, rc, 200, v, err);
}

static enum rc bind(struct call *call, struct key *key, int *ret_status, struct value **ret,
		    struct err *reterr)
{
	bool made = false;
	enum rc rc = service_broker_bind(call->session, call->tenant, call->params[0], call->params[1],
					 call->body, key, &made, ret, reterr);
	*ret_status = made ? 201 : 200;
	return rc;
}

static void bind_with(struct call *call, struct key *key)
{
	struct err err = { 0 };
	struct value *v = NULL;
	int status = 201;
	enum rc rc = bind(call, key, &status, &v, &err);
	finish(call, rc, status, v, &err);
}

void broker_api_bind(struct call *call)
{
	struct err err = { 0 };
	const char *type = NULL;
	if (!version_fits(call)) {
		return;
	}
	enum rc rc = service_broker_key_type(call->session, call->tenant, call->params[0], call->params[1],
					     call->body, &type, &err);
	if (rc == RC_OK) {
		key_job(call, type, bind_with);
	} else {
		finish(call, rc, 201, NULL, &err);
	}
}

void broker_api_update(struct call *call)
{
	struct err err = { 0 };
	if (!version_fits(call)) {
		return;
	}
	enum rc rc = service_broker_update(call->session, call->tenant, call->params[0], call->body, &err);
	finish(call, rc, 200, value_object(), &err);
}

/* A use case that reads, and how its outcome is answered. */
#define HANDLER(name, call_of_use_case, answer) \
	void name(struct call *call) \
	{ \
		struct err err = { 0 }; \
		struct value *v = NULL; \
		if (!version_fits(call)) \
			return; \
		enum rc rc = call_of_use_case; \
		answer; \
	}
#define INSTANCE call->session, call->tenant, call->params[0]
#define BINDING call->session, call->tenant, call->params[0], call->params[1]

HANDLER(broker_api_catalog, broker_catalog(call->session, call->tenant, &v, &err),
	finish(call, rc, 200, v, &err))
HANDLER(broker_api_instance, service_broker_instance(INSTANCE, &v, &err), finish(call, rc, 200, v, &err))
HANDLER(broker_api_instance_operation, service_broker_instance(INSTANCE, &v, &err),
	finish_operation(call, rc, v, &err))
HANDLER(broker_api_binding, service_broker_binding(BINDING, &v, &err), finish(call, rc, 200, v, &err))
HANDLER(broker_api_binding_operation, service_broker_binding(BINDING, &v, &err),
	finish_operation(call, rc, v, &err))

/* A use case that deletes, with the catalog's ids of the query. */
#define DELETE(name, call_of_use_case) \
	void name(struct call *call) \
	{ \
		struct err err = { 0 }; \
		AUTO_FREE char *service_id = call_query(call, "service_id"); \
		AUTO_FREE char *plan_id = call_query(call, "plan_id"); \
		if (!version_fits(call)) \
			return; \
		enum rc rc = call_of_use_case; \
		finish_delete(call, rc, &err); \
	}

DELETE(broker_api_deprovision, service_broker_deprovision(INSTANCE, service_id, plan_id, &err))
DELETE(broker_api_unbind, service_broker_unbind(BINDING, service_id, plan_id, &err))
