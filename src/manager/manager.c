/* SPDX-License-Identifier: Apache-2.0
 * The manager's life: open the service, hand the workers' secret over, serve, take over messages, end in
 * order. */
#include "manager/manager.h"

#include "api/core/api.h"
#include "api/core/throttle.h"
#include "base/memory.h"
#include "http/uri.h"
#include "log/log.h"
#include "manager/renewal.h"
#include "manager/upkeep.h"
#include "os/file.h"
#include "os/notice.h"
#include "os/process.h"
#include "service/destination/auth_token.h"
#include "service/content/deployment.h"
#include "service/core/published.h"
#include "service/core/session.h"
#include "tls/connection.h"

#include <signal.h>
#include <unistd.h>

enum { CONTROL_FD = 3, LISTENER_FD = 4 };

#define INGEST_MS 200
#define INGEST_AGAIN_MS 2000 /* the store refused: it is asked less often, so that the rest goes on */
#define RENEWAL_MS INT64_C(3600000)
#define DRAIN_MS 2000
/* From the beginning of an orderly end: calls that are not answered by then are cut off;
 * clerks get this much more. */
#define END_MS 3000
#define CLERKS_MS 1000
/* The same where a successor takes over: less than the supervisor waits before it ends this process. */
#define RELIEVED_MS 8000
/* For answers that clerks gave last to leave. */
#define FLUSH_TURNS 20
#define FLUSH_MS 10
#define JOBS_MOST 4
#define JOBS_QUEUE 64
#define FILES_MAX 8192
/* For small allocations where bodies have filled the memory [bytes]. */
#define ASIDE_BYTES ((size_t)4 * 1024 * 1024)

struct manager {
	struct api api;
	struct loop *loop;
	struct session *session; /* that changes: the clerk's, from clerks_new() to clerks_stop() */
	struct loop_watch *control;
	struct loop_timer *end; /* of an orderly end that takes too long */
	struct loop_timer *ingest;
	struct renewal *renewal;
	struct upkeep *upkeep;
	struct tls_server_context *tls;
	uint64_t tls_keys; /* session->service->server_keys when tls was made */
	size_t draining;
};

/* Passwords and tokens never cross a network in the clear. */
static enum rc management_read(struct manager *m, bool *ret_tls, struct err *reterr)
{
	struct uri uri;
	const char *url = service_setting_c(m->api.memory, "management_url", "");
	TRY(uri_parse(str_of(url), &uri, reterr));
	if (!uri.https && !host_is_loopback(uri.host)) {
		(void)err_set(reterr, RC_INVALID,
			      "Management on %.*s without TLS is refused: only loopback goes without.",
			      STR_ARG(uri.host));
		return err_field(reterr, "management_url");
	}
	m->api.management_port = uri.port;
	m->api.management_host = str_dup(uri.host);
	*ret_tls = uri.https;
	return RC_OK;
}

/* From what is published, as gateways have it: the loop asks no store. */
static enum rc identity_read(struct manager *m, const char *kind, struct cert_list *chain,
			     struct key **ret_key, struct err *reterr)
{
	return published_server_key(m->api.memory, kind, chain, ret_key, reterr);
}

static enum rc tls_open(struct manager *m, struct err *reterr)
{
	AUTO_CERT_LIST rsa_chain = { 0 };
	AUTO_CERT_LIST ec_chain = { 0 };
	AUTO(key_free_cleanup) struct key *rsa = NULL;
	AUTO(key_free_cleanup) struct key *ec = NULL;
	struct tls_server_context *tls = NULL;
	uint64_t keys = m->api.memory->service->server_keys;
	TRY(identity_read(m, "rsa", &rsa_chain, &rsa, reterr));
	TRY(identity_read(m, "ec", &ec_chain, &ec, reterr));
	const struct tls_server_options options = { .rsa = { &rsa_chain, rsa }, .ec = { &ec_chain, ec } };
	TRY(tls_server_context_new(&tls, &options, reterr));
	tls_server_context_free(m->tls);
	m->tls = tls;
	m->tls_keys = keys;
	return RC_OK;
}

/* A certificate that was replaced, or that names a new subaccount, counts from the next connection on. */
static enum rc tls_accept(void *context, int take_fd, struct transport **ret, struct err *reterr)
{
	struct manager *m = context;
	struct err err = { 0 };
	if (m->tls_keys != m->api.memory->service->server_keys && tls_open(m, &err) != RC_OK) {
		log_err(LOG_ERROR, "server_key_unreadable", &err);
	}
	return tls_connection_accept(ret, m->tls, take_fd, reterr);
}

static enum rc servers_open(struct manager *m, struct err *reterr)
{
	m->api.bodies = budget_new(setting_number_in(m->api.settings, SETTING_body_memory));
	const struct http_server_options options = { .max_connections = 1000,
						     .metrics = &m->api.metrics,
						     .budget = m->api.bodies };
	bool tls = false;
	TRY(management_read(m, &tls, reterr));
	if (tls) {
		TRY(tls_open(m, reterr));
	}
	for (int i = 0; i < API_LISTENER_COUNT; i++) {
		struct api_server *server = &m->api.servers[i];
		*server = (struct api_server){ .api = &m->api, .listener = (enum api_listener)i };
		TRY(http_server_new(&server->http, m->loop, &options, &api_handler, server, reterr));
		bool with_tls = tls && i == API_LISTENER_TCP;
		TRY(http_server_listen(server->http, LISTENER_FD + i, with_tls ? tls_accept : NULL, m,
				       reterr));
	}
	return RC_OK;
}

/* The key that opens sealed records of the registry; only the supervisor and its gateways ever hold the
 * descriptor. */
static enum rc slot_put(struct manager *m, struct err *reterr)
{
	int fd = -1;
	const struct notice notice = { .kind = NOTICE_SLOT_PUT, .slot = 0 };
	TRY(file_memory_sealed("worker-secrets",
			       str_from(m->api.memory->service->worker_seal.b, SEAL_KEY_BYTES), &fd, reterr));
	enum rc rc = notice_send(CONTROL_FD, &notice, fd, reterr);
	file_close(fd);
	return rc;
}

static void drained(void *context)
{
	struct manager *m = context;
	if (--m->draining == 0) {
		loop_stop(m->loop);
	}
}

/* A use case may be stuck, at a disk that does not answer, say: its caller is not waited for. */
static void on_end(void *context)
{
	struct manager *m = context;
	log_event(LOG_WARNING, "manager_end_late", "text=\"calls are still at work and are cut off\"");
	loop_stop(m->loop);
}

/* end_ms [ms] until calls are cut off; the shortest that was asked for counts. */
static void drain(struct manager *m, uint32_t idle_ms, uint32_t end_ms)
{
	if (m->draining == 0 || end_ms == END_MS) {
		loop_timer_set_ms(m->end, end_ms);
	}
	if (m->draining > 0) {
		return;
	}
	m->api.ready = false;
	m->draining = API_LISTENER_COUNT;
	for (int i = 0; i < API_LISTENER_COUNT; i++) {
		http_server_drain(m->api.servers[i].http, false, idle_ms, drained, m);
	}
}

static void on_stop(void *context)
{
	drain(context, DRAIN_MS, END_MS);
}

/* What the supervisor tells of a gateway, for the status; one that has ended is forgotten. */
static void note_worker(struct manager *m, const struct notice *notice)
{
	static const char *const states[] = { "starting", "ready", "waiting", "retiring" };
	AUTO_FREE char *pid = mem_printf("%u", (unsigned)(notice->value & UINT32_MAX));
	uint32_t state = notice->slot >> 16;
	if (!m->api.workers) {
		m->api.workers = value_object();
	}
	value_remove(m->api.workers, pid);
	if (state >= ARRAY_SIZE(states)) {
		return;
	}
	struct value *v = value_object();
	value_set_int(v, "worker", notice->slot & 0xffff);
	value_set_int(v, "generation", (int64_t)(notice->value >> 32));
	value_set_int(v, "pid", (int64_t)(notice->value & UINT32_MAX));
	value_set_c(v, "state", states[state]);
	value_set(m->api.workers, pid, v);
}

static void on_control(void *context, unsigned ready)
{
	struct manager *m = context;
	struct notice notice;
	int fd = -1;
	for (;;) {
		enum rc rc = notice_receive(CONTROL_FD, &notice, &fd, NULL);
		if (rc == RC_AGAIN) {
			return;
		}
		if (rc != RC_OK) {
			loop_stop(m->loop);
			return;
		}
		file_close(fd);
		if (notice.kind == NOTICE_DRAIN) {
			drain(m, notice.value ? (uint32_t)notice.value : DRAIN_MS,
			      notice.slot == NOTICE_DRAIN_LAST ? END_MS : RELIEVED_MS);
		} else if (notice.kind == NOTICE_WORKER) {
			note_worker(m, &notice);
		}
	}
}

static void on_ingest(void *context)
{
	struct manager *m = context;
	bool good = works_take_messages(m->api.works);
	loop_timer_set_ms(m->ingest, good ? INGEST_MS : INGEST_AGAIN_MS);
}

static enum rc manager_open(struct manager *m, struct value *settings, struct err *reterr)
{
	const struct notice ready = { .kind = NOTICE_READY };
	TRY(loop_new(&m->loop, reterr));
	TRY(service_open(&m->session, settings, reterr));
	TRY(service_deployment_recover(m->session, reterr));
	m->api.loop = m->loop;
	m->api.memory = session_new_memory(m->session->service);
	m->api.settings = settings;
	m->api.jobs = job_pool_new(m->loop, JOBS_MOST, JOBS_QUEUE, NULL);
	m->api.auth_tokens = auth_tokens_new(m->loop, NULL);
	m->api.throttle = throttle_new();
	TRY(loop_signal(m->loop, SIGTERM, on_stop, m, reterr));
	TRY(loop_signal(m->loop, SIGINT, on_stop, m, reterr));
	TRY(loop_watch_new(&m->control, m->loop, CONTROL_FD, LOOP_READ, on_control, m, reterr));
	/* The mask of signals is made: threads inherit it. */
	TRY(clerks_new(&m->api.clerks, m->loop, m->session, reterr));
	m->api.works = works_new(m->loop, m->api.clerks, m->api.jobs, &m->api.metrics);
	TRY(servers_open(m, reterr));
	m->end = loop_timer_new(m->loop, on_end, m);
	m->ingest = loop_timer_new(m->loop, on_ingest, m);
	loop_timer_set_ms(m->ingest, INGEST_MS);
	m->renewal = renewal_new(m->loop, m->api.works, RENEWAL_MS);
	m->upkeep = upkeep_new(m->loop, m->api.works);
	TRY(slot_put(m, reterr));
	m->api.ready = true;
	return notice_send(CONTROL_FD, &ready, -1, reterr);
}

static bool calls_are_open(const struct manager *m)
{
	size_t n = 0;
	for (int i = 0; i < API_LISTENER_COUNT; i++) {
		n += m->api.servers[i].http ? http_server_count(m->api.servers[i].http) : 0;
	}
	return n > 0;
}

/* Where a clerk does not end, nothing it works with may be freed: the process goes as it is.
 * What was not committed has not happened, and what was is published at the next start. */
static void clerks_end(struct manager *m)
{
	if (!m->api.clerks) {
		return;
	}
	if (clerks_stop(m->api.clerks, CLERKS_MS)) {
		for (int i = 0; i < FLUSH_TURNS && calls_are_open(m); i++) {
			(void)!loop_turn(m->loop, FLUSH_MS, NULL);
		}
		return;
	}
	log_event(LOG_ERROR, "clerk_blocked",
		  "text=\"a use case does not end; the manager ends without it\"");
	_exit(0);
}

static void manager_close(struct manager *m)
{
	clerks_end(m);
	for (int i = 0; i < API_LISTENER_COUNT; i++) {
		http_server_free(m->api.servers[i].http);
	}
	budget_free(m->api.bodies);
	tls_server_context_free(m->tls);
	renewal_free(m->renewal);
	auth_tokens_free(m->api.auth_tokens);
	upkeep_free(m->upkeep);
	works_free(m->api.works);
	clerks_free(m->api.clerks);
	job_pool_free(m->api.jobs);
	throttle_free(m->api.throttle);
	value_free(m->api.workers);
	mem_free(m->api.management_host);
	loop_watch_free(m->control);
	loop_timer_free(m->ingest);
	loop_timer_free(m->end);
	loop_free(m->loop);
	session_close(m->api.memory);
	service_close(m->session);
}

int manager_run(const struct value *settings)
{
	struct manager m = { 0 };
	struct err err = { 0 };
	struct value *own = value_copy(settings);
	log_start("manager", LOG_INFO);
	(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	process_raise_files(FILES_MAX);
	mem_lay_aside(ASIDE_BYTES);
	enum rc rc = manager_open(&m, own, &err);
	if (rc == RC_OK) {
		log_event(LOG_INFO, "manager_started", "management=%s:%u", m.api.management_host,
			  (unsigned)m.api.management_port);
		rc = loop_run(m.loop, &err);
	}
	if (rc != RC_OK) {
		log_err(LOG_ERROR, "manager_failed", &err);
	}
	manager_close(&m);
	value_free(own);
	return rc == RC_OK ? 0 : 1;
}
