/* SPDX-License-Identifier: Apache-2.0
 * What the doctor sees of the registry: the very records that gateways judge by. */
#pragma once

#include "flow/plan.h"
#include "identity/identity.h"
#include "pki/chain.h"
#include "service/service.h"

struct doctor_view;

/** Open the published registry of the service, for one tenant. RC_AGAIN, RC_IO, RC_INVALID. */
MUST_USE enum rc doctor_view_open(struct doctor_view **ret, struct service *service, const char *tenant,
				  struct err *reterr);
/** Close; accepts NULL. */
void doctor_view_close(struct doctor_view *view);
DEFINE_CLEANUP(struct doctor_view, doctor_view_close);

/** Judge a chain by the tenant's anchors and lists. RC_INVALID an anchor cannot be read. */
MUST_USE enum rc doctor_view_judge_chain(struct doctor_view *view, const struct cert_list *chain,
					 struct wall now, struct chain_verdict *ret, struct err *reterr);
/** The service keys that hold a certificate, or one of its names; borrowed from view. */
const struct identity_candidate *doctor_view_candidates(struct doctor_view *view, const struct cert *leaf,
							size_t *ret_n);
/** The endpoint of a URL's raw path, owned plan; NULL when there is none. */
struct flow_plan *doctor_view_endpoint(struct doctor_view *view, struct str raw_path);
