/* SPDX-License-Identifier: Apache-2.0
 * From an admitted request to its answer: the flow runs and its receivers are called.
 * Bodies that the flow does not look at pass through in parts, each side held back while the other is
 * busy. */
#include "gateway/delivery.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "gateway/forward.h"
#include "view/view_sealed.h"

/* A user credential as the registry has it, and "user:password" of it [bytes]. */
#define CREDENTIAL_MAX ((size_t)64 * 1024)

/* Counted at once for an answer whose length is not known;
 * what a flow makes below it is not counted [bytes]. */
#define ANSWER_COUNTED_FIRST ((size_t)64 * 1024)

static void go_on(struct visit *v);

/* Passing bodies through. */

/* The caller's body to the receiver, as far as it takes it. */
static void pass_request(struct visit *v)
{
	struct str part = http_exchange_body(v->exchange);
	if (!v->call || !flow_run_call(v->run)->body_passes) {
		http_exchange_consume(v->exchange, part.n); /* nobody wants it, or any more of it */
		return;
	}
	if (v->request_blocked) {
		return;
	}
	v->request_blocked = !http_call_write(v->call, part);
	http_exchange_consume(v->exchange, part.n);
	if (http_exchange_body_complete(v->exchange)) {
		http_call_finish(v->call);
		v->request_blocked = true; /* once */
	}
}

/* The receiver's body to the caller, as far as it takes it. */
static void pass_answer(struct visit *v)
{
	struct str part = http_call_body(v->call);
	if (v->answer_blocked) {
		return;
	}
	v->written += part.n;
	v->answer_blocked = !http_exchange_write(v->exchange, part);
	http_call_consume(v->call, part.n);
}

void delivery_writable(struct visit *visit)
{
	visit->answer_blocked = false;
	if (visit->call) {
		pass_answer(visit);
	}
}

/* Answering. */

static enum reason failure_of(int status)
{
	return status == 502 ? REASON_R514 : status == 504 ? REASON_R515 : REASON_R509;
}

/* What the flow made may be larger than all that came; it is held until the caller has taken it. */
static enum budget_answer count_made(struct visit *v, uint64_t n)
{
	uint64_t held = http_exchange_held(v->exchange);
	return n > held && n > ANSWER_COUNTED_FIRST ? http_exchange_hold(v->exchange, n - held) : BUDGET_OK;
}

/* The flow has come to its end; true: the answer's body follows in parts. */
static bool answer(struct visit *v, bool failed)
{
	const struct flow_response *response = flow_run_response(v->run);
	AUTO_FREE struct http_field *fields = mem_array(response->n_fields + 1, sizeof(*fields));
	bool whole = !response->body_passes || http_call_body_complete(v->call);
	for (size_t i = 0; i < response->n_fields; i++) {
		fields[i] = (struct http_field){ response->fields[i].name, response->fields[i].value };
	}
	AUTO_BUF(text, 1024);
	if (failed) {
		(void)buf_printf(&text, "%s (step %s \"%s\")", flow_run_error(v->run),
				 flow_run_step_id(v->run), flow_run_step_name(v->run));
	}
	const struct visit_outcome outcome = {
		.status = failed ? "FAILED" : "COMPLETED",
		.http_status = response->status,
		.reason = failed ? failure_of(response->status) : REASON_NONE,
		.text = failed ? buf_c(&text) : NULL,
		.fields = fields,
		.n_fields = response->n_fields,
		.body = response->body_passes && whole ? http_call_body(v->call) : response->body,
		.body_follows = !whole,
		.length = v->head.length,
	};
	if (!whole) {
		return visit_begin(v, &outcome);
	}
	enum budget_answer counted = count_made(v, outcome.body.n);
	if (counted != BUDGET_OK) {
		visit_refuse_unheld(v, counted);
		return false;
	}
	visit_answer(v, &outcome);
	return false;
}

/* Calling a receiver. */

static void receiver_responded(void *context, const struct http_client_response *response)
{
	struct visit *v = context;
	v->head = *response;
	v->response = &v->head;
}

/* The flow gets the answer, whole or with a body that passes. */
static void give_answer(struct visit *v, bool passes)
{
	const struct http_client_response *response = TAKE(v->response);
	AUTO_FREE struct flow_field *fields = mem_array(response->n_fields + 1, sizeof(*fields));
	for (size_t i = 0; i < response->n_fields; i++) {
		fields[i] = (struct flow_field){ response->fields[i].name, response->fields[i].value };
	}
	const struct flow_response given = { .status = response->status,
					     .fields = fields,
					     .n_fields = response->n_fields,
					     .body = passes ? STR("") : buf_str(&v->held),
					     .body_passes = passes };
	flow_run_answer(v->run, &given);
}

/* Count what the flow looks at of an answer before it is kept; doubled, so that it is asked rarely. */
static enum budget_answer count_answer(struct visit *v, uint64_t need)
{
	uint64_t least = v->head.length <= FLOW_MAX_BODY ? v->head.length : ANSWER_COUNTED_FIRST;
	uint64_t size = v->counted ? v->counted * 2 : least;
	if (need <= v->counted) {
		return BUDGET_OK;
	}
	size = size < need ? need : size < FLOW_MAX_BODY ? size : FLOW_MAX_BODY;
	enum budget_answer answer = http_exchange_hold(v->exchange, size - v->counted);
	v->counted = answer == BUDGET_OK ? size : v->counted;
	return answer;
}

static void refuse_answer(struct visit *v, enum budget_answer why)
{
	http_call_cancel(TAKE(v->call));
	v->response = NULL;
	visit_refuse_unheld(v, why);
}

static void receiver_body_arrived(void *context)
{
	struct visit *v = context;
	struct str part = http_call_body(v->call);
	if (v->state == VISIT_STATE_ANSWERING) {
		pass_answer(v);
		return;
	}
	if (flow_run_call(v->run)->answer_passes) {
		give_answer(v, true);
		go_on(v);
		return;
	}
	bool too_large = part.n > FLOW_MAX_BODY - v->held.n;
	enum budget_answer counted = too_large ? BUDGET_OK : count_answer(v, v->held.n + part.n);
	if (counted == BUDGET_OK && !too_large && !buf_add(&v->held, part)) {
		counted = BUDGET_FULL;
	}
	if (counted != BUDGET_OK) {
		refuse_answer(v, counted);
		return;
	}
	if (too_large) {
		http_call_cancel(TAKE(v->call));
		v->response = NULL;
		flow_run_answer_failed(v->run, 502, "the answer is larger than 48 MiB");
		go_on(v);
		return;
	}
	http_call_consume(v->call, part.n); /* receiver_done() goes on */
}

static void receiver_writable(void *context)
{
	struct visit *v = context;
	v->request_blocked = false;
	pass_request(v);
}

static void receiver_done(void *context, enum rc rc, const struct err *err)
{
	struct visit *v = context;
	v->call = NULL;
	if (v->state == VISIT_STATE_ANSWERING) {
		if (rc == RC_OK) {
			visit_finish(v);
		} else {
			visit_break(v, rc == RC_TIMEOUT ? REASON_R515 : REASON_R514, err->text);
		}
		return;
	}
	if (rc == RC_OK) {
		give_answer(v, false);
		buf_fini(&v->held); /* the flow has its own by now */
	} else {
		v->response = NULL;
		flow_run_answer_failed(v->run, rc == RC_TIMEOUT ? 504 : 502, err->text);
	}
	/* What it did not take of the caller's body, nobody will. */
	if (v->endpoint->plan->request_body != FLOW_BODY_HELD) {
		pass_request(v);
	}
	go_on(v);
}

static const struct http_call_handler receiver_handler = {
	.on_response = receiver_responded,
	.on_body = receiver_body_arrived,
	.on_writable = receiver_writable,
	.on_end = receiver_done,
};

/* "Basic ..." of a user credential, opened for this one call. */
static enum rc format_basic(struct visit *v, const char *name, struct buf *out, struct err *reterr)
{
	AUTO_BUF_SECRET(plain, CREDENTIAL_MAX);
	AUTO_BUF_SECRET(pair, CREDENTIAL_MAX);
	AUTO_VALUE *credential = NULL;
	struct registry_record record;
	if (!registry_get(v->g->registry, REGISTRY_USER_CREDENTIAL, str_of(v->tenant->name), str_of(name),
			  &record)) {
		return err_set(reterr, RC_NOT_FOUND, "There is no user credential %s.", name);
	}
	TRY(view_unseal(&v->g->secrets, &record, &plain, reterr));
	TRY(value_parse(&credential, buf_str(&plain), CREDENTIAL_MAX, reterr));
	(void)buf_add(&pair, value_get_str(credential, "user"));
	(void)buf_add_char(&pair, ':');
	(void)buf_add(&pair, value_get_str(credential, "password"));
	(void)buf_add_c(out, "Basic ");
	(void)base64_encode(out, buf_str(&pair));
	return RC_OK;
}

/* How long the caller's body is, which passes through. */
static void describe_body(const struct visit *v, struct http_client_request *request)
{
	request->body_follows = true;
	if (http_exchange_body_complete(v->exchange)) {
		request->body_length = http_exchange_body_received(v->exchange);
	} else if (!http_exchange_declared_length(v->exchange, &request->body_length)) {
		request->body_length = HTTP_LENGTH_UNKNOWN;
	}
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
	request.n_fields = 0;
	for (size_t i = 0; i < call->n_fields; i++) {
		/* The channel's own stands above the caller's, which a flow may let through. */
		if (receiver->auth != FLOW_RECEIVER_BASIC ||
		    !str_equal_nocase(call->fields[i].name, STR("Authorization"))) {
			fields[request.n_fields++] =
				(struct http_field){ call->fields[i].name, call->fields[i].value };
		}
	}
	if (call->body_passes) {
		describe_body(v, &request);
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
	v->request_blocked = true; /* receiver_writable() comes with the connection */
	return http_client_stream(v->g->client, &request, &receiver_handler, v, &v->call, reterr);
}

static void go_on(struct visit *v)
{
	for (;;) {
		struct err err = { 0 };
		enum flow_state state = flow_run_step(v->run);
		if (state != FLOW_CALL) {
			if (answer(v, state == FLOW_FAILED)) {
				pass_answer(v);
			}
			return;
		}
		if (call_receiver(v, &err) == RC_OK) {
			return; /* receiver_body_arrived() or receiver_done() go on */
		}
		flow_run_answer_failed(v->run, 500, err.text);
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
	bool passes = v->endpoint->plan->request_body != FLOW_BODY_HELD;
	struct flow_request request = {
		.method = http_exchange_method(v->exchange),
		.path = buf_str(&v->path),
		.query = http_exchange_query(v->exchange),
		.body = passes ? STR("") : http_exchange_body(v->exchange),
		.body_passes = passes,
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
	v->held = BUF(FLOW_MAX_BODY);
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

void delivery_body_arrived(struct visit *visit)
{
	bool passes = visit->endpoint->plan->request_body == FLOW_BODY_PASSES;
	if (visit->state != VISIT_STATE_BODY) {
		pass_request(visit);
	} else if (passes || http_exchange_body_complete(visit->exchange)) {
		delivery_start(visit); /* what has arrived is passed on when there is a connection */
	} else {
		http_exchange_consume(visit->exchange, http_exchange_body(visit->exchange).n);
	}
}
