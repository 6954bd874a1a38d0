/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as an .iflw; a plan that comes of it must survive its JSON and run to an end. */
#include "flow/bundle/iflw.h"
#include "flow/plan_value.h"
#include "flow/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const struct flow_plan *plan)
{
	static const struct flow_field field = { { "X-Order-Id", 10 }, { "7", 1 } };
	const struct flow_request request = { .method = STR("POST"),
					      .url = STR("https://h/http/a"),
					      .path = STR("/a"),
					      .query = STR("a=b&c=%20"),
					      .fields = &field,
					      .n_fields = 1,
					      .body = STR("body"),
					      .user = STR("u"),
					      .message_id = STR("A") };
	AUTO(flow_run_free_cleanup) struct flow_run *message = flow_run_new(plan, &request);
	for (int i = 0; i < 1000 && flow_run_step(message) == FLOW_CALL; i++) {
		flow_run_answer(message, &(struct flow_response){ .status = 200, .body = STR("answer") });
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = NULL;
	AUTO(flow_plan_free_cleanup) struct flow_plan *again = NULL;
	AUTO_VALUE *parameters = value_object();
	AUTO_VALUE *json = NULL;
	struct err err;
	value_set_c(parameters, "P", "/p");
	if (iflw_parse(STR("fuzz.iflw"), str_from(data, size), parameters, &plan, &err) != RC_OK) {
		return 0;
	}
	json = flow_plan_to_value(plan);
	if (flow_plan_from_value(&again, json, &err) == RC_OK) {
		run(again);
	}
	return 0;
}
