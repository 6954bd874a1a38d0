/* SPDX-License-Identifier: Apache-2.0
 * Tokens for client credentials, life signs, and the front page. */
#include "api/token_api.h"

#include "api/api.h"
#include "api/login.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "service/token.h"

#define METRICS_MAX ((size_t)64 * 1024)

#define FIELD_MAX ((size_t)4096)

/* One field of a form body; "" where it is absent. */
static enum rc form_get(struct str form, const char *name, struct buf *out)
{
	struct str pair;
	while (str_split(&form, '&', &pair)) {
		struct str key;
		struct str value = pair;
		if (!str_split(&value, '=', &key) || !str_is(key, name))
			continue;
		return value.p ? percent_decode(out, value, true) : RC_OK;
	}
	return RC_OK;
}

static void refuse(struct call *call, int status, const char *error, const char *text)
{
	struct err err = { 0 };
	(void)err_set(&err, RC_DENIED, "%s", text);
	(void)err_field(&err, error);
	call_fail_status(call, status, &err);
}

/* Client id and secret: of the form, else of the Authorization field. */
static enum rc credentials_read(struct call *call, struct buf *client, struct buf *secret)
{
	struct str form = http_exchange_body(call->exchange);
	struct str authorization = http_exchange_field(call->exchange, "Authorization");
	TRY(form_get(form, "client_secret", secret));
	if (secret->n > 0 || authorization.n == 0)
		return form_get(form, "client_id", client);
	return login_parse_basic(authorization, client, secret);
}

void token_api_issue(struct call *call)
{
	AUTO_BUF(client, FIELD_MAX);
	AUTO_BUF_SECRET(secret, FIELD_MAX);
	AUTO_BUF(grant, 256);
	AUTO_FREE char *credential = NULL;
	struct str form = http_exchange_body(call->exchange);
	struct str query = http_exchange_query(call->exchange);
	struct str peer = str_of(http_connection_peer(http_exchange_connection(call->exchange)));
	/* Clients of Cloud Integration put it into the query; credentials are never read from there. */
	if (form_get(form, "grant_type", &grant) != RC_OK ||
	    (grant.n == 0 && form_get(query, "grant_type", &grant) != RC_OK) ||
	    credentials_read(call, &client, &secret) != RC_OK) {
		refuse(call, 400, "invalid_request", "The request is malformed.");
		return;
	}
	if (!str_is(buf_str(&grant), "client_credentials")) {
		refuse(call, grant.n ? 400 : 401, grant.n ? "unsupported_grant_type" : "invalid_client",
		       grant.n ? "Only client_credentials is served." : "No grant type and no credentials.");
		return;
	}
	if (throttle_refuses(call->api->throttle, peer, buf_str(&client), mono_now())) {
		refuse(call, 429, "too_many_requests", "Too many wrong logins; wait a minute.");
		return;
	}
	struct str told = http_exchange_field(call->exchange, "x-postern-client-credential");
	if (call->login.internal && told.n > 0)
		credential = str_dup(told);
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_token_issue(call->service, call->tenant, buf_c(&client), buf_str(&secret),
					 credential, wall_now(), &v, &err);
	if (rc == RC_DENIED) {
		call->api->n_denied++;
		throttle_count(call->api->throttle, peer, buf_str(&client), mono_now());
		refuse(call, 401, "invalid_client", "Bad credentials");
		return;
	}
	call_finish(call, rc, 200, v, &err);
}

void token_api_keys(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_token_keys(call->service, call->tenant, &v, &err);
	call_finish(call, rc, 200, v, &err);
}

static void set_list(struct value *object, const char *name, const char *first)
{
	struct value *list = value_array();
	value_append_c(list, first);
	value_set(object, name, list);
}

void token_api_configuration(struct call *call)
{
	const char *root = service_setting_c(call->service, "management_url", "");
	AUTO_FREE char *token = mem_printf("%s/oauth/token", root), *keys = mem_printf("%s/token_keys", root);
	struct value *v = value_object();
	value_set_c(v, "issuer", token);
	value_set_c(v, "token_endpoint", token);
	value_set_c(v, "jwks_uri", keys);
	set_list(v, "grant_types_supported", "client_credentials");
	set_list(v, "id_token_signing_alg_values_supported", "RS256");
	set_list(v, "response_types_supported", "token");
	struct value *methods = value_array();
	value_append_c(methods, "client_secret_post");
	value_append_c(methods, "client_secret_basic");
	value_append_c(methods, "tls_client_auth");
	value_set(v, "token_endpoint_auth_methods_supported", methods);
	call_answer(call, 200, v);
}

void token_api_live(struct call *call)
{
	call_answer_text(call, 200, "text/plain; charset=utf-8", STR("ok\n"));
}

void token_api_ready(struct call *call)
{
	bool ready = call->api->ready;
	call_answer_text(call, ready ? 200 : 503, "text/plain; charset=utf-8",
			 ready ? STR("ready\n") : STR("starting\n"));
}

void token_api_metrics(struct call *call)
{
	struct api *api = call->api;
	struct err err = { 0 };
	struct counters gateways = { 0 };
	size_t workers = 0;
	AUTO_BUF(out, METRICS_MAX);
	AUTO_FREE char *journal = mem_printf("%s/journal", call->service->state_dir);
	if (counters_read(&api->counters, journal, &gateways, &workers, &err) != RC_OK) {
		call_fail(call, &err);
		return;
	}
	const struct metrics_source sources[] = { { "gateway", &gateways.metrics },
						  { "manager", &api->metrics } };
	metrics_format(sources, ARRAY_SIZE(sources), &out);
	counters_format(&gateways, &out);
	buf_printf(
		&out,
		"# HELP postern_gateway_workers Gateway processes running now.\n"
		"# TYPE postern_gateway_workers gauge\npostern_gateway_workers %zu\n"
		"# HELP postern_management_refused_total Answers of 400 and above of the management "
		"listeners.\n"
		"# TYPE postern_management_refused_total counter\npostern_management_refused_total %llu\n"
		"# HELP postern_management_wrong_logins_total Wrong passwords, secrets and tokens.\n"
		"# TYPE postern_management_wrong_logins_total counter\npostern_management_wrong_logins_total "
		"%llu\n",
		workers, (unsigned long long)api->n_refused, (unsigned long long)api->n_denied);
	call_answer_text(call, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&out));
}

void token_api_page(struct call *call)
{
	call_answer_text(
		call, 200, "text/html; charset=utf-8",
		STR("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Postern</title>"
		    "<h1>Postern</h1><p>This server is managed with the <code>postern</code> command: "
		    "<code>postern help</code>.</p></html>\n"));
}
