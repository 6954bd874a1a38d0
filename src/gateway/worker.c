/* SPDX-License-Identifier: Apache-2.0
 * One gateway process: what it waits for before it serves, and how it ends. */
#include "gateway/worker.h"

#include "base/memory.h"
#include "gateway/descriptors.h"
#include "gateway/serving.h"
#include "log/log.h"
#include "os/file.h"
#include "os/notice.h"
#include "os/process.h"
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* Freed memory that a worker keeps for the next requests [bytes]. */
#define KEPT_BYTES ((size_t)32 * 1024 * 1024)

/* For small allocations where bodies have filled the memory [bytes]. */
#define ASIDE_BYTES ((size_t)4 * 1024 * 1024)

/* How often it is looked whether the registry is published by now. */
#define RETRY_MS 20
#define SLOT_SECRETS 0
/* How long a drain waits for idle connections, where the supervisor does not say. */
#define IDLE_MS 500

struct worker {
	const struct value *settings;
	struct gateway gateway;
	struct seal_key secrets;
	bool has_secrets;
	bool ended;      /* told to drain before it served, or the supervisor is gone */
	int sessions_fd; /* -1: none */
	struct loop_watch *control;
	bool listener_closed;
};

static void take_secrets(struct worker *w, int fd)
{
	AUTO_BUF_SECRET(key, SEAL_KEY_BYTES);
	struct err err = { 0 };
	if (file_read_sealed(fd, SEAL_KEY_BYTES, &key, &err) != RC_OK || key.n != SEAL_KEY_BYTES) {
		log_err(LOG_ERROR, "secrets_unreadable", &err);
		return;
	}
	memcpy(w->secrets.b, key.p, SEAL_KEY_BYTES);
	w->has_secrets = true;
}

/* With its last descriptor a listener goes: who comes later is refused at once, instead of waiting for
 * nobody. */
static void close_listener(struct worker *w)
{
	if (!w->listener_closed) {
		(void)close(GATEWAY_FD_LISTENER);
	}
	w->listener_closed = true;
}

/* Serve all notices that wait. False: the supervisor is gone. */
static bool serve_notices(struct worker *w)
{
	for (;;) {
		struct notice notice;
		int fd = -1;
		enum rc rc = notice_receive(GATEWAY_FD_CONTROL, &notice, &fd, NULL);
		if (rc == RC_AGAIN) {
			return true;
		}
		if (rc != RC_OK) {
			return false;
		}
		if (notice.kind == NOTICE_SLOT_PUT && notice.slot == SLOT_SECRETS && fd >= 0) {
			take_secrets(w, fd);
		} else if (notice.kind == NOTICE_DRAIN && w->gateway.server) {
			uint64_t idle_ms = notice.value ? notice.value : IDLE_MS;
			serving_drain(&w->gateway, idle_ms < UINT32_MAX ? (uint32_t)idle_ms : UINT32_MAX,
				      notice.slot == NOTICE_DRAIN_LAST);
			close_listener(w);
		} else if (notice.kind == NOTICE_DRAIN) {
			w->ended = true;
		}
		file_close(fd);
	}
}

static void on_control(void *context, unsigned ready)
{
	struct worker *w = context;
	if (!serve_notices(w)) {
		/* Without a supervisor nobody holds the listener or starts a successor. */
		w->ended = true;
		loop_stop(w->gateway.loop);
	}
}

static void wait_for_notices(struct worker *w, int timeout_ms)
{
	struct pollfd pollfd = { .fd = GATEWAY_FD_CONTROL, .events = POLLIN };
	int n = poll(&pollfd, 1, timeout_ms);
	if (n > 0 || (n < 0 && errno != EINTR)) {
		w->ended |= !serve_notices(w);
	}
}

/* Until the secrets key came and a registry that it opens is published. */
static enum rc prepare(struct worker *w)
{
	char told[sizeof(((struct err *)0)->text)] = "";
	while (!w->ended) {
		struct err err = { 0 };
		if (!w->has_secrets) {
			wait_for_notices(w, -1);
			continue;
		}
		enum rc rc = serving_init(&w->gateway, w->settings, GATEWAY_FD_REGISTRY, w->sessions_fd,
					  &w->secrets, &err);
		if (rc == RC_OK) {
			return RC_OK;
		}
		serving_fini(&w->gateway);
		/* Told once each, at a level that does not alarm while a first start is under way. */
		if (rc != RC_AGAIN && strcmp(told, err.text) != 0) {
			memcpy(told, err.text, sizeof(told));
			log_err(LOG_WARNING, "gateway_waits", &err);
		}
		wait_for_notices(w, RETRY_MS);
	}
	return RC_CLOSED;
}

static enum rc confine(struct err *reterr)
{
	static const int writable[] = { GATEWAY_FD_JOURNAL };
	static const int readable[] = { GATEWAY_FD_REGISTRY };
	const char *parts = "";
	const struct sandbox_options options = {
		.writable_fds = writable, .n_writable_fds = 1, .readable_fds = readable, .n_readable_fds = 1
	};
	/* A connection each; accepting rests when they run out. */
	process_raise_files(ULONG_MAX);
	mem_keep_freed(KEPT_BYTES);
	mem_lay_aside(ASIDE_BYTES);
	TRY(sandbox_enter(SANDBOX_GATEWAY, &options, &parts, reterr));
	log_event(LOG_INFO, "gateway_confined", "parts=%s", parts);
	return RC_OK;
}

static enum rc serve(struct worker *w, struct err *reterr)
{
	struct gateway *g = &w->gateway;
	const struct notice ready = { .kind = NOTICE_READY };
	TRY(confine(reterr));
	TRY(serving_listen(g, GATEWAY_FD_LISTENER, GATEWAY_FD_JOURNAL, reterr));
	TRY(loop_watch_new(&w->control, g->loop, GATEWAY_FD_CONTROL, LOOP_READ, on_control, w, reterr));
	TRY(notice_send(GATEWAY_FD_CONTROL, &ready, -1, reterr));
	log_event(LOG_INFO, "gateway_ready", "worker=%u", g->settings.worker);
	enum rc rc = loop_run(g->loop, reterr);
	log_event(LOG_INFO, "gateway_ended", "worker=%u", g->settings.worker);
	return rc;
}

enum rc worker_run(const struct value *settings, struct err *reterr)
{
	/* Asked before any descriptor is opened here that might get the number. */
	bool shares = fcntl(GATEWAY_FD_SESSIONS, F_GET_SEALS) > 0;
	struct worker w = { .settings = settings, .sessions_fd = shares ? GATEWAY_FD_SESSIONS : -1 };
	enum rc rc = RC_OK;
	/* Writing to a peer that went away is an error of that connection, not a signal. */
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	(void)sigaction(SIGPIPE, &ignore, NULL);
	int flags = fcntl(GATEWAY_FD_CONTROL, F_GETFL);
	(void)fcntl(GATEWAY_FD_CONTROL, F_SETFL, flags | O_NONBLOCK);
	if (prepare(&w) == RC_OK) {
		rc = serve(&w, reterr);
	}
	loop_watch_free(w.control);
	serving_fini(&w.gateway);
	mem_wipe(&w.secrets, sizeof(w.secrets));
	return rc;
}
