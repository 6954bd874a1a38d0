/* SPDX-License-Identifier: Apache-2.0
 * A plan as JSON and back; what comes back is checked as if a stranger had sent it. */
#include "flow/plan_value.h"

#include "base/memory.h"
#include "flow/address.h"
#include "flow/expression.h"
#include "flow/filter.h"
#include "flow/passage.h"

#define MAX_STEPS 1000
#define MAX_ASSIGNMENTS 1000
#define MAX_ROWS 1000

static const char *const SOURCES[] = { "constant", "expression", "header", "property" };
static const char *const RECEIVER_AUTHS[] = { "none", "basic", "certificate" };

static struct value *assignments_to_value(const struct flow_assignment *list, size_t n)
{
	struct value *array = value_array();
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_object();
		value_set_c(v, "name", list[i].name);
		if (list[i].remove) {
			value_set_bool(v, "remove", true);
		} else {
			value_set_c(v, "source", SOURCES[list[i].source]);
			value_set_c(v, "value", list[i].value);
			value_set_c(v, "otherwise", list[i].otherwise);
		}
		value_append(array, v);
	}
	return array;
}

static struct value *receiver_to_value(const struct flow_receiver *r)
{
	struct value *v = value_object();
	value_set_c(v, "name", r->name);
	value_set_c(v, "url", r->url);
	value_set_c(v, "query", r->query);
	value_set_c(v, "method", r->method);
	value_set_c(v, "auth", RECEIVER_AUTHS[r->auth]);
	value_set_c(v, "credential", r->credential);
	value_set_c(v, "alias", r->alias);
	value_set_c(v, "request_headers", r->request_headers);
	value_set_c(v, "response_headers", r->response_headers);
	value_set_int(v, "timeout_ms", r->timeout_ms);
	value_set_bool(v, "throw_on_failure", r->throw_on_failure);
	value_set_bool(v, "send_body", r->send_body);
	return v;
}

static struct value *step_to_value(const struct flow_step *s)
{
	struct value *v = value_object();
	value_set_c(v, "kind", s->kind == FLOW_STEP_CALL ? "call" : "modifier");
	value_set_c(v, "id", s->id);
	value_set_c(v, "name", s->name);
	if (s->kind == FLOW_STEP_CALL) {
		value_set(v, "receiver", receiver_to_value(s->receiver));
		return v;
	}
	value_set(v, "headers", assignments_to_value(s->headers, s->n_headers));
	value_set(v, "properties", assignments_to_value(s->properties, s->n_properties));
	if (s->sets_body) {
		value_set_c(v, "body", s->body);
		value_set_bool(v, "body_is_expression", s->body_is_expression);
	}
	return v;
}

static struct value *endpoint_to_value(const struct flow_endpoint *e)
{
	struct value *v = value_object();
	value_set_c(v, "address", e->address);
	value_set_c(v, "auth", e->auth == FLOW_AUTH_CERTIFICATE ? "certificate" : "role");
	value_set_c(v, "role", e->role);
	if (e->auth == FLOW_AUTH_CERTIFICATE) {
		struct value *rows = value_array();
		for (size_t i = 0; i < e->n_rows; i++) {
			struct value *row = value_object();
			value_set_c(row, "subject", e->rows[i].subject);
			value_set_c(row, "issuer", e->rows[i].issuer);
			value_append(rows, row);
		}
		value_set(v, "rows", rows);
	}
	value_set_bool(v, "csrf", e->csrf);
	value_set_int(v, "max_body", (int64_t)e->max_body);
	return v;
}

struct value *flow_plan_to_value(const struct flow_plan *plan)
{
	struct value *v = value_object();
	struct value *steps = value_array();
	value_set_c(v, "name", plan->name);
	value_set(v, "endpoint", endpoint_to_value(&plan->endpoint));
	value_set_c(v, "allowed_headers", plan->allowed_headers);
	value_set_bool(v, "return_exception", plan->return_exception);
	for (size_t i = 0; i < plan->n_steps; i++) {
		value_append(steps, step_to_value(&plan->steps[i]));
	}
	value_set(v, "steps", steps);
	return v;
}

static enum rc wrong(struct err *reterr, const char *field)
{
	(void)err_set(reterr, RC_INVALID, "The flow's plan has no good member %s.", field);
	return err_field(reterr, field);
}

/** A required text without NUL bytes. */
static enum rc get_text(const struct value *v, const char *name, char **ret, struct err *reterr)
{
	struct str text = value_get_str(v, name);
	if (!text.p || str_find(text, '\0') < text.n) {
		return wrong(reterr, name);
	}
	*ret = str_dup(text);
	return RC_OK;
}

/** Index of a text among the names given; n when it is none of them. */
static size_t index_of(const struct value *v, const char *name, const char *const *names, size_t n)
{
	struct str text = value_get_str(v, name);
	size_t i = 0;
	while (i < n && !(text.p && str_is(text, names[i]))) {
		i++;
	}
	return i;
}

static enum rc assignment_from_value(const struct value *v, struct flow_assignment *a, struct err *reterr)
{
	size_t source;
	TRY(get_text(v, "name", &a->name, reterr));
	a->remove = value_get_bool(v, "remove", false);
	if (a->remove) {
		a->value = mem_strdup("");
		a->otherwise = mem_strdup("");
		return RC_OK;
	}
	source = index_of(v, "source", SOURCES, ARRAY_SIZE(SOURCES));
	if (source == ARRAY_SIZE(SOURCES)) {
		return wrong(reterr, "source");
	}
	a->source = (enum flow_source)source;
	TRY(get_text(v, "value", &a->value, reterr));
	TRY(get_text(v, "otherwise", &a->otherwise, reterr));
	return a->source == FLOW_EXPRESSION ? expression_check(str_of(a->value), reterr) : RC_OK;
}

static enum rc assignments_from_value(const struct value *list, struct flow_assignment **ret, size_t *ret_n,
				      struct err *reterr)
{
	size_t n = value_count(list);
	if (!value_is_array(list) || n > MAX_ASSIGNMENTS) {
		return wrong(reterr, "headers");
	}
	*ret = mem_array(n ? n : 1, sizeof(**ret));
	*ret_n = n;
	for (size_t i = 0; i < n; i++) {
		TRY(assignment_from_value(value_at(list, i), &(*ret)[i], reterr));
	}
	return RC_OK;
}

static enum rc receiver_from_value(const struct value *v, struct flow_receiver *r, struct err *reterr)
{
	int64_t timeout = value_get_int(v, "timeout_ms", 0);
	size_t auth = index_of(v, "auth", RECEIVER_AUTHS, ARRAY_SIZE(RECEIVER_AUTHS));
	if (auth == ARRAY_SIZE(RECEIVER_AUTHS)) {
		return wrong(reterr, "auth");
	}
	if (timeout < 1 || timeout > INT32_MAX) {
		return wrong(reterr, "timeout_ms");
	}
	r->auth = (enum flow_receiver_auth)auth;
	r->timeout_ms = (uint32_t)timeout;
	r->throw_on_failure = value_get_bool(v, "throw_on_failure", true);
	r->send_body = value_get_bool(v, "send_body", false);
	TRY(get_text(v, "name", &r->name, reterr));
	TRY(get_text(v, "url", &r->url, reterr));
	TRY(get_text(v, "query", &r->query, reterr));
	TRY(get_text(v, "method", &r->method, reterr));
	TRY(get_text(v, "credential", &r->credential, reterr));
	TRY(get_text(v, "alias", &r->alias, reterr));
	TRY(get_text(v, "request_headers", &r->request_headers, reterr));
	TRY(get_text(v, "response_headers", &r->response_headers, reterr));
	TRY(expression_check(str_of(r->url), reterr));
	TRY(expression_check(str_of(r->query), reterr));
	TRY(expression_check(str_of(r->method), reterr));
	TRY(filter_check(str_of(r->request_headers), reterr));
	return filter_check(str_of(r->response_headers), reterr);
}

static enum rc step_from_value(const struct value *v, struct flow_step *s, struct err *reterr)
{
	static const char *const kinds[] = { "modifier", "call" };
	size_t kind = index_of(v, "kind", kinds, ARRAY_SIZE(kinds));
	if (kind == ARRAY_SIZE(kinds)) {
		return wrong(reterr, "kind");
	}
	s->kind = kind == 1 ? FLOW_STEP_CALL : FLOW_STEP_MODIFIER;
	if (s->kind == FLOW_STEP_CALL) {
		s->receiver = mem_alloc(sizeof(*s->receiver));
	}
	TRY(get_text(v, "id", &s->id, reterr));
	TRY(get_text(v, "name", &s->name, reterr));
	if (s->kind == FLOW_STEP_CALL) {
		return receiver_from_value(value_get(v, "receiver"), s->receiver, reterr);
	}
	TRY(assignments_from_value(value_get(v, "headers"), &s->headers, &s->n_headers, reterr));
	TRY(assignments_from_value(value_get(v, "properties"), &s->properties, &s->n_properties, reterr));
	s->sets_body = value_get(v, "body") != NULL;
	if (!s->sets_body) {
		return RC_OK;
	}
	s->body_is_expression = value_get_bool(v, "body_is_expression", false);
	TRY(get_text(v, "body", &s->body, reterr));
	return s->body_is_expression ? expression_check(str_of(s->body), reterr) : RC_OK;
}

static enum rc rows_from_value(const struct value *list, struct flow_endpoint *e, struct err *reterr)
{
	size_t n = value_count(list);
	if (n > MAX_ROWS) {
		return wrong(reterr, "rows");
	}
	e->rows = mem_array(n ? n : 1, sizeof(*e->rows));
	e->n_rows = n;
	for (size_t i = 0; i < n; i++) {
		TRY(get_text(value_at(list, i), "subject", &e->rows[i].subject, reterr));
		TRY(get_text(value_at(list, i), "issuer", &e->rows[i].issuer, reterr));
	}
	return RC_OK;
}

static enum rc endpoint_from_value(const struct value *v, struct flow_endpoint *e, struct err *reterr)
{
	static const char *const auths[] = { "role", "certificate" };
	int64_t max_body = value_get_int(v, "max_body", -1);
	size_t auth = index_of(v, "auth", auths, ARRAY_SIZE(auths));
	if (auth == ARRAY_SIZE(auths)) {
		return wrong(reterr, "auth");
	}
	if (max_body < 0) {
		return wrong(reterr, "max_body");
	}
	e->auth = auth == 1 ? FLOW_AUTH_CERTIFICATE : FLOW_AUTH_ROLE;
	e->max_body = (uint64_t)max_body;
	e->csrf = value_get_bool(v, "csrf", true);
	TRY(get_text(v, "address", &e->address, reterr));
	TRY(address_check(str_of(e->address), reterr));
	TRY(get_text(v, "role", &e->role, reterr));
	return rows_from_value(value_get(v, "rows"), e, reterr);
}

enum rc flow_plan_from_value(struct flow_plan **ret, const struct value *v, struct err *reterr)
{
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = mem_alloc(sizeof(*plan));
	const struct value *steps = value_get(v, "steps");
	size_t n = value_count(steps);
	if (!value_is_array(steps) || n > MAX_STEPS) {
		return wrong(reterr, "steps");
	}
	TRY(get_text(v, "name", &plan->name, reterr));
	TRY(get_text(v, "allowed_headers", &plan->allowed_headers, reterr));
	TRY(filter_check(str_of(plan->allowed_headers), reterr));
	plan->return_exception = value_get_bool(v, "return_exception", false);
	TRY(endpoint_from_value(value_get(v, "endpoint"), &plan->endpoint, reterr));
	plan->steps = mem_array(n ? n : 1, sizeof(*plan->steps));
	plan->n_steps = n;
	for (size_t i = 0; i < n; i++) {
		TRY(step_from_value(value_at(steps, i), &plan->steps[i], reterr));
	}
	passage_find(plan);
	*ret = TAKE(plan);
	return RC_OK;
}
