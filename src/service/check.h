/* SPDX-License-Identifier: Apache-2.0
 * `destination check`: the real call with the real certificate, and three things told apart. */
#pragma once

#include "helper/job.h"
#include "service/service.h"

struct service_check;

/**
 * Check a destination of the subaccount: the token of an OAuth destination, then HEAD with its certificate, headers and queries.
 *
 * done  gets {"success","status","reachable","authenticated","authorised","code","text","request_id","certificate_sent","duration_us"};
 *       called from the loop, never inside this call
 *
 * RC_NOT_FOUND no such destination (D410); RC_LIMIT too much is going on. service_check_cancel() before done is allowed.
 */
MUST_USE enum rc service_check_start(struct session *session, struct job_pool *jobs, const char *tenant,
				     const char *name, job_done_fn done, void *context,
				     struct service_check **ret, struct err *reterr);
/** End it without telling; accepts NULL. */
void service_check_cancel(struct service_check *check);

/**
 * What a job that calls for a destination trusts, set in its request: outbound_plan_trust() with the subaccount's own CA.
 * RC_STORE, RC_INVALID.
 */
MUST_USE enum rc service_check_trust(struct session *session, const char *tenant, const struct value *found,
				     struct value *request, struct err *reterr);
/** What the outbound job's answer, or its error, says about the destination: the JSON that done gets. Owned. */
struct value *service_check_judge(const struct value *answer, const struct err *err);
