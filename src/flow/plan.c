/* SPDX-License-Identifier: Apache-2.0
 * What a plan owns, and how it ends. */
#include "flow/plan.h"

#include "base/memory.h"

static void assignments_free(struct flow_assignment *list, size_t n)
{
	for (size_t i = 0; list && i < n; i++) {
		mem_free(list[i].name);
		mem_free(list[i].value);
		mem_free(list[i].otherwise);
	}
	mem_free(list);
}

static void receiver_free(struct flow_receiver *r)
{
	if (!r) {
		return;
	}
	mem_free(r->name);
	mem_free(r->url);
	mem_free(r->query);
	mem_free(r->method);
	mem_free(r->credential);
	mem_free(r->alias);
	mem_free(r->request_headers);
	mem_free(r->response_headers);
	mem_free(r);
}

void flow_plan_free(struct flow_plan *plan)
{
	if (!plan) {
		return;
	}
	for (size_t i = 0; i < plan->endpoint.n_rows; i++) {
		mem_free(plan->endpoint.rows[i].subject);
		mem_free(plan->endpoint.rows[i].issuer);
	}
	for (size_t i = 0; i < plan->n_steps; i++) {
		struct flow_step *s = &plan->steps[i];
		assignments_free(s->headers, s->n_headers);
		assignments_free(s->properties, s->n_properties);
		receiver_free(s->receiver);
		mem_free(s->id);
		mem_free(s->name);
		mem_free(s->body);
	}
	mem_free(plan->steps);
	mem_free(plan->endpoint.rows);
	mem_free(plan->endpoint.address);
	mem_free(plan->endpoint.role);
	mem_free(plan->allowed_headers);
	mem_free(plan->name);
	mem_free(plan);
}

const struct flow_receiver *flow_plan_receiver(const struct flow_plan *plan, size_t i)
{
	for (size_t k = 0; k < plan->n_steps; k++) {
		if (plan->steps[k].kind == FLOW_STEP_CALL && i-- == 0) {
			return plan->steps[k].receiver;
		}
	}
	return NULL;
}
