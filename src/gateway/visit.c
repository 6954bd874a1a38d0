/* SPDX-License-Identifier: Apache-2.0
 * One request on its way through the gateway: its state, its line in the monitor, its answer. */
#include "gateway/visit.h"

#include "base/memory.h"
#include "flow/address.h"
#include "log/log.h"

#define MAX_FIELDS 64
/* Visits kept with their buffers for the next request; a buffer above this is not kept [bytes]. */
#define SPARES_MAX 64
#define SPARE_BYTES_MAX 4096

/* Bit n of allowed[m] stands for the move from m to n. */
static const unsigned allowed[] = {
	[VISIT_STATE_ADMISSION] = 1U << VISIT_STATE_BODY | 1U << VISIT_STATE_ANSWERED,
	[VISIT_STATE_BODY] = 1U << VISIT_STATE_DELIVERY | 1U << VISIT_STATE_ANSWERED,
	[VISIT_STATE_DELIVERY] = 1U << VISIT_STATE_ANSWERING | 1U << VISIT_STATE_ANSWERED,
	[VISIT_STATE_ANSWERING] = 1U << VISIT_STATE_ANSWERED,
	[VISIT_STATE_ANSWERED] = 0,
};

void visit_set_state(struct visit *visit, enum visit_state state)
{
	ASSERT(allowed[visit->state] & 1U << state);
	visit->state = state;
}

struct visit *visit_new(struct gateway *g, struct http_exchange *exchange)
{
	struct visit *v = g->spare_visits;
	if (v) {
		g->spare_visits = v->next_spare;
		g->n_spare_visits--;
	} else {
		v = mem_alloc(sizeof(*v));
		v->path = BUF(ADDRESS_PATH_MAX);
		v->url = BUF(HTTP_HEAD_MAX * 2);
	}
	v->g = g;
	v->exchange = exchange;
	v->start = http_exchange_start(exchange);
	(void)monitor_id(g, v->id);
	http_exchange_set_user(exchange, v);
	return v;
}

static void release(struct visit *v)
{
	mem_free(v->fields);
	buf_fini(&v->path);
	buf_fini(&v->url);
	buf_fini(&v->held);
	mem_free(v);
}

static void keep_or_free(struct visit *v)
{
	struct gateway *g = v->g;
	buf_fini(&v->held);
	if (g->n_spare_visits == SPARES_MAX || v->path.size > SPARE_BYTES_MAX ||
	    v->url.size > SPARE_BYTES_MAX || v->fields_size > MAX_FIELDS) {
		release(v);
		return;
	}
	buf_clear(&v->path);
	buf_clear(&v->url);
	*v = (struct visit){
		.fields = v->fields, .fields_size = v->fields_size, .path = v->path, .url = v->url
	};
	v->next_spare = g->spare_visits;
	g->spare_visits = v;
	g->n_spare_visits++;
}

static void visit_free(struct visit *v)
{
	if (v->call) {
		http_call_cancel(v->call);
	}
	flow_run_free(v->run);
	policy_verdict_fini(&v->verdict);
	caller_free(v->caller);
	judgement_free(v->judgement);
	endpoint_free(v->endpoint);
	keep_or_free(v);
}

void visit_free_spares(struct gateway *g)
{
	while (g->spare_visits) {
		struct visit *v = g->spare_visits;
		g->spare_visits = v->next_spare;
		release(v);
	}
	g->n_spare_visits = 0;
}

static void describe_connection(const struct visit *v, struct monitor_entry *e)
{
	struct http_connection *connection = http_exchange_connection(v->exchange);
	struct tls_connection *tls = http_connection_tls(connection);
	e->peer = http_connection_peer(connection);
	e->tls = tls ? tls_connection_version(tls) : "";
	e->sni = tls ? tls_connection_sni(tls) : "";
	e->method = http_exchange_method(v->exchange);
	e->host = http_exchange_host(v->exchange);
	e->user_agent = http_exchange_field(v->exchange, "user-agent");
	e->request_bytes = http_exchange_body_received(v->exchange);
}

static void describe_caller(const struct visit *v, struct monitor_entry *e)
{
	static const struct identity nobody = { 0 };
	const struct identity *identity = v->caller ? &v->caller->identity : &nobody;
	const struct identity_candidate *key = identity->candidate;
	e->how = monitor_how_name((int)identity->how);
	if (v->peer && v->peer->has_certificate) {
		e->subject = v->peer->leaf.subject;
		e->sha256 = v->peer->leaf.sha256;
		e->anchored = v->peer->anchored;
	}
	if (key) {
		/* A caller that was refused is not that client; the evidence names the nearest key. */
		e->client = identity->reason == REASON_NONE ? key->client_id : "";
		e->service_key = key->key_name;
		e->instance = key->instance_name;
	}
	e->presented = v->verdict.presented ? v->verdict.presented : identity->presented;
	e->expected = v->verdict.expected ? v->verdict.expected : identity->expected;
}

static struct monitor_entry entry_of(const struct visit *v)
{
	struct monitor_entry e = { .id = v->id, .tenant = "default" };
	if (v->tenant && v->tenant->id) {
		e.tenant = v->tenant->name;
	}
	e.artifact = v->endpoint ? v->endpoint->artifact : "";
	e.address = v->path.n ? buf_str(&v->path) : http_exchange_path(v->exchange);
	e.duration_us = mono_now().us - v->start.us;
	describe_connection(v, &e);
	describe_caller(v, &e);
	return e;
}

/* Refused before anybody was recognised: whoever it is can send as many of these as it likes. */
static bool is_stranger(const struct visit *v, const struct visit_outcome *outcome)
{
	return v->caller && v->caller->identity.reason != REASON_NONE && outcome->reason != REASON_NONE;
}

/* What the line says of the caller is the same for every request that it may make: written once. */
static struct str caller_line(struct caller *caller, const struct monitor_entry *entry)
{
	if (caller->line.n == 0 && !caller->line.overflow) {
		monitor_format_caller(entry, &caller->line);
	}
	return caller->line.overflow ? STR_NONE : buf_str(&caller->line);
}

static void count(struct counters *counters, const struct monitor_entry *e)
{
	if (!counters) {
		return;
	}
	if (!e->amends) {
		counters_request(counters, e->reason, e->duration_us);
	}
	if (strcmp(e->status, "REFUSED") == 0) {
		metrics_add(&counters->metrics, METRIC_REQUESTS_REFUSED_TOTAL, 1);
	} else if (strcmp(e->status, "FAILED") == 0) {
		metrics_add(&counters->metrics, METRIC_REQUESTS_FAILED_TOTAL, 1);
	}
}

static enum rc record(struct visit *v, const struct visit_outcome *outcome)
{
	struct err err = { 0 };
	if (v->caller && outcome->reason != REASON_NONE) {
		caller_explain(v->caller, v->peer, wall_now());
	}
	struct monitor_entry e = entry_of(v);
	e.status = outcome->status;
	e.http_status = outcome->http_status;
	e.reason = outcome->reason;
	e.probe = outcome->probe;
	e.text = outcome->text;
	e.response_bytes = outcome->body.n;
	if (v->state == VISIT_STATE_ANSWERING) {
		e.amends = true;
		e.response_bytes = v->written;
	} else if (outcome->body_follows && outcome->length != HTTP_LENGTH_UNKNOWN) {
		e.response_bytes = outcome->length;
	}
	count(v->g->counters, &e);
	if (v->caller && v->caller->identity.reason == REASON_NONE && e.reason == REASON_NONE) {
		e.caller = caller_line(v->caller, &e);
	}
	enum rc rc = is_stranger(v, outcome) ? monitor_record_stranger(v->g, &e, &err)
					     : monitor_record(v->g, &e, &err);
	if (rc != RC_OK) {
		log_err(LOG_ERROR, "journal_failed", &err);
	}
	return rc;
}

static bool may_tell(const struct visit *v, enum reason reason)
{
	enum setting_tell tell = v->tenant ? v->tenant->tell : v->g->settings.tell;
	if (reason == REASON_NONE || tell == SETTING_TELL_NEVER) {
		return false;
	}
	return tell == SETTING_TELL_ALWAYS || (v->caller && v->caller->identity.may_tell);
}

void visit_format_refusal(const char *id, enum reason told, struct buf *out)
{
	AUTO_VALUE *body = value_object();
	if (told != REASON_NONE) {
		value_set_c(body, "code", reason_info(told)->code);
	}
	value_set_c(body, "requestId", id);
	if (value_format(body, out) != RC_OK) {
		buf_clear(out);
	}
}

/* Who was recorded is answered; who could not be, is told that the gateway is not ready. */
static bool begin(struct visit *v, const struct visit_outcome *outcome)
{
	struct http_field fields[MAX_FIELDS];
	size_t n = 0;
	fields[n++] = (struct http_field){ STR("x-request-id"), str_of(v->id) };
	if (!v->unrecorded && record(v, outcome) != RC_OK) {
		AUTO_BUF(body, 256);
		visit_format_refusal(v->id, may_tell(v, REASON_R512) ? REASON_R512 : REASON_NONE, &body);
		fields[n++] = (struct http_field){ STR("content-type"), STR("application/json") };
		http_exchange_respond(v->exchange, reason_info(REASON_R512)->http_status, fields, n,
				      buf_str(&body));
		return false;
	}
	for (size_t i = 0; i < outcome->n_fields && n < MAX_FIELDS; i++) {
		fields[n++] = outcome->fields[i];
	}
	http_exchange_begin(v->exchange, outcome->http_status, fields, n,
			    outcome->body_follows ? outcome->length : outcome->body.n);
	return true;
}

/* The exchange goes on without it. */
static void part(struct visit *v)
{
	visit_set_state(v, VISIT_STATE_ANSWERED);
	http_exchange_set_user(v->exchange, NULL);
	visit_free(v);
}

void visit_answer(struct visit *visit, const struct visit_outcome *outcome)
{
	if (begin(visit, outcome)) {
		(void)http_exchange_write(visit->exchange, outcome->body);
		http_exchange_finish(visit->exchange);
	}
	part(visit);
}

bool visit_begin(struct visit *visit, const struct visit_outcome *outcome)
{
	if (!begin(visit, outcome)) {
		part(visit);
		return false;
	}
	visit->status = outcome->http_status;
	visit_set_state(visit, VISIT_STATE_ANSWERING);
	return true;
}

void visit_finish(struct visit *visit)
{
	http_exchange_finish(visit->exchange);
	part(visit);
}

void visit_break(struct visit *visit, enum reason reason, const char *text)
{
	const struct visit_outcome outcome = {
		.status = "FAILED", .http_status = visit->status, .reason = reason, .text = text
	};
	(void)record(visit, &outcome);
	http_exchange_cut(visit->exchange);
	part(visit);
}

void visit_refuse(struct visit *visit, enum reason reason, const char *text)
{
	AUTO_BUF(body, 1024);
	struct http_field fields[3] = { { STR("content-type"), STR("application/json") } };
	size_t n = 1;
	int status = reason_info(reason)->http_status;
	visit_format_refusal(visit->id, may_tell(visit, reason) ? reason : REASON_NONE, &body);
	if (status == 401) {
		/* = RFC 9110 §15.5.2: a 401 names a scheme. */
		fields[n++] = (struct http_field){ STR("www-authenticate"), STR("Bearer realm=\"postern\"") };
	} else if (status == 405) {
		fields[n++] = (struct http_field){ STR("allow"),
						   STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS") };
	} else if (reason == REASON_R517 || reason == REASON_R518) {
		fields[n++] = (struct http_field){ STR("retry-after"), STR(HTTP_RETRY_AFTER) };
	} else if (reason == REASON_R503) {
		fields[n++] = (struct http_field){ STR("x-csrf-token"), STR("required") };
	}
	const struct visit_outcome outcome = { .status = status >= 500 ? "FAILED" : "REFUSED",
					       .http_status = status,
					       .reason = reason,
					       .text = text,
					       .fields = fields,
					       .n_fields = n,
					       .body = buf_str(&body) };
	visit_answer(visit, &outcome);
}

void visit_refuse_unheld(struct visit *visit, enum budget_answer why)
{
	visit_refuse(visit, why == BUDGET_CALLER ? REASON_R517 : REASON_R518, NULL);
}

void visit_abandon(struct visit *visit)
{
	bool begun = visit->state == VISIT_STATE_ANSWERING;
	const struct visit_outcome outcome = {
		.status = "FAILED",
		.http_status = visit->status,
		.text = begun ? "The transfer broke off before the caller had the whole answer."
			      : "The caller went away before it was answered."
	};
	(void)record(visit, &outcome);
	visit_free(visit);
}
