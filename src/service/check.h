/* SPDX-License-Identifier: Apache-2.0
 * `destination check`: the real call with the real certificate, and three things told apart. */
#pragma once

#include "service/job.h"
#include "service/service.h"

struct service_check;

/**
 * Check a destination of the subaccount: HEAD with its certificate, headers and queries.
 *
 * done  gets {"success","status","reachable","authenticated","authorised","code","text","request_id","certificate_sent","duration_us"};
 *       called from the loop, never inside this call
 *
 * RC_NOT_FOUND no such destination (D410); RC_LIMIT too much is going on. service_check_cancel() before done is allowed.
 */
MUST_USE enum rc service_check_start(struct service *service, struct job_pool *jobs, const char *tenant,
				     const char *name, job_done_fn done, void *context,
				     struct service_check **ret, struct err *reterr);
/** End it without telling; accepts NULL. */
void service_check_cancel(struct service_check *check);

/**
 * The request for an outbound job that calls through a destination.
 *
 * found   answer of service_destination_find()
 * method  of the call
 *
 * RC_INVALID with reason D401, D402, D407 or D411: it cannot be called as it is
 */
MUST_USE enum rc service_check_request(struct service *service, const char *tenant, const struct value *found,
				       const char *method, struct value **ret, struct err *reterr);
/**
 * What an outbound job that calls for a destination trusts, set in its request: Postern's CA, the system's, the destination's
 * trust store, or everything where it says TrustAll. RC_STORE.
 */
MUST_USE enum rc service_check_trust(struct service *service, const char *tenant, const struct value *found,
				     struct value *request, struct err *reterr);
/** What the outbound job's answer, or its error, says about the destination: the JSON that done gets. Owned. */
struct value *service_check_judge(const struct value *answer, const struct err *err);
