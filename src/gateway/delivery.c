/* SPDX-License-Identifier: Apache-2.0
 * From a whole request to its answer: the flow runs and its receivers are called. */
#include "gateway/delivery.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "gateway/forward.h"

static void go_on(struct visit *v);

static void answer(struct visit *v, bool failed)
{
	const struct flow_response *response = flow_run_response(v->run);
	struct http_field *fields = mem_array(response->n_fields + 1, sizeof(*fields));
	for (size_t i = 0; i < response->n_fields; i++) {
		fields[i] = (struct http_field){ response->fields[i].name, response->fields[i].value };
	}
	AUTO_BUF(text, 1024);
	if (failed) {
		(void)buf_printf(&text, "%s (step %s \"%s\")", flow_run_error(v->run),
				 flow_run_step_id(v->run), flow_run_step_name(v->run));
	}
	const struct visit_outcome outcome = { .status = failed ? "FAILED" : "COMPLETED",
					       .http_status = response->status,
					       .reason = failed ? REASON_R509 : REASON_NONE,
					       .text = failed ? buf_c(&text) : NULL,
					       .fields = fields,
					       .n_fields = response->n_fields,
					       .body = response->body };
	visit_answer(v, &outcome);
	mem_free(fields);
}

static void receiver_answered(void *context, enum rc rc, const struct http_client_response *response,
			      const struct err *err)
{
	struct visit *v = context;
	v->call = NULL;
	if (rc != RC_OK) {
		flow_run_answer_failed(v->run, err->text);
		go_on(v);
		return;
	}
	struct flow_field *fields = mem_array(response->n_fields + 1, sizeof(*fields));
	for (size_t i = 0; i < response->n_fields; i++) {
		fields[i] = (struct flow_field){ response->fields[i].name, response->fields[i].value };
	}
	const struct flow_response answer_given = { .status = response->status,
						    .fields = fields,
						    .n_fields = response->n_fields,
						    .body = response->body };
	flow_run_answer(v->run, &answer_given);
	mem_free(fields);
	go_on(v);
}

/* "Basic ..." of a user credential, opened for this one call. */
static enum rc format_basic(struct visit *v, const char *name, struct buf *out, struct err *reterr)
{
	AUTO_BUF_SECRET(plain, 65536);
	AUTO_BUF_SECRET(pair, 65536);
	AUTO_VALUE *credential = NULL;
	struct registry_record record;
	if (!registry_get(v->g->registry, REGISTRY_USER_CREDENTIAL, str_of(v->tenant->name), str_of(name),
			  &record)) {
		return err_set(reterr, RC_NOT_FOUND, "There is no user credential %s.", name);
	}
	TRY(gateway_unseal(v->g, &record, &plain, reterr));
	TRY(value_parse(&credential, buf_str(&plain), 65536, reterr));
	(void)buf_add(&pair, value_get_str(credential, "user"));
	(void)buf_add_char(&pair, ':');
	(void)buf_add(&pair, value_get_str(credential, "password"));
	(void)buf_add_c(out, "Basic ");
	(void)base64_encode(out, buf_str(&pair));
	return RC_OK;
}

static enum rc call_receiver(struct visit *v, struct err *reterr)
{
	const struct flow_call *call = flow_run_call(v->run);
	const struct flow_receiver *receiver = call->receiver;
	AUTO_BUF_SECRET(basic, 131072);
	AUTO_FREE struct http_field *fields = mem_array(call->n_fields + 1, sizeof(*fields));
	struct http_client_request request = { .method = call->method,
					       .url = call->url,
					       .fields = fields,
					       .n_fields = call->n_fields,
					       .body = call->body,
					       .response_timeout_ms = receiver->timeout_ms };
	for (size_t i = 0; i < call->n_fields; i++) {
		fields[i] = (struct http_field){ call->fields[i].name, call->fields[i].value };
	}
	if (receiver->auth == FLOW_RECEIVER_BASIC) {
		TRY(format_basic(v, receiver->credential, &basic, reterr));
		fields[request.n_fields++] = (struct http_field){ STR("authorization"), buf_str(&basic) };
	}
	const char *alias = receiver->auth == FLOW_RECEIVER_CERTIFICATE ? receiver->alias : "";
	if (alias[0] && !str_starts_with(call->url, STR("https:"))) {
		return err_set(reterr, RC_INVALID, "A client certificate needs an https URL.");
	}
	if (str_starts_with(call->url, STR("https:"))) {
		TRY(tenant_client_tls(v->g, v->tenant, alias, &request.tls, reterr));
	}
	return http_client_call(v->g->client, &request, receiver_answered, v, &v->call, reterr);
}

static void go_on(struct visit *v)
{
	for (;;) {
		struct err err = { 0 };
		enum flow_state state = flow_run_step(v->run);
		if (state != FLOW_CALL) {
			answer(v, state == FLOW_FAILED);
			return;
		}
		if (call_receiver(v, &err) == RC_OK) {
			return; /* receiver_answered() goes on */
		}
		flow_run_answer_failed(v->run, err.text);
	}
}

static void copy_fields(struct visit *v, size_t *ret_n)
{
	const struct http_field *fields = http_exchange_fields(v->exchange, ret_n);
	if (v->fields_size < *ret_n) {
		v->fields = mem_resize(v->fields, *ret_n, sizeof(*v->fields));
		v->fields_size = *ret_n;
	}
	for (size_t i = 0; i < *ret_n; i++) {
		v->fields[i] = (struct flow_field){ fields[i].name, fields[i].value };
	}
}

static void run_flow(struct visit *v)
{
	struct flow_request request = {
		.method = http_exchange_method(v->exchange),
		.path = buf_str(&v->path),
		.query = http_exchange_query(v->exchange),
		.body = http_exchange_body(v->exchange),
		.user = str_of(v->caller->identity.candidate->client_id),
		.message_id = str_of(v->id),
		.now = wall_now(),
	};
	copy_fields(v, &request.n_fields);
	request.fields = v->fields;
	(void)buf_add_c(&v->url, "https://");
	(void)buf_add(&v->url, http_exchange_host(v->exchange));
	(void)buf_add(&v->url, http_exchange_path(v->exchange));
	request.url = buf_str(&v->url);
	v->run = flow_run_new(v->endpoint->plan, &request);
	go_on(v);
}

void delivery_start(struct visit *visit)
{
	visit_set_state(visit, VISIT_STATE_DELIVERY);
	if (visit->for_token) {
		forward_token(visit);
	} else {
		run_flow(visit);
	}
}
