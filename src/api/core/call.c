/* SPDX-License-Identifier: Apache-2.0
 * Answering calls: JSON, errors in the shape of each API, statuses. */
#include "api/core/call.h"

#include "api/core/list.h"
#include "api/core/tag.h"
#include "api/core/throttle.h"
#include "base/memory.h"
#include "http/etag.h"
#include "http/head.h"
#include "http/uri.h"
#include "json/err.h"
#include "log/log.h"
#include "odata/document.h"

#define ANSWER_MAX ((size_t)48 * 1024 * 1024)
#define ATOM_ERROR_MAX ((size_t)16 * 1024)

struct call *call_new(struct api *api, struct http_exchange *exchange)
{
	struct call *call = mem_alloc(sizeof(*call));
	call->api = api;
	call->exchange = exchange;
	call->answer.body = BUF_SECRET(ANSWER_MAX);
	call_request_init(&call->request, exchange);
	return call;
}

bool call_is(const struct call *call, unsigned subjects)
{
	return (call->login.subjects & subjects) != 0;
}

void call_answer_clear(struct call_answer *answer)
{
	for (size_t i = 0; i < answer->n_fields; i++) {
		mem_free(answer->names[i]);
		mem_free(answer->values[i]);
	}
	buf_fini(&answer->body);
	*answer = (struct call_answer){ .body = BUF_SECRET(ANSWER_MAX) };
}

void call_state_clear(struct call *call)
{
	if (call->state_free) {
		call->state_free(TAKE(call->state));
	}
	call->state_free = NULL;
}

static void call_free(void *object)
{
	struct call *call = object;
	call_state_clear(call);
	call_answer_clear(&call->answer);
	for (size_t i = 0; i < CALL_PARAMS; i++) {
		mem_free(call->params[i]);
	}
	mem_free(call->login.user);
	mem_free(call->login.client_id);
	mem_free(call->login.instance);
	mem_free(call->notes.denied);
	mem_free(call->tenant);
	value_free(call->body);
	mem_free(call->after);
	call_request_fini(&call->request);
	mem_free(call);
}

void call_free_later(struct call *call)
{
	loop_defer(call->api->loop, call_free, call);
}

static void wrong_login_count(struct call *call)
{
	call->api->n_denied += call->notes.forged || call->notes.denied;
	if (!call->notes.denied) {
		return;
	}
	throttle_count(call->api->throttle, call_peer(call), str_of(call->notes.denied), mono_now());
	mem_free(TAKE(call->notes.denied));
}

void call_send(struct call *call)
{
	const struct call_answer *answer = &call->answer;
	struct http_exchange *exchange = TAKE(call->exchange);
	struct http_field fields[CALL_ANSWER_FIELDS];
	ASSERT(exchange && answer->status);
	for (size_t i = 0; i < answer->n_fields; i++) {
		fields[i] = (struct http_field){ str_of(answer->names[i]), str_of(answer->values[i]) };
	}
	wrong_login_count(call);
	http_exchange_set_user(exchange, NULL);
	if (answer->status >= 400) {
		call->api->n_refused++;
	}
	http_exchange_respond(exchange, answer->status, fields, answer->n_fields, buf_str(&answer->body));
	call_free_later(call);
}

static void field_add(struct call_answer *answer, struct str name, struct str value)
{
	if (answer->n_fields == CALL_ANSWER_FIELDS) {
		return;
	}
	answer->names[answer->n_fields] = str_dup(name);
	answer->values[answer->n_fields++] = str_dup(value);
}

/* The last thing a handler does with a call. */
static void call_end(struct call *call, int status, const struct http_field *fields, size_t n,
		     struct str body)
{
	struct call_answer *answer = &call->answer;
	ASSERT(!answer->status);
	answer->status = status;
	for (size_t i = 0; i < n; i++) {
		field_add(answer, fields[i].name, fields[i].value);
	}
	if (status == 200 && call->route && route_is_tagged(call->route)) {
		char tag[TAG_SIZE];
		tag_make(body, tag);
		field_add(answer, STR("ETag"), str_of(tag));
		answer->status = http_etag_listed(call_field(call, "If-None-Match"), tag, true) ? 304 : 200;
	}
	if (answer->status != 304) {
		(void)buf_add(&answer->body, body);
	}
}

struct str call_field(const struct call *call, const char *name)
{
	return call_request_field(&call->request, name);
}

struct str call_peer(const struct call *call)
{
	struct str told = call_field(call, "x-postern-peer");
	return call_is(call, SUBJECT_GATEWAY) && told.n ? told : str_of(call->request.peer);
}

static const struct http_field json_field = { { "Content-Type", 12 }, { "application/json", 16 } };
static const struct http_field no_store = { { "Cache-Control", 13 }, { "no-store", 8 } };

void call_answer_fields(struct call *call, int status, const struct http_field *fields, size_t n,
			struct value *take_body)
{
	AUTO_FREE char *link = NULL;
	const struct list_asked asked = { call->route, &call->page, &call->request };
	AUTO_VALUE *body = list_cut(&asked, take_body, &link);
	struct http_field all[CALL_ANSWER_FIELDS] = { no_store };
	size_t n_all = 1;
	for (size_t i = 0; i < n && n_all < ARRAY_SIZE(all) - 2; i++) {
		all[n_all++] = fields[i];
	}
	if (link) {
		all[n_all++] = (struct http_field){ STR("Link"), str_of(link) };
	}
	AUTO_BUF_SECRET(text, ANSWER_MAX);
	if (body) {
		all[n_all++] = json_field;
		if (value_format(body, &text) != RC_OK) {
			struct err err = { 0 };
			(void)err_set(&err, RC_LIMIT,
				      "The answer is larger than 48 MiB; ask for less at once.");
			call_fail_status(call, 400, &err);
			return;
		}
	}
	call_end(call, status, all, n_all, buf_str(&text));
}

void call_answer(struct call *call, int status, struct value *take_body)
{
	call_answer_fields(call, status, NULL, 0, take_body);
}

void call_answer_bytes(struct call *call, int status, const struct http_field *fields, size_t n,
		       struct str body)
{
	struct http_field all[CALL_ANSWER_FIELDS] = { no_store };
	size_t n_all = 1;
	for (size_t i = 0; i < n && n_all < ARRAY_SIZE(all); i++) {
		all[n_all++] = fields[i];
	}
	call_end(call, status, all, n_all, body);
}

void call_answer_text(struct call *call, int status, const char *type, struct str text)
{
	const struct http_field fields[] = { no_store, { STR("Content-Type"), str_of(type) } };
	call_end(call, status, fields, ARRAY_SIZE(fields), text);
}

int call_status(const struct err *err)
{
	/* A wrong password of a file, say, is the caller's input and no missing login. */
	if (err->code == RC_DENIED && err->reason[0]) {
		return 400;
	}
	return err->code == RC_OK ? 500 : rc_http_status(err->code);
}

static struct value *error_admin(const struct err *err)
{
	struct value *v = value_object();
	value_set(v, "error", err_to_api(err));
	return v;
}

static struct value *error_token(int status, const struct err *err)
{
	struct value *v = value_object();
	const char *code = status == 401   ? "invalid_client"
			   : status >= 500 ? "server_error"
					   : "invalid_request";
	value_set_c(v, "error", err->field[0] ? err->field : code);
	value_set_c(v, "error_description", err->text);
	return v;
}

static struct value *error_destination(const struct err *err)
{
	struct value *v = value_object();
	value_set_c(v, "ErrorMessage", err->text);
	return v;
}

/* = Open Service Broker API 2.17, Service Broker Errors: the code is for platforms, and only those they
 * know. */
static struct value *error_broker(const struct err *err)
{
	struct value *v = value_object();
	if (strcmp(err->field, "maintenance_info") == 0) {
		value_set_c(v, "error", "MaintenanceInfoConflict");
	}
	if (err->fix[0]) {
		AUTO_FREE char *text = mem_printf("%s Mend: %s", err->text, err->fix);
		value_set_c(v, "description", text);
	} else {
		value_set_c(v, "description", err->text);
	}
	return v;
}

/* What SAP's has no place for stands in innererror. Source: OData 2.0, "JSON Format" §8. */
static struct value *error_odata(int status, const struct err *err)
{
	struct value *v = value_object(), *error = value_object(), *message = value_object();
	const char *code = http_status_text(status);
	value_set(v, "error", error);
	value_set_c(error, "code", code[0] ? code : "Error");
	value_set(error, "message", message);
	value_set_c(message, "lang", "en");
	value_set_c(message, "value", err->text);
	if (err->reason[0] || err->field[0] || err->fix[0]) {
		struct value *inner = value_object();
		value_set(error, "innererror", inner);
		value_set_c(inner, "code", err->reason);
		value_set_c(inner, "field", err->field);
		value_set_c(inner, "fix", err->fix);
	}
	return v;
}

bool call_asks_for_xml(const struct call *call)
{
	struct str accept = call_field(call, "Accept");
	AUTO_FREE char *format = call_query(call, "$format");
	if (format &&
	    (strcmp(format, "json") == 0 || strcmp(format, "xml") == 0 || strcmp(format, "atom") == 0)) {
		return strcmp(format, "json") != 0;
	}
	return str_find_str(accept, STR("xml")) < accept.n && str_find_str(accept, STR("json")) == accept.n &&
	       str_find_str(accept, STR("*/*")) == accept.n;
}

/* Clients of an API read its errors also where it has no such path, and before the path was looked at. */
static enum route_shape shape_of(const struct call *call)
{
	if (call->route) {
		return call->route->shape;
	}
	struct str path = call->request.path;
	if (str_starts_with(path, STR("/destination-configuration/"))) {
		return ROUTE_SHAPE_DESTINATION;
	}
	if (str_starts_with(path, STR("/v2/"))) {
		return ROUTE_SHAPE_BROKER;
	}
	if (str_starts_with(path, STR("/api/v1/")) || str_is(path, "/api/v1")) {
		return ROUTE_SHAPE_ODATA;
	}
	return str_is(path, "/oauth/token") ? ROUTE_SHAPE_TOKEN : ROUTE_SHAPE_ADMIN;
}

/* The same for those who read Atom. Source: OData 2.0, "AtomPub Format" §8. */
static void answer_atom_error(struct call *call, int status, const struct http_field *field, size_t n,
			      struct value *take_v)
{
	AUTO_VALUE *v = take_v;
	const struct value *error = value_get(v, "error");
	struct http_field fields[3] = { { STR("DataServiceVersion"), STR("1.0") },
					{ STR("Content-Type"), STR("application/xml;charset=utf-8") } };
	AUTO_BUF(out, ATOM_ERROR_MAX);
	(void)buf_add_c(
		&out,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<error xmlns=\"http://schemas.microsoft.com/"
		"ado/2007/08/dataservices/metadata\"><code>");
	odata_document_escape(&out, value_get_str(error, "code"));
	(void)buf_add_c(&out, "</code><message xml:lang=\"en\">");
	odata_document_escape(&out, value_get_str(value_get(error, "message"), "value"));
	(void)buf_add_c(&out, "</message></error>\n");
	if (n > 0) {
		fields[2] = *field;
	}
	call_answer_bytes(call, status, fields, 2 + n, buf_str(&out));
}

void call_fail_status(struct call *call, int status, const struct err *err)
{
	enum route_shape shape = shape_of(call);
	if (err->code == RC_AGAIN && call->session && !call->session->store) {
		call->notes.again = true;
		return;
	}
	if (status >= 500) {
		log_err(LOG_ERROR, "api_failed", err);
	}
	struct value *v = shape == ROUTE_SHAPE_TOKEN         ? error_token(status, err)
			  : shape == ROUTE_SHAPE_DESTINATION ? error_destination(err)
			  : shape == ROUTE_SHAPE_BROKER      ? error_broker(err)
			  : shape == ROUTE_SHAPE_ODATA       ? error_odata(status, err)
							     : error_admin(err);
	const struct http_field basic = { STR("WWW-Authenticate"),
					  STR("Basic realm=\"postern\", charset=\"UTF-8\"") };
	const struct http_field later = { STR("Retry-After"), STR(HTTP_RETRY_AFTER) };
	const struct http_field bearer = { STR("WWW-Authenticate"), STR("Bearer realm=\"postern\"") };
	const struct http_field *field = status == 429 || status == 503     ? &later
					 : shape == ROUTE_SHAPE_DESTINATION ? &bearer
									    : &basic;
	size_t n = status == 401 || field == &later ? 1 : 0;
	if (shape == ROUTE_SHAPE_ODATA && call_asks_for_xml(call)) {
		answer_atom_error(call, status, field, n, v);
	} else {
		call_answer_fields(call, status, field, n, v);
	}
}

void call_fail(struct call *call, const struct err *err)
{
	call_fail_status(call, call_status(err), err);
}

void call_finish(struct call *call, enum rc rc, int status, struct value *take_body, const struct err *err)
{
	if (rc == RC_OK) {
		call_answer(call, status, take_body);
		return;
	}
	value_free(take_body);
	call_fail(call, err);
}

char *call_query(const struct call *call, const char *name)
{
	AUTO_BUF(out, 8192);
	struct str query = call->request.query;
	if (!query.p || uri_query_get(query, name, &out) != RC_OK) {
		return NULL;
	}
	return mem_strdup(buf_c(&out));
}
