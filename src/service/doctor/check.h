/* SPDX-License-Identifier: Apache-2.0
 * `destination check`: the real call with the real certificate, and three things told apart. */
#pragma once

#include "service/work/work.h"

struct service_check;

/**
 * Make ready to check a destination of the subaccount: the token of an OAuth destination, then HEAD with its
 * certificate, headers and queries.
 *
 * done  gets {"success","status","reachable","authenticated","authorised","code","text","request_id",
 *       "certificate_sent","duration_us"}, borrowed; always an answer
 *
 * RC_NOT_FOUND no such destination (D410). Free with service_check_free(), not before done was called, or the
 * work was left.
 */
MUST_USE enum rc service_check_new(struct service_check **ret, struct session *session, const char *tenant,
				   const char *name, need_done_fn done, void *context, struct err *reterr);
/** Check, as the last thing that a use case does: done is called at once, or when what it needs is there. */
void service_check_run(struct service_check *check, struct session *session);
/** Free; accepts NULL. */
void service_check_free(struct service_check *check);
/**
 * What a job that calls for a destination trusts, set in its request:
 * outbound_plan_trust() with the subaccount's own CA.
 * RC_STORE, RC_INVALID.
 */
MUST_USE enum rc service_check_trust(struct session *session, const char *tenant, const struct value *found,
				     struct value *request, struct err *reterr);
/** What the outbound job's answer, or its error, says about the destination: the JSON that done gets.
 * Owned. */
struct value *service_check_judge(const struct value *answer, const struct err *err);
