/* SPDX-License-Identifier: Apache-2.0
 * Follows the body through a plan without running it. */
#include "flow/passage.h"

#include "flow/expression.h"

/* "${in.body}" alone is the body that is there already. */
static bool replaces_body(const struct flow_step *step)
{
	return step->sets_body && !(step->body_is_expression && expression_is_body(str_of(step->body)));
}

static bool assignments_read(const struct flow_assignment *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].source == FLOW_EXPRESSION && expression_reads_body(str_of(rows[i].value))) {
			return true;
		}
	}
	return false;
}

/* Whether a step looks at the body that reaches it. That a call sends it on is no look. */
static bool reads_body(const struct flow_step *step)
{
	const struct flow_receiver *r = step->receiver;
	if (step->kind == FLOW_STEP_CALL) {
		return expression_reads_body(str_of(r->url)) || expression_reads_body(str_of(r->query)) ||
		       expression_reads_body(str_of(r->method));
	}
	return assignments_read(step->headers, step->n_headers) ||
	       assignments_read(step->properties, step->n_properties) ||
	       (replaces_body(step) && step->body_is_expression && expression_reads_body(str_of(step->body)));
}

/* What becomes of the body that stands before a step. */
static enum flow_body follow(const struct flow_plan *plan, size_t from)
{
	for (size_t i = from; i < plan->n_steps; i++) {
		const struct flow_step *step = &plan->steps[i];
		if (reads_body(step)) {
			return FLOW_BODY_HELD;
		}
		if (step->kind == FLOW_STEP_CALL) {
			return FLOW_BODY_PASSES;
		}
		if (replaces_body(step)) {
			return FLOW_BODY_UNUSED;
		}
	}
	return FLOW_BODY_HELD; /* it is the answer */
}

/* Of a body that is to be the answer: whether it is so unseen. */
static bool reaches_end(const struct flow_plan *plan, size_t from)
{
	for (size_t i = from; i < plan->n_steps; i++) {
		if (replaces_body(&plan->steps[i]) || reads_body(&plan->steps[i])) {
			return false;
		}
	}
	return true;
}

void passage_find(struct flow_plan *plan)
{
	plan->last_call = plan->n_steps;
	for (size_t i = 0; i < plan->n_steps; i++) {
		if (plan->steps[i].kind == FLOW_STEP_CALL) {
			plan->last_call = i;
		}
	}
	plan->request_body = follow(plan, 0);
	plan->answer_body = plan->last_call < plan->n_steps && reaches_end(plan, plan->last_call + 1)
				    ? FLOW_BODY_PASSES
				    : FLOW_BODY_HELD;
}
