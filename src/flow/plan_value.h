/* SPDX-License-Identifier: Apache-2.0
 * A plan as JSON: so the manager stores it, and the registry ships it. */
#pragma once

#include "flow/plan.h"

/** The plan as JSON, as stored by the manager and shipped in the registry. Owned by the caller. */
struct value *flow_plan_to_value(const struct flow_plan *plan);

/** The reverse. RC_INVALID (err->field names it) when a member is missing, of the wrong type or not
 * allowed. */
MUST_USE enum rc flow_plan_from_value(struct flow_plan **ret, const struct value *v, struct err *reterr);
