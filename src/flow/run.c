/* SPDX-License-Identifier: Apache-2.0
 * A message walks through the steps of its plan and stops where the world has to be asked. */
#include "flow/run.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "flow/address.h"
#include "flow/expression.h"
#include "flow/filter.h"
#include "flow/border.h"

#include <stdio.h>

/** Where a run stands; flow_run_step() is the only one that leaves READY. */
enum position {
	READY,   /* at plan->steps[next] */
	CALLING, /* waits for flow_run_answer() */
	ENDED,
};

struct flow_run {
	const struct flow_plan *plan;
	struct flow_request request;
	enum position position;
	enum flow_state outcome; /* once ENDED */
	size_t next;
	const struct flow_step *at; /* step it is in; NULL before the first */
	struct flow_fields headers, properties;
	struct str body;  /* the request's, or the contents of owned; empty while body_passes */
	bool body_passes; /* it is somebody else's, and nobody looks at it */
	struct buf owned; /* body that the flow or a receiver made */
	struct buf url, method;
	struct flow_call call;
	struct flow_response response;
	struct flow_field *fields; /* of call or response; texts belong to headers */
	struct buf text;           /* of a failure */
	char error[512];
};

static struct str get_header(void *context, struct str name)
{
	return flow_fields_get(&((struct flow_run *)context)->headers, name);
}

static struct str get_property(void *context, struct str name)
{
	return flow_fields_get(&((struct flow_run *)context)->properties, name);
}

static struct expression_scope scope_of(struct flow_run *run)
{
	return (struct expression_scope){ .context = run,
					  .header = get_header,
					  .property = get_property,
					  .body = run->body,
					  .exception = str_of(run->error),
					  .flow_id = str_of(run->plan->name),
					  .exchange_id = run->request.message_id,
					  .now = run->request.now };
}

/* What is set is of the request or the plan, both of which outlive the run. */
static void set_header(struct flow_run *run, const char *name, struct str value)
{
	flow_fields_set_borrowed(&run->headers, str_of(name), value);
}

static void take_caller_fields(struct flow_run *run)
{
	struct str allowed = str_of(run->plan->allowed_headers);
	for (size_t i = 0; i < run->request.n_fields; i++) {
		struct flow_field f = run->request.fields[i];
		/* Without its type a body means nothing, so that one needs no permission. */
		bool is_type = str_equal_nocase(f.name, STR("Content-Type"));
		bool enters = border_may_enter(allowed, f.name) &&
			      !border_is_nominated(run->request.fields, run->request.n_fields, f.name);
		if (is_type || enters) {
			flow_fields_append(&run->headers, f.name, f.value);
		}
	}
}

/** Each query parameter becomes a header where the allowed list has its name. */
static void take_query(struct flow_run *run)
{
	struct str rest = run->request.query, pair;
	struct str allowed = str_of(run->plan->allowed_headers);
	if (rest.n == 0 || allowed.n == 0) {
		return;
	}
	while (str_split(&rest, '&', &pair) && !run->headers.overflow) {
		size_t at = str_find(pair, '=');
		AUTO_BUF(name, pair.n + 1);
		AUTO_BUF(value, pair.n + 1);
		if (pair.n == 0 || percent_decode(&name, str_first(pair, at), true) != RC_OK ||
		    percent_decode(&value, str_skip(pair, at + 1), true) != RC_OK) {
			continue;
		}
		if (border_may_enter(allowed, buf_str(&name))) {
			flow_fields_append(&run->headers, buf_str(&name), buf_str(&value));
		}
	}
}

/** Source: SAP, HTTPS sender adapter, "Headers"; names as Apache Camel has them. */
static void set_runtime_headers(struct flow_run *run)
{
	const struct flow_request *r = &run->request;
	struct str address = str_of(run->plan->endpoint.address), rest = STR("");
	bool wildcard = str_ends_with(address, STR("/*"));
	(void)address_match(address, r->path, &rest);
	set_header(run, "CamelHttpUrl", r->url);
	set_header(run, "CamelHttpMethod", r->method);
	set_header(run, "CamelServletContextPath", wildcard ? str_first(address, address.n - 2) : address);
	set_header(run, "CamelHttpPath", rest);
	if (r->query.n > 0) {
		set_header(run, "CamelHttpQuery", r->query);
	}
	set_header(run, "SapAuthenticatedUserName", r->user);
	set_header(run, "SAP_MessageProcessingLogID", r->message_id);
	set_header(run, "SAP_MplCorrelationId", r->correlation_id.n > 0 ? r->correlation_id : r->message_id);
}

struct flow_run *flow_run_new(const struct flow_plan *plan, const struct flow_request *request)
{
	struct flow_run *run = mem_alloc(sizeof(*run));
	run->plan = plan;
	run->request = *request;
	run->headers.nocase = true;
	run->body = request->body;
	run->body_passes = request->body_passes;
	buf_init(&run->owned, FLOW_MAX_BODY);
	buf_init(&run->url, FLOW_MAX_URL);
	buf_init(&run->method, 64);
	buf_init(&run->text, 4096);
	take_caller_fields(run);
	take_query(run);
	set_runtime_headers(run);
	return run;
}

void flow_run_free(struct flow_run *run)
{
	if (!run) {
		return;
	}
	flow_fields_fini(&run->headers);
	flow_fields_fini(&run->properties);
	buf_fini(&run->owned);
	buf_fini(&run->url);
	buf_fini(&run->method);
	buf_fini(&run->text);
	mem_free(run->fields);
	mem_free(run);
}

/** Collect the headers that pass a border into run->fields; list NULL lets all pass that may. */
static size_t collect_fields(struct flow_run *run, bool (*may_pass)(struct flow_field), const char *list)
{
	size_t n = 0;
	mem_free(run->fields);
	run->fields = mem_array(run->headers.n + 1, sizeof(*run->fields));
	for (size_t i = 0; i < run->headers.n; i++) {
		struct flow_field f = run->headers.items[i].field;
		bool is_type = str_equal_nocase(f.name, STR("Content-Type"));
		if (may_pass(f) && (!list || is_type || filter_match(str_of(list), f.name))) {
			run->fields[n++] = f;
		}
	}
	return n;
}

static enum flow_state fail_with(struct flow_run *run, int status, const char *why)
{
	static const struct flow_field type = { { "Content-Type", 12 }, { "text/plain", 10 } };
	(void)snprintf(run->error, sizeof(run->error), "%s", why);
	buf_clear(&run->text);
	if (run->plan->return_exception) {
		(void)buf_add_c(&run->text, run->error);
	} else {
		/* "occured": so spelled on the tenants that senders were written against. */
		(void)buf_printf(
			&run->text,
			"An internal server error occured: The MPL ID for the failed message is : %.*s\n"
			"For more details please check tail log.",
			STR_ARG(run->request.message_id));
	}
	run->response = (struct flow_response){
		.status = status, .fields = &type, .n_fields = 1, .body = buf_str(&run->text)
	};
	run->position = ENDED;
	return run->outcome = FLOW_FAILED;
}

static enum flow_state fail(struct flow_run *run, const char *why)
{
	return fail_with(run, 500, why);
}

static int status_of(struct str code)
{
	uint64_t n = 0;
	if (code.p && str_parse_uint(str_trim(code), 599, &n) == RC_OK && n >= 200) {
		return (int)n;
	}
	return 200;
}

static enum flow_state finish(struct flow_run *run)
{
	run->response.status = status_of(flow_fields_get(&run->headers, STR("CamelHttpResponseCode")));
	run->response.n_fields = collect_fields(run, border_may_leave, NULL);
	run->response.fields = run->fields;
	run->response.body = run->body;
	run->response.body_passes = run->body_passes;
	run->position = ENDED;
	return run->outcome = FLOW_DONE;
}

/** The value of one row; scratch holds it when an expression makes it. */
static enum rc evaluate(struct flow_run *run, const struct flow_assignment *a, struct buf *scratch,
			struct str *ret, struct err *err)
{
	struct expression_scope scope;
	switch (a->source) {
	case FLOW_CONSTANT: *ret = str_of(a->value); break;
	case FLOW_HEADER: *ret = flow_fields_get(&run->headers, str_of(a->value)); break;
	case FLOW_PROPERTY: *ret = flow_fields_get(&run->properties, str_of(a->value)); break;
	case FLOW_EXPRESSION:
		scope = scope_of(run);
		TRY(expression_format(str_of(a->value), &scope, scratch, err));
		*ret = buf_str(scratch);
		break;
	}
	if (ret->n == 0) {
		*ret = str_of(a->otherwise);
	}
	return RC_OK;
}

static enum rc assign(struct flow_run *run, struct flow_fields *fields, const struct flow_assignment *a,
		      struct err *err)
{
	AUTO_BUF(scratch, FLOW_MAX_BODY);
	struct str value = STR("");
	if (a->remove) {
		flow_fields_remove(fields, str_of(a->name));
		return RC_OK;
	}
	TRY(evaluate(run, a, &scratch, &value, err));
	flow_fields_set(fields, str_of(a->name), value);
	return fields->overflow ? err_set(err, RC_LIMIT,
					  "The message has too many or too large headers or properties.")
				: RC_OK;
}

static enum rc set_body(struct flow_run *run, const struct flow_step *step, struct err *err)
{
	struct buf made = BUF(FLOW_MAX_BODY);
	struct expression_scope scope = scope_of(run);
	enum rc rc;
	if (step->body_is_expression && expression_is_body(str_of(step->body))) {
		return RC_OK; /* it is there already */
	}
	run->body_passes = false;
	if (!step->body_is_expression) {
		run->body = str_of(step->body);
		return RC_OK;
	}
	rc = expression_format(str_of(step->body), &scope, &made, err);
	if (rc != RC_OK) {
		buf_fini(&made);
		return rc;
	}
	buf_fini(&run->owned);
	run->owned = made;
	run->body = (struct str){ buf_c(&run->owned), run->owned.n };
	return RC_OK;
}

static enum rc modify(struct flow_run *run, const struct flow_step *step, struct err *err)
{
	for (size_t i = 0; i < step->n_headers; i++) {
		TRY(assign(run, &run->headers, &step->headers[i], err));
	}
	for (size_t i = 0; i < step->n_properties; i++) {
		TRY(assign(run, &run->properties, &step->properties[i], err));
	}
	return step->sets_body ? set_body(run, step, err) : RC_OK;
}

/** Append url part with everything encoded that has no place in a request target. */
static enum rc add_url(struct flow_run *run, struct str part, struct err *err)
{
	/* = RFC 3986: no delimiter and not unreserved, and "#", which would end the query. */
	static const struct str encoded = { "\"<>\\^`{|}#", sizeof("\"<>\\^`{|}#") - 1 };
	for (size_t i = 0; i < part.n; i++) {
		unsigned char c = (unsigned char)part.p[i];
		bool plain = c > ' ' && c < 0x7f && str_find(encoded, (char)c) == encoded.n;
		if (c < ' ' || c == 0x7f) {
			return err_set(err, RC_INVALID, "The receiver's address holds a control character.");
		}
		(void)(plain ? buf_add_char(&run->url, (char)c) : buf_printf(&run->url, "%%%02X", c));
	}
	return run->url.overflow ? err_set(err, RC_LIMIT, "The receiver's address is too long.") : RC_OK;
}

static enum rc make_url(struct flow_run *run, const struct flow_receiver *r, struct err *err)
{
	struct expression_scope scope = scope_of(run);
	AUTO_BUF(url, FLOW_MAX_URL);
	AUTO_BUF(query, FLOW_MAX_URL);
	struct str text;
	buf_clear(&run->url);
	TRY(expression_format(str_of(r->url), &scope, &url, err));
	TRY(expression_format(str_of(r->query), &scope, &query, err));
	text = str_trim(buf_str(&url));
	if (!str_equal_nocase(str_first(text, 8), STR("https://")) &&
	    !str_equal_nocase(str_first(text, 7), STR("http://"))) {
		return err_set(err, RC_INVALID,
			       "The receiver's address does not begin with http:// or https://.");
	}
	TRY(add_url(run, text, err));
	if (query.n == 0) {
		return RC_OK;
	}
	TRY(add_url(run, str_find(text, '?') < text.n ? STR("&") : STR("?"), err));
	return add_url(run, buf_str(&query), err);
}

static enum rc make_method(struct flow_run *run, const struct flow_receiver *r, struct err *err)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" };
	struct expression_scope scope = scope_of(run);
	struct str method;
	buf_clear(&run->method);
	TRY(expression_format(str_of(r->method), &scope, &run->method, err));
	method = str_trim(buf_str(&run->method));
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (str_equal_nocase(method, str_of(methods[i]))) {
			run->call.method = str_of(methods[i]);
			return RC_OK;
		}
	}
	return err_set(err, RC_INVALID, "The receiver's method is none that is served.");
}

static bool carries_body(struct str method)
{
	return str_is(method, "POST") || str_is(method, "PUT") || str_is(method, "PATCH");
}

static enum rc prepare_call(struct flow_run *run, const struct flow_step *step, struct err *err)
{
	const struct flow_receiver *r = step->receiver;
	run->call = (struct flow_call){ .receiver = r, .step_id = str_of(step->id) };
	TRY(make_url(run, r, err));
	TRY(make_method(run, r, err));
	run->call.url = buf_str(&run->url);
	bool carries = r->send_body || carries_body(run->call.method);
	run->call.body = carries ? run->body : STR("");
	run->call.body_passes = carries && run->body_passes;
	run->call.answer_passes =
		run->plan->answer_body == FLOW_BODY_PASSES && step == &run->plan->steps[run->plan->last_call];
	run->body_passes = false;
	run->call.n_fields = collect_fields(run, border_may_call, r->request_headers);
	run->call.fields = run->fields;
	run->position = CALLING;
	return RC_OK;
}

enum flow_state flow_run_step(struct flow_run *run)
{
	struct err err = { 0 };
	if (run->headers.overflow && run->position == READY) {
		return fail(run, "The message has too many or too large headers.");
	}
	while (run->position == READY && run->next < run->plan->n_steps) {
		const struct flow_step *step = &run->plan->steps[run->next++];
		enum rc rc;
		run->at = step;
		rc = step->kind == FLOW_STEP_CALL ? prepare_call(run, step, &err) : modify(run, step, &err);
		if (rc != RC_OK) {
			return fail(run, err.text);
		}
	}
	if (run->position == CALLING) {
		return FLOW_CALL;
	}
	return run->position == ENDED ? run->outcome : finish(run);
}

const struct flow_call *flow_run_call(const struct flow_run *run)
{
	return &run->call;
}

static void take_answer_fields(struct flow_run *run, const struct flow_response *answer)
{
	struct str list = str_of(run->call.receiver->response_headers);
	/* They spoke about the body that is gone. */
	flow_fields_remove(&run->headers, STR("Content-Type"));
	flow_fields_remove(&run->headers, STR("Content-Encoding"));
	flow_fields_remove(&run->headers, STR("Content-Language"));
	for (size_t i = 0; i < answer->n_fields; i++) {
		struct str name = answer->fields[i].name;
		bool about_body = str_equal_nocase(name, STR("Content-Type")) ||
				  str_equal_nocase(name, STR("Content-Encoding"));
		/* The message keeps headers of its own; an answer's header replaces them, its repetitions add
		 * up. */
		bool first = true;
		for (size_t k = 0; k < i && first; k++) {
			first = !str_equal_nocase(answer->fields[k].name, name);
		}
		if (!border_may_return(name) || (!about_body && !filter_match(list, name)) ||
		    border_is_nominated(answer->fields, answer->n_fields, name)) {
			continue;
		}
		if (first) {
			flow_fields_set(&run->headers, name, answer->fields[i].value);
		} else {
			flow_fields_append(&run->headers, name, answer->fields[i].value);
		}
	}
}

void flow_run_answer(struct flow_run *run, const struct flow_response *answer)
{
	char code[16];
	struct buf made = BUF(FLOW_MAX_BODY);
	ASSERT(run->position == CALLING);
	(void)snprintf(code, sizeof(code), "%d", answer->status);
	if (run->call.receiver->throw_on_failure && answer->status >= 400) {
		char text[512];
		struct str url = str_first(run->call.url, str_find(run->call.url, '?'));
		(void)snprintf(text, sizeof(text), "HTTP operation failed invoking %.*s with statusCode: %d",
			       (int)(url.n > 300 ? 300 : url.n), url.p, answer->status);
		(void)fail(run, text);
		return;
	}
	if (answer->body_passes) {
		ASSERT(run->call.answer_passes);
		run->body_passes = true;
	} else if (!buf_add(&made, answer->body)) {
		buf_fini(&made);
		(void)fail(run, "The receiver's answer is too large.");
		return;
	}
	buf_fini(&run->owned);
	run->owned = made;
	run->body = (struct str){ buf_c(&run->owned), run->owned.n };
	take_answer_fields(run, answer);
	flow_fields_set(&run->headers, STR("CamelHttpResponseCode"), str_of(code));
	run->position = READY;
}

void flow_run_answer_failed(struct flow_run *run, int status, const char *why)
{
	char text[512];
	struct str url = str_first(run->call.url, str_find(run->call.url, '?'));
	ASSERT(run->position == CALLING);
	(void)snprintf(text, sizeof(text), "Calling %.*s failed: %s", (int)(url.n > 200 ? 200 : url.n), url.p,
		       why);
	(void)fail_with(run, status, text);
}

const struct flow_response *flow_run_response(const struct flow_run *run)
{
	return &run->response;
}

const char *flow_run_error(const struct flow_run *run)
{
	return run->error;
}

const char *flow_run_step_id(const struct flow_run *run)
{
	return run->at ? run->at->id : "";
}

const char *flow_run_step_name(const struct flow_run *run)
{
	return run->at ? run->at->name : "";
}
