/* SPDX-License-Identifier: Apache-2.0
 * At a request's head: who calls, what is called, and whether it goes on. */
#include "gateway/admission.h"

#include "base/random.h"
#include "flow/address.h"
#include "gateway/recognition.h"
#include "log/log.h"

#include <stdio.h>

/* Body of a token request [bytes]. */
#define TOKEN_BODY_MAX ((size_t)64 * 1024)

/* = design, "Tenants": chosen by SNI and Host, which must not name two.
 * Without a server name the Host decides.
 * Source: RFC 9110 §7.4, §15.5.20. */
static bool hosts_agree(const struct visit *v, struct str name)
{
	struct tls_connection *tls = http_connection_tls(http_exchange_connection(v->exchange));
	const char *sni = tls ? tls_connection_sni(tls) : "";
	return !sni[0] || str_equal_nocase(tenant_name(v->g, str_of(sni)), name);
}

/* Find subaccount, peer and caller; false: it was refused. */
static bool recognise(struct visit *v, struct wall now)
{
	struct err err = { 0 };
	static const struct identity_peer nobody;
	size_t n_fields = 0;
	char name[REGISTRY_MAX_TENANT + 1];
	struct str host = tenant_name(v->g, http_exchange_host(v->exchange));
	/* Before anything is begun that could not be recorded. */
	if (!journal_has_room(v->g->journal, &err)) {
		gateway_tell_journal_full(v->g, &err);
		v->unrecorded = true;
		visit_refuse(v, REASON_R512, NULL);
		return false;
	}
	if (!gateway_refresh(v->g)) {
		visit_refuse(v, REASON_R512,
			     "The registry is damaged; the manager rebuilds it at its next start.");
		return false;
	}
	/* Names are lower case in the registry. */
	host = str_first(host, REGISTRY_MAX_TENANT);
	for (size_t i = 0; i < host.n; i++) {
		name[i] = char_lower(host.p[i]);
	}
	name[host.n] = '\0';
	if (tenant_get(v->g, str_of(name), &v->tenant, &err) != RC_OK) {
		log_err(LOG_ERROR, "trust_unreadable", &err);
		visit_refuse(v, REASON_R512, err.text);
		return false;
	}
	const struct http_field *fields = http_exchange_fields(v->exchange, &n_fields);
	v->judgement = peer_judge(v->g, http_exchange_connection(v->exchange), v->tenant, now);
	v->peer = v->judgement ? &v->judgement->identity : &nobody;
	v->caller = recognition_judge(v->g, v->tenant, v->judgement, fields, n_fields, now);
	if (!hosts_agree(v, host)) {
		visit_refuse(v, REASON_R519, NULL);
		return false;
	}
	return true;
}

static bool find_endpoint(struct visit *v)
{
	struct err err = { 0 };
	if (address_path(http_exchange_path(v->exchange), &v->path) != RC_OK) {
		buf_clear(&v->path);
		return true; /* no address at all: policy says so, to those who may know */
	}
	if (tenant_find_endpoint(v->g, v->tenant, buf_str(&v->path), &v->endpoint, &err) != RC_OK) {
		log_err(LOG_ERROR, "endpoint_unreadable", &err);
		visit_refuse(v, REASON_R512, err.text);
		return false;
	}
	return true;
}

static struct csrf_binding binding_of(const struct visit *v, struct str session)
{
	const struct identity_candidate *key = v->caller->identity.candidate;
	return (struct csrf_binding){ .tenant = str_of(v->tenant->name),
				      .artifact = str_of(v->endpoint ? v->endpoint->artifact : ""),
				      .service_key = str_of(key ? key->key_id : ""),
				      .session = session };
}

static enum policy_csrf judge_csrf(const struct visit *v, struct wall now)
{
	bool asked = v->endpoint && v->endpoint->plan->endpoint.csrf;
	if (!asked) {
		return POLICY_CSRF_MISSING; /* nobody looks at it */
	}
	struct str cookie = http_exchange_field(v->exchange, "cookie");
	const struct csrf_binding binding = binding_of(v, csrf_session(cookie));
	return csrf_judge(&v->g->csrf, &binding, http_exchange_field(v->exchange, "x-csrf-token"), now);
}

static void judge(struct visit *v, struct wall now, uint64_t body_size)
{
	const struct identity *identity = &v->caller->identity;
	bool by_certificate = identity->how == IDENTITY_CERTIFICATE && identity->reason == REASON_NONE;
	const struct policy_request request = {
		.identity = identity,
		.endpoint = v->endpoint ? &v->endpoint->plan->endpoint : NULL,
		.address = v->path.n ? buf_str(&v->path) : http_exchange_path(v->exchange),
		.method = http_exchange_method(v->exchange),
		.csrf = judge_csrf(v, now),
		.body_size = body_size,
		.leaf = by_certificate ? &v->peer->leaf : NULL,
	};
	policy_verdict_fini(&v->verdict);
	policy_judge(&request, &v->verdict);
	if (v->verdict.reason != REASON_NONE && !identity->presented) {
		caller_explain(v->caller, v->peer, now);
		policy_verdict_fini(&v->verdict);
		policy_judge(&request, &v->verdict);
	}
}

static void give_token(struct visit *v, struct wall now)
{
	char session[CSRF_SESSION_SIZE];
	char cookie[128];
	AUTO_BUF(token, 1024);
	const struct csrf_binding binding =
		binding_of(v, str_of(random_text(session, CSRF_SESSION_SIZE - 1)));
	csrf_make(&v->g->csrf, &binding, now, &token);
	(void)snprintf(cookie, sizeof(cookie),
		       CSRF_COOKIE "=%s; Path=/http; Secure; HttpOnly; SameSite=Strict", session);
	const struct http_field fields[] = { { STR("x-csrf-token"), buf_str(&token) },
					     { STR("set-cookie"), str_of(cookie) },
					     { STR("cache-control"), STR("no-store") } };
	const struct visit_outcome outcome = { .status = "COMPLETED",
					       .http_status = 200,
					       .probe = str_is(http_exchange_method(v->exchange), "HEAD"),
					       .fields = fields,
					       .n_fields = ARRAY_SIZE(fields) };
	visit_answer(v, &outcome);
}

static void answer_probe(struct visit *v)
{
	const struct visit_outcome outcome = { .status = "COMPLETED", .http_status = 200, .probe = true };
	visit_answer(v, &outcome);
}

static void take_body(struct visit *v, uint64_t max)
{
	bool held = v->for_token || v->endpoint->plan->request_body == FLOW_BODY_HELD;
	const struct identity *identity = &v->caller->identity;
	visit_set_state(v, VISIT_STATE_BODY);
	if (identity->reason == REASON_NONE && identity->candidate) {
		http_exchange_set_payer(v->exchange, str_of(identity->candidate->key_id));
	}
	if (held) {
		http_exchange_accept_body(v->exchange, max < HTTP_BODY_MAX ? (size_t)max : HTTP_BODY_MAX);
	} else {
		http_exchange_stream_body(v->exchange, max);
	}
}

static void admit_token_request(struct visit *v)
{
	const struct identity *identity = &v->caller->identity;
	v->for_token = true;
	if (!str_is(http_exchange_method(v->exchange), "POST")) {
		visit_refuse(v, identity->reason != REASON_NONE ? identity->reason : REASON_R502, NULL);
	} else if (v->peer->has_certificate && identity->reason != REASON_NONE) {
		visit_refuse(v, identity->reason, NULL);
	} else {
		take_body(v, TOKEN_BODY_MAX);
	}
}

void admission_judge(struct visit *visit)
{
	struct wall now = wall_now();
	uint64_t length = 0;
	if (!recognise(visit, now)) {
		return;
	}
	if (str_is(http_exchange_path(visit->exchange), "/oauth/token")) {
		admit_token_request(visit);
		return;
	}
	if (!find_endpoint(visit)) {
		return;
	}
	if (registry_damage(visit->g->registry)) {
		visit_refuse(visit, REASON_R512, "A record of the registry is damaged.");
		return;
	}
	(void)http_exchange_declared_length(visit->exchange, &length);
	judge(visit, now, length);
	switch (visit->verdict.action) {
	case POLICY_REFUSE: visit_refuse(visit, visit->verdict.reason, NULL); break;
	case POLICY_PROBE: answer_probe(visit); break;
	case POLICY_TOKEN: give_token(visit, now); break;
	case POLICY_RUN: take_body(visit, visit->endpoint->plan->endpoint.max_body); break;
	}
}

void admission_body_limit(struct visit *visit)
{
	if (visit->endpoint) {
		judge(visit, wall_now(), visit->endpoint->plan->endpoint.max_body + 1);
	}
	visit_refuse(visit, REASON_R506, NULL);
}
