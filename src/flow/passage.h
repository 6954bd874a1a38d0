/* SPDX-License-Identifier: Apache-2.0
 * Which bodies a plan lets pass unseen, so that nobody has to hold them. */
#pragma once

#include "flow/plan.h"

/** Fill request_body, answer_body and last_call of a plan whose steps are complete. */
void passage_find(struct flow_plan *plan);
