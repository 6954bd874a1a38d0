/* SPDX-License-Identifier: Apache-2.0
 * One gateway process: its parts put together, and the calls of its HTTP server. */
#include "gateway/serving.h"

#include "base/memory.h"
#include "gateway/admission.h"
#include "gateway/delivery.h"
#include "gateway/server_keys.h"
#include "log/log.h"
#include "tls/decode_check.h"

/* How often the registry is looked at without a request, and counted refusals are written. */
#define TICK_MS 500

/* Without it every certificate of a peer is decoded anew. */
static void check_decoding(struct gateway *g)
{
	if (tls_decode_check(g->tls)) {
		metrics_add(&g->counters->metrics, METRIC_CERTIFICATE_CACHES, 1);
	} else {
		log_event(LOG_WARNING, "certificate_cache_off",
			  "why=\"libssl does not ask this program's d2i_X509(); handshakes cost more\"");
	}
}

static void tick(void *context)
{
	struct gateway *g = context;
	g->counters->metrics.value[METRIC_CERTIFICATES_KNOWN_TOTAL] =
		(int64_t)cert_cache_decodes(g->certificates);
	if (gateway_refresh(g)) {
		server_keys_renew(g);
	}
	monitor_flush_strangers(g, loop_now(g->loop));
	loop_timer_set_ms(g->tick, TICK_MS);
}

static void on_head(void *ctx, struct http_exchange *exchange)
{
	admission_judge(visit_new(ctx, exchange));
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
	delivery_start(http_exchange_user(exchange));
}

static void on_body(void *ctx, struct http_exchange *exchange)
{
	delivery_body_arrived(http_exchange_user(exchange));
}

static void on_writable(void *ctx, struct http_exchange *exchange)
{
	delivery_writable(http_exchange_user(exchange));
}

static void on_body_limit(void *ctx, struct http_exchange *exchange)
{
	admission_body_limit(http_exchange_user(exchange));
}

static void on_body_unheld(void *ctx, struct http_exchange *exchange, enum budget_answer why)
{
	visit_refuse_unheld(http_exchange_user(exchange), why);
}

static void on_abort(void *ctx, struct http_exchange *exchange)
{
	struct visit *visit = http_exchange_user(exchange);
	if (visit) {
		visit_abandon(visit);
	}
}

/* A line for what never became a request; id is made here. fix NULL: the reason's own. */
static void record_unread(struct gateway *g, struct http_connection *connection, enum reason reason,
			  int status, const char *text, const char *fix, char id[MONITOR_ID_SIZE])
{
	struct err err = { 0 };
	struct tls_connection *tls = http_connection_tls(connection);
	const struct cert *leaf = status ? peer_leaf(connection) : NULL;
	const struct monitor_entry entry = {
		.id = monitor_id(g, id),
		.tenant = "default",
		.status = "REFUSED",
		.http_status = status,
		.reason = reason,
		.how = "none",
		.subject = leaf ? cert_subject(leaf) : "",
		.sha256 = leaf ? cert_sha256(leaf) : "",
		.tls = tls ? tls_connection_version(tls) : "",
		.sni = tls ? tls_connection_sni(tls) : "",
		.peer = http_connection_peer(connection),
		.text = text,
		.fix = fix,
	};
	if (monitor_record_stranger(g, &entry, &err) != RC_OK) {
		log_err(LOG_ERROR, "journal_failed", &err);
	}
}

static void on_malformed(void *ctx, struct http_connection *connection, const char *why, int status)
{
	struct gateway *g = ctx;
	char id[MONITOR_ID_SIZE];
	AUTO_BUF(body, 256);
	/* All that connect here speak TLS, or were meant to. */
	enum reason reason = !http_connection_tls(connection) ? REASON_R516
			     : status == 431                  ? REASON_R510
			     : status == 408                  ? REASON_R511
							      : REASON_R508;
	record_unread(g, connection, reason, status, why, NULL, id);
	if (reason == REASON_R516) {
		const struct http_field plain[] = { { STR("x-request-id"), str_of(id) },
						    { STR("content-type"), STR("text/plain") } };
		(void)buf_printf(&body, "%s %s\n", why, reason_info(reason)->fix);
		http_connection_refuse(connection, plain, ARRAY_SIZE(plain), buf_str(&body));
		return;
	}
	/* Whoever it is, its chain was not judged. */
	visit_format_refusal(id, g->settings.tell == SETTING_TELL_ALWAYS ? reason : REASON_NONE, &body);
	const struct http_field fields[] = { { STR("x-request-id"), str_of(id) },
					     { STR("content-type"), STR("application/json") } };
	http_connection_refuse(connection, fields, ARRAY_SIZE(fields), buf_str(&body));
}

static void on_body_malformed(void *ctx, struct http_exchange *exchange, const char *why, int status)
{
	visit_refuse(http_exchange_user(exchange), status == 408 ? REASON_R511 : REASON_R508, why);
}

static void on_handshake_failed(void *ctx, struct http_connection *connection, const struct err *err)
{
	/* Who merely connects and goes, as a health check does, refused nothing. */
	if (err->code == RC_PROTO || err->code == RC_CERT) {
		char id[MONITOR_ID_SIZE];
		record_unread(ctx, connection, REASON_R513, 0, err->text, err->fix, id);
	}
}

static const struct http_handler handler = {
	.on_head = on_head,
	.on_request = on_request,
	.on_body = on_body,
	.on_writable = on_writable,
	.on_abort = on_abort,
	.on_body_limit = on_body_limit,
	.on_body_unheld = on_body_unheld,
	.on_body_malformed = on_body_malformed,
	.on_malformed = on_malformed,
	.on_handshake_failed = on_handshake_failed,
};

/* Without shared memory nothing is resumed; a supervisor of another release may have made it in another
 * form. */
static void open_sessions(struct gateway *g, int sessions_fd)
{
	struct err err = { 0 };
	struct seal_key key;
	if (sessions_fd < 0) {
		return;
	}
	seal_derive(&g->secrets, "sessions", &key);
	if (session_store_open(&g->sessions, sessions_fd, &key, &err) != RC_OK) {
		log_err(LOG_WARNING, "sessions_not_resumed", &err);
	}
	mem_wipe(&key, sizeof(key));
}

/* As many connections to receivers are kept as callers use at once;
 * fewer would be made anew for each request above that. */
static const struct http_client_options receivers = { .max_idle = 1024, .max_idle_per_host = 256 };

enum rc serving_init(struct gateway *g, const struct value *settings, int registry_fd, int sessions_fd,
		     const struct seal_key *secrets, struct err *reterr)
{
	TRY(gateway_settings_read(&g->settings, settings, reterr));
	g->secrets = *secrets;
	seal_derive(secrets, "csrf", &g->csrf);
	g->quota.limit = g->settings.stranger_limit;
	g->line = BUF(JOURNAL_MAX_RECORD);
	TRY(registry_reader_open(&g->registry, registry_fd, reterr));
	g->certificates = cert_cache_new(JUDGEMENT_CERTIFICATES_MAX, JUDGEMENT_CERTIFICATE_BYTES_MAX);
	g->judgements = judgement_cache_new(JUDGEMENT_CHAINS_MAX, g->certificates);
	open_sessions(g, sessions_fd);
	TRY(server_keys_make(g, reterr));
	TRY(loop_new(&g->loop, reterr));
	return http_client_new(&g->client, g->loop, &receivers, reterr);
}

enum rc serving_listen(struct gateway *g, int listener, int journal_fd, struct err *reterr)
{
	TRY(journal_writer_open(&g->journal, journal_fd, g->settings.worker, reterr));
	TRY(counters_open(&g->counters, journal_fd, g->settings.worker, reterr));
	check_decoding(g);
	g->bodies = budget_new(g->settings.body_memory);
	const struct http_server_options options = { .metrics = &g->counters->metrics, .budget = g->bodies };
	TRY(http_server_new(&g->server, g->loop, &options, &handler, g, reterr));
	if (listener >= 0) {
		TRY(http_server_listen(g->server, listener, tls_connection_accept_hook, g->tls, reterr));
	}
	g->tick = loop_timer_new(g->loop, tick, g);
	loop_timer_set_ms(g->tick, TICK_MS);
	return RC_OK;
}

static void drained(void *context)
{
	struct gateway *g = context;
	loop_stop(g->loop);
}

void serving_drain(struct gateway *g, uint32_t idle_ms, bool take_waiting)
{
	/* Told again, it is for a shorter wait. */
	if (!g->deadline) {
		g->deadline = loop_timer_new(g->loop, drained, g);
	}
	loop_timer_set_ms(g->deadline, (int64_t)idle_ms + g->settings.drain_grace_ms);
	http_server_drain(g->server, take_waiting, idle_ms, drained, g);
}

void serving_fini(struct gateway *g)
{
	http_server_free(g->server);
	budget_free(g->bodies);
	if (g->journal) {
		monitor_flush_strangers(g, (struct mono){ INT64_MAX }); /* the present second too */
	}
	http_client_free(g->client);
	loop_timer_free(g->tick);
	loop_timer_free(g->deadline);
	tls_server_context_free(g->tls);
	judgement_cache_free(g->judgements);
	cert_cache_free(g->certificates);
	session_store_close(g->sessions);
	visit_free_spares(g);
	tenant_free_all(g);
	registry_reader_close(g->registry);
	journal_writer_close(g->journal);
	buf_fini(&g->line);
	loop_free(g->loop);
	gateway_settings_fini(&g->settings);
	mem_wipe(&g->secrets, sizeof(g->secrets));
	mem_wipe(&g->csrf, sizeof(g->csrf));
	*g = (struct gateway){ 0 };
}
