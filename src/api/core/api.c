/* SPDX-License-Identifier: Apache-2.0
 * From a request's head to its handler: host, route, login, body. */
#include "api/core/api.h"

#include "api/core/call.h"
#include "api/core/login.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"
#include "service/core/session.h"
#include "tls/connection.h"

#define IGNORED_BODY_MAX ((size_t)64 * 1024)

static bool host_is_ours(const struct api *api, struct str host, uint16_t port)
{
	if (port != api->management_port && port != 0) {
		return false;
	}
	struct str own = str_of(api->management_host), label;
	if (host_is_loopback(host) || host_equal(host, own)) {
		return true;
	}
	/* A subaccount: one label in front of the host's name. */
	return host_below(host, own, &label) && str_find(label, '.') == label.n;
}

int api_check_host(const struct api *api, struct str host, struct str origin)
{
	struct host named;
	if (host_split(host, &named) != RC_OK || !host_is_ours(api, named.name, named.port)) {
		return 421;
	}
	struct uri uri;
	if (!origin.p || str_is(origin, "")) {
		return 0;
	}
	if (uri_parse(origin, &uri, NULL) != RC_OK || !host_is_ours(api, uri.host, uri.port)) {
		return 403;
	}
	return 0;
}

/* = RFC 9110 §15.5.20: a request on a connection that was made for another subaccount.
 * Without a server name the host decides. */
static bool is_misdirected(const struct api *api, struct http_exchange *exchange)
{
	struct tls_connection *tls = http_connection_tls(http_exchange_connection(exchange));
	const char *sni = tls ? tls_connection_sni(tls) : "";
	struct str own = str_of(api->management_host);
	return sni[0] &&
	       !str_equal_nocase(host_label(str_of(sni), own), host_label(http_exchange_host(exchange), own));
}

static enum rc params_decode(struct call *call, const struct str raw[CALL_PARAMS], struct err *reterr)
{
	for (size_t i = 0; i < CALL_PARAMS && raw[i].p; i++) {
		AUTO_BUF(text, CALL_PARAM_MAX);
		if (percent_decode(&text, raw[i], false) != RC_OK || !str_is_text(buf_str(&text))) {
			return err_set(reterr, RC_INVALID, "The path is malformed or too long.");
		}
		call->params[i] = mem_strdup(buf_c(&text));
	}
	return RC_OK;
}

/* What can be judged without knowing who asks: 0 to go on, else the status to refuse with. */
static int judge_place(struct call *call, enum api_listener listener, struct err *reterr)
{
	int status = 0;
	if (listener == API_LISTENER_TCP) {
		status = api_check_host(call->api, call->request.host, call_field(call, "Origin"));
		if (status == 0 && is_misdirected(call->api, call->exchange)) {
			status = 421;
		}
		(void)err_set(reterr, RC_DENIED,
			      "The request is for another host, or comes from another site.");
	}
	if (status != 0) {
		return status;
	}
	call->route = route_find(call->request.method, call->request.path, call->raw, &call->other_method);
	/* The gateways' socket serves tokens, nothing else. */
	if (listener == API_LISTENER_INTERNAL && (!call->route || call->route->shape != ROUTE_SHAPE_TOKEN)) {
		return 403;
	}
	return 0;
}

/* Once it is known who asks. */
static int judge_right(struct call *call, struct err *reterr)
{
	int status = login_check(call, call->route, reterr);
	if (status != 0) {
		return status;
	}
	if (!call->route) {
		(void)err_set(reterr, RC_NOT_FOUND,
			      call->other_method ? "The method is not served here."
						 : "There is nothing here.");
		return call->other_method ? 405 : 404;
	}
	return params_decode(call, call->raw, reterr) == RC_OK ? 0 : 400;
}

static void refuse(struct call *call, int status, const struct err *err)
{
	call_fail_status(call, status, err);
	call_send(call);
}

static void go_on(struct call *call)
{
	struct err err = call->login_err;
	int status = call->login_status;
	if (status == 0) {
		status = judge_right(call, &err);
	}
	if (status != 0) {
		refuse(call, status, &err);
		return;
	}
	login_actor(call);
	call->name = call->route->name;
	call->place = call->route->place;
	size_t max = call->route->max_body;
	if (call_is(call, SUBJECTS_KNOWN)) {
		http_exchange_set_payer(call->exchange,
					str_of(call->login.client_id ? call->login.client_id : "admin"));
	}
	http_exchange_accept_body(call->exchange, max > IGNORED_BODY_MAX ? max : IGNORED_BODY_MAX);
}

static void login_run(struct session *session, void *subject)
{
	struct call *call = subject;
	call->session = session;
	login_judge(call);
}

static void login_done(void *subject)
{
	struct call *call = subject;
	call->work = NULL;
	go_on(call);
}

/* Memory does not know this login: a clerk judges it, one of those that derive where there is a password. */
static void login_start(struct call *call)
{
	struct err err = { 0 };
	call->use_case = (struct use_case){ .name = "login",
					    .clerk = login_derives(call) ? CLERK_DERIVE : CLERK_READ,
					    .run = login_run };
	http_exchange_defer(call->exchange);
	if (work_start(call->api->works, &call->use_case, &call->actor, call, login_done, call_dropped,
		       &call->work, &err) != RC_OK) {
		refuse(call, 503, &err);
	}
}

static void on_head(void *ctx, struct http_exchange *exchange)
{
	struct api_server *server = ctx;
	struct call *call = call_new(server->api, exchange);
	struct err err = { 0 };
	http_exchange_set_user(exchange, call);
	call->listener = server->listener;
	int status = judge_place(call, server->listener, &err);
	if (status == 0) {
		status = login_begin(call, &err);
	}
	if (status != 0) {
		refuse(call, status, &err);
		return;
	}
	session_begin(call->api->memory, &call->actor);
	login_run(call->api->memory, call);
	session_end(call->api->memory);
	if (call->login_status == LOGIN_UNKNOWN) {
		login_start(call);
	} else {
		go_on(call);
	}
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
	struct call *call = http_exchange_user(exchange);
	if (!call) {
		return; /* answered at the head */
	}
	call_request_take_body(&call->request, exchange);
	call->session = call->api->memory;
	if (call->route->admit && !call->route->admit(call)) {
		call_send(call);
	} else {
		call_run(call);
	}
}

static void on_writable(void *ctx, struct http_exchange *exchange)
{
	struct call *call = http_exchange_user(exchange);
	if (call && call->stream.begun && !call->work) {
		call_go_on(call);
	}
}

static void on_abort(void *ctx, struct http_exchange *exchange)
{
	struct call *call = http_exchange_user(exchange);
	if (call) {
		call_abort(call);
	}
}

static void on_body_limit(void *ctx, struct http_exchange *exchange)
{
	struct call *call = http_exchange_user(exchange);
	struct err err = { 0 };
	if (!call) {
		return;
	}
	(void)err_set(&err, RC_LIMIT, "The body is larger than %zu bytes.", call->route->max_body);
	refuse(call, 413, &err);
}

static void on_body_unheld(void *ctx, struct http_exchange *exchange, enum budget_answer why)
{
	struct call *call = http_exchange_user(exchange);
	enum reason reason = why == BUDGET_CALLER ? REASON_R517 : REASON_R518;
	struct err err = { 0 };
	if (!call) {
		return;
	}
	(void)err_set(&err, RC_LIMIT, "%s", reason_info(reason)->title);
	(void)err_reason(&err, reason_info(reason)->code);
	(void)err_fix(&err, "%s", reason_info(reason)->fix);
	if (call->work) { /* its login is being judged: the server answers itself */
		http_exchange_set_user(exchange, NULL);
		call_abort(call);
		return;
	}
	refuse(call, reason_info(reason)->http_status, &err);
}

const struct http_handler api_handler = {
	.on_head = on_head,
	.on_request = on_request,
	.on_writable = on_writable,
	.on_abort = on_abort,
	.on_body_limit = on_body_limit,
	.on_body_unheld = on_body_unheld,
};
