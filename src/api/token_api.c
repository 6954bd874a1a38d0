/* SPDX-License-Identifier: Apache-2.0
 * Tokens for client credentials, life signs, and the front page. */
#include "api/token_api.h"

#include "api/core/call.h"
#include "api/core/login.h"
#include "api/core/throttle.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "service/core/tenant.h"
#include "service/token/token.h"
#include "service/token/token_key.h"

#define METRICS_MAX ((size_t)64 * 1024)

#define FIELD_MAX ((size_t)4096)
#define PROOF_MAX JWS_MAX_BYTES

/* One field of a form body; "" where it is absent. */
static enum rc form_get(struct str form, const char *name, struct buf *out)
{
	struct str pair;
	while (str_split(&form, '&', &pair)) {
		struct str key;
		struct str value = pair;
		if (!str_split(&value, '=', &key) || !str_is(key, name)) {
			continue;
		}
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

/* = RFC 6749 §2.3.1: both are form-encoded before they are joined, by those clients that keep to it. */
static enum rc decode_if_encoded(struct buf *text)
{
	AUTO_BUF_SECRET(plain, FIELD_MAX);
	if (str_find(buf_str(text), '%') == text->n) {
		return RC_OK;
	}
	TRY(percent_decode(&plain, buf_str(text), true));
	buf_clear(text);
	return buf_add(text, buf_str(&plain)) ? RC_OK : RC_LIMIT;
}

/* Client id and secret: of the form, else of the Authorization field. */
static enum rc credentials_read(struct call *call, struct buf *client, struct buf *secret)
{
	struct str form = call->request.body;
	struct str authorization = call_field(call, "Authorization");
	TRY(form_get(form, "client_secret", secret));
	if (secret->n > 0 || authorization.n == 0) {
		return form_get(form, "client_id", client);
	}
	TRY(login_parse_basic(authorization, client, secret));
	TRY(decode_if_encoded(client));
	return decode_if_encoded(secret);
}

/* What a gateway knows of the caller, owned, or NULL; from anybody else these fields mean nothing. */
static char *told(const struct call *call, const char *field)
{
	struct str value = call_field(call, field);
	return call_is(call, SUBJECT_GATEWAY) && value.n > 0 ? str_dup(value) : NULL;
}

/* A token request in parts. */
struct token_form {
	struct buf grant, client, secret, proof;
};

static void token_form_fini(struct token_form *f)
{
	buf_fini(&f->grant);
	buf_fini(&f->client);
	buf_fini(&f->secret);
	buf_fini(&f->proof);
}

static enum rc token_form_read(struct call *call, struct token_form *f)
{
	struct str form = call->request.body;
	struct str query = call->request.query;
	/* Clients of Cloud Integration put it into the query; credentials are never read from there. */
	TRY(form_get(form, "grant_type", &f->grant));
	if (f->grant.n == 0) {
		TRY(form_get(query, "grant_type", &f->grant));
	}
	TRY(form_get(form, "assertion", &f->proof));
	if (f->proof.n == 0) {
		TRY(form_get(form, "refresh_token", &f->proof));
	}
	return credentials_read(call, &f->client, &f->secret);
}

static void issue(struct call *call, struct token_form *f)
{
	struct err err = { 0 };
	struct value *v = NULL;
	AUTO_FREE char *service_key = told(call, "x-postern-client-credential");
	AUTO_FREE char *certificate = told(call, "x-postern-client-certificate");
	const struct service_token_request request = { .grant_type = buf_c(&f->grant),
						       .client_id = buf_c(&f->client),
						       .secret = buf_str(&f->secret),
						       .service_key = service_key && *service_key
									      ? service_key
									      : NULL,
						       .certificate = service_key ? certificate : NULL,
						       .proof = buf_str(&f->proof) };
	enum rc rc = service_token_issue(call->session, call->tenant, &request, wall_now(), &v, &err);
	if (rc == RC_DENIED) {
		call->notes.denied = mem_strdup(buf_c(&f->client));
		call_fail_status(call, 401, &err);
		return;
	}
	call_finish(call, rc, 200, v, &err);
}

void token_api_issue(struct call *call)
{
	AUTO(token_form_fini)
	struct token_form f = { .grant = BUF(256),
				.client = BUF(FIELD_MAX),
				.secret = BUF_SECRET(FIELD_MAX),
				.proof = BUF_SECRET(PROOF_MAX) };
	if (token_form_read(call, &f) != RC_OK) {
		refuse(call, 400, "invalid_request", "The request is malformed.");
	} else if (f.grant.n == 0 && f.client.n == 0 && !call_is(call, SUBJECT_GATEWAY)) {
		refuse(call, 401, "invalid_client", "No grant type and no credentials.");
	} else if (f.grant.n == 0) { /* whatever the credentials are: = RFC 6749 §5.2 */
		refuse(call, 400, "invalid_request", "grant_type is missing, as client_credentials.");
	} else {
		issue(call, &f);
	}
}

bool token_api_admit(struct call *call)
{
	AUTO_BUF(client, FIELD_MAX);
	AUTO_BUF_SECRET(secret, FIELD_MAX);
	if (credentials_read(call, &client, &secret) != RC_OK ||
	    !throttle_refuses(call->api->throttle, call_peer(call), buf_str(&client), mono_now())) {
		return true;
	}
	refuse(call, 429, "too_many_requests", "Too many wrong logins; wait a minute.");
	return false;
}

void token_api_keys(struct call *call)
{
	struct err err = { 0 };
	struct value *v = NULL;
	enum rc rc = service_token_keys(call->session, call->tenant, &v, &err);
	call_finish(call, rc, 200, v, &err);
}

static void set_list(struct value *object, const char *name, const char *const *texts, size_t n)
{
	struct value *list = value_array();
	for (size_t i = 0; i < n; i++) {
		value_append_c(list, texts[i]);
	}
	value_set(object, name, list);
}

/* Source: RFC 8414 §2; the gateway's port for those who come with a certificate: RFC 8705 §5. */
void token_api_configuration(struct call *call)
{
	static const char *const grants[] = { "client_credentials", "refresh_token",
					      "urn:ietf:params:oauth:grant-type:jwt-bearer" };
	static const char *const methods[] = { "client_secret_post", "client_secret_basic", "tls_client_auth",
					       "self_signed_tls_client_auth" };
	static const char *const algorithms[] = { "RS256" }, *const responses[] = { "token" },
				 *const subjects[] = { "public" };
	AUTO_FREE char *root = service_tenant_url(call->session, "management_url", call->tenant);
	AUTO_FREE char *gateway = service_tenant_url(call->session, "gateway_url", call->tenant);
	AUTO_FREE char *token = mem_printf("%s/oauth/token", root), *keys = mem_printf("%s/token_keys", root);
	AUTO_FREE char *by_certificate = mem_printf("%s/oauth/token", gateway);
	struct value *v = value_object(), *aliases = value_object();
	value_set_c(v, "issuer", token);
	value_set_c(v, "token_endpoint", token);
	value_set_c(v, "jwks_uri", keys);
	set_list(v, "grant_types_supported", grants, ARRAY_SIZE(grants));
	set_list(v, "token_endpoint_auth_methods_supported", methods, ARRAY_SIZE(methods));
	set_list(v, "id_token_signing_alg_values_supported", algorithms, 1);
	set_list(v, "response_types_supported", responses, 1);
	set_list(v, "subject_types_supported", subjects, 1);
	value_set_bool(v, "tls_client_certificate_bound_access_tokens", true);
	value_set_c(aliases, "token_endpoint", by_certificate);
	value_set(v, "mtls_endpoint_aliases", aliases);
	call_answer(call, 200, v);
}

void token_api_absent(struct call *call)
{
	struct err err = { 0 };
	(void)err_set(&err, RC_NOT_FOUND, "There is nothing here.");
	(void)err_field(&err, "not_found");
	call_fail_status(call, 404, &err);
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
	AUTO_FREE char *journal = mem_printf("%s/journal", call->session->service->state_dir);
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
