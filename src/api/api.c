/* SPDX-License-Identifier: Apache-2.0
 * From a request's head to its handler: host, route, login, body. */
#include "api/api.h"

#include "api/login.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"
#include "log/log.h"
#include "tls/connection.h"

#define IGNORED_BODY_MAX ((size_t)64 * 1024)

static bool host_is_ours(const struct api *api, struct str host, uint16_t port)
{
	if (port != api->management_port && port != 0)
		return false;
	struct str own = str_of(api->management_host), label;
	if (host_is_loopback(host) || host_equal(host, own))
		return true;
	/* A subaccount: one label in front of the host's name. */
	return host_below(host, own, &label) && str_find(label, '.') == label.n;
}

int api_check_host(const struct api *api, struct str host, struct str origin)
{
	struct host named;
	if (host_split(host, &named) != RC_OK || !host_is_ours(api, named.name, named.port))
		return 421;
	struct uri uri;
	if (!origin.p || str_is(origin, ""))
		return 0;
	if (uri_parse(origin, &uri, NULL) != RC_OK || !host_is_ours(api, uri.host, uri.port))
		return 403;
	return 0;
}

/* = RFC 9110 §15.5.20: a request on a connection that was made for another subaccount. Without a server name the host decides. */
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
		if (percent_decode(&text, raw[i], false) != RC_OK || !str_is_text(buf_str(&text)))
			return err_set(reterr, RC_INVALID, "The path is malformed or too long.");
		call->params[i] = mem_strdup(buf_c(&text));
	}
	return RC_OK;
}

/* The status to refuse with before the body is read, 0 to go on. */
static int judge_head(struct call *call, enum api_listener listener, struct err *reterr)
{
	struct http_exchange *exchange = call->exchange;
	struct str raw[CALL_PARAMS] = { { 0 } };
	bool other_method = false;
	int status = 0;
	if (listener == API_LISTENER_TCP) {
		status = api_check_host(call->api, http_exchange_host(exchange),
					http_exchange_field(exchange, "Origin"));
		if (status == 0 && is_misdirected(call->api, exchange))
			status = 421;
		(void)err_set(reterr, RC_DENIED,
			      "The request is for another host, or comes from another site.");
	}
	if (status != 0)
		return status;
	call->route =
		route_find(http_exchange_method(exchange), http_exchange_path(exchange), raw, &other_method);
	/* The gateways' socket serves tokens, nothing else. */
	if (listener == API_LISTENER_INTERNAL && (!call->route || call->route->shape != ROUTE_SHAPE_TOKEN))
		return 403;
	login_judge(call, listener, &status, reterr);
	if (status != 0)
		return status;
	status = login_check(call, call->route, reterr);
	if (status != 0)
		return status;
	if (!call->route) {
		(void)err_set(reterr, RC_NOT_FOUND,
			      other_method ? "The method is not served here." : "There is nothing here.");
		return other_method ? 405 : 404;
	}
	return params_decode(call, raw, reterr) == RC_OK ? 0 : 400;
}

static void on_head(void *ctx, struct http_exchange *exchange)
{
	struct api_server *server = ctx;
	struct call *call = call_new(server->api, exchange);
	struct err err = { 0 };
	http_exchange_set_user(exchange, call);
	int status = judge_head(call, server->listener, &err);
	if (status != 0) {
		call_fail_status(call, status, &err);
		return;
	}
	size_t max = call->route->max_body;
	if (call->login.admin || call->login.client_id)
		http_exchange_set_payer(exchange,
					str_of(call->login.admin ? "admin" : call->login.client_id));
	http_exchange_accept_body(exchange, max > IGNORED_BODY_MAX ? max : IGNORED_BODY_MAX);
}

static enum rc body_parse(struct call *call, struct err *reterr)
{
	struct str text = http_exchange_body(call->exchange);
	bool object_only =
		call->route->shape == ROUTE_SHAPE_ADMIN || call->route->shape == ROUTE_SHAPE_BROKER;
	if (call->route->max_body == 0 || call->route->shape == ROUTE_SHAPE_TOKEN ||
	    call->route->shape == ROUTE_SHAPE_ODATA)
		return RC_OK;
	if (str_trim(text).n == 0) {
		call->body = value_object();
		return RC_OK;
	}
	TRY(value_parse(&call->body, text, call->route->max_body, reterr));
	if (value_is_object(call->body) || (!object_only && value_is_array(call->body)))
		return RC_OK;
	return err_set(reterr, RC_INVALID, "The body is a JSON object.");
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
	struct call *call = http_exchange_user(exchange);
	struct err err = { 0 };
	if (!call)
		return; /* answered at the head */
	if (body_parse(call, &err) != RC_OK) {
		call_fail(call, &err);
		return;
	}
	call->route->handle(call);
}

static void on_abort(void *ctx, struct http_exchange *exchange)
{
	struct call *call = http_exchange_user(exchange);
	if (call)
		call_abort(call);
}

static void on_body_limit(void *ctx, struct http_exchange *exchange)
{
	struct call *call = http_exchange_user(exchange);
	struct err err = { 0 };
	if (!call)
		return;
	(void)err_set(&err, RC_LIMIT, "The body is larger than %zu bytes.", call->route->max_body);
	call_fail_status(call, 413, &err);
}

static void on_body_unheld(void *ctx, struct http_exchange *exchange, enum budget_answer why)
{
	struct call *call = http_exchange_user(exchange);
	enum reason reason = why == BUDGET_CALLER ? REASON_R517 : REASON_R518;
	struct err err = { 0 };
	if (!call)
		return;
	(void)err_set(&err, RC_LIMIT, "%s", reason_info(reason)->title);
	(void)err_reason(&err, reason_info(reason)->code);
	(void)err_fix(&err, "%s", reason_info(reason)->fix);
	call_fail_status(call, reason_info(reason)->http_status, &err);
}

const struct http_handler api_handler = {
	.on_head = on_head,
	.on_request = on_request,
	.on_abort = on_abort,
	.on_body_limit = on_body_limit,
	.on_body_unheld = on_body_unheld,
};
