/* SPDX-License-Identifier: Apache-2.0
 * Accepts connections within limits, and lets them go when the server drains. */
#include "http/server/server_internal.h"

#define ACCEPTS_PER_TURN 32
#define ACCEPT_PAUSE_MS 100

#define DEFAULT(field, value) (options->field ? options->field : (value))

static void server_accept(void *context, unsigned ready);

static struct http_server_options with_defaults(const struct http_server_options *options)
{
	static const struct http_server_options none = { 0 };
	if (!options) {
		options = &none;
	}
	size_t max_fields = DEFAULT(max_fields, HTTP_FIELDS_MAX);
	return (struct http_server_options){
		.max_head = DEFAULT(max_head, HTTP_HEAD_MAX),
		.max_fields = max_fields < HTTP_FIELDS_MAX ? max_fields : HTTP_FIELDS_MAX,
		.max_connections = DEFAULT(max_connections, 10000),
		.max_handshakes = DEFAULT(max_handshakes, 2000),
		.handshake_timeout_ms = DEFAULT(handshake_timeout_ms, 10000),
		.head_timeout_ms = DEFAULT(head_timeout_ms, 15000),
		.idle_timeout_ms = DEFAULT(idle_timeout_ms, 60000),
		.body_window_ms = DEFAULT(body_window_ms, 10000),
		.write_window_ms = DEFAULT(write_window_ms, 30000),
		.least_rate = DEFAULT(least_rate, 1024),
		.metrics = options->metrics,
		.budget = options->budget,
	};
}

static void accept_again(void *context)
{
	server_set_accepting(context, true);
}

enum rc http_server_new(struct http_server **ret, struct loop *loop,
			const struct http_server_options *options, const struct http_handler *handler,
			void *ctx, struct err *reterr)
{
	if (!handler->on_request) {
		return err_set(reterr, RC_INVALID, "an HTTP server needs on_request");
	}
	struct http_server *server = mem_alloc(sizeof(*server));
	*server = (struct http_server){ .loop = loop,
					.options = with_defaults(options),
					.handler = *handler,
					.ctx = ctx,
					.accepting = true };
	server->accept_timer = loop_timer_new(loop, accept_again, server);
	*ret = server;
	return RC_OK;
}

enum rc http_server_listen(struct http_server *server, int listener, http_transport_fn hook,
			   void *hook_context, struct err *reterr)
{
	struct server_listener *l = mem_alloc(sizeof(*l));
	*l = (struct server_listener){ .next = server->listeners,
				       .server = server,
				       .fd = listener,
				       .hook = hook,
				       .hook_context = hook_context };
	enum rc rc = loop_watch_new(&l->watch, server->loop, listener, server->accepting ? LOOP_READ : 0,
				    server_accept, l, reterr);
	if (rc != RC_OK) {
		mem_free(l);
		return rc;
	}
	server->listeners = l;
	return RC_OK;
}

void http_server_set_hook_context(struct http_server *server, http_transport_fn hook, void *hook_context)
{
	for (struct server_listener *l = server->listeners; l; l = l->next) {
		if (l->hook == hook) {
			l->hook_context = hook_context;
		}
	}
}

/* The connection that can best be spared: the oldest that waits for a request. NULL when all are at work. */
static struct http_connection *spare(struct http_server *server)
{
	struct http_connection *oldest = server->lists[CONNECTION_IDLE].first;
	return oldest ? oldest : server->lists[CONNECTION_LINGER].first;
}

enum rc http_server_adopt(struct http_server *server, int take_fd, http_transport_fn hook, void *hook_context,
			  struct err *reterr)
{
	struct transport *transport = NULL;
	if (server->lists[CONNECTION_HANDSHAKE].n >= server->options.max_handshakes) {
		connection_end(server->lists[CONNECTION_HANDSHAKE].first);
	}
	if (hook) {
		TRY(hook(hook_context, take_fd, &transport, reterr));
	} else {
		transport = transport_plain_new(take_fd);
	}
	return connection_start(server, transport, reterr);
}

static void server_accept(void *context, unsigned ready)
{
	struct server_listener *l = context;
	struct http_server *server = l->server;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd;
		bool full = server->n_connections >= server->options.max_connections;
		struct http_connection *oldest = spare(server);
		if (full && !oldest) {
			server_set_accepting(server, false);
			return;
		}
		enum rc rc = socket_accept(l->fd, &fd, NULL);
		if (rc == RC_AGAIN) {
			return;
		}
		if (rc != RC_OK) {
			/* Out of descriptors: what waits keeps its place in the queue. */
			if (oldest) {
				connection_end(oldest);
			}
			server_set_accepting(server, false);
			loop_timer_set_ms(server->accept_timer, ACCEPT_PAUSE_MS);
			return;
		}
		if (full) {
			connection_end(oldest);
		}
		metrics_add(server->options.metrics, METRIC_CONNECTIONS_TOTAL, 1);
		(void)!http_server_adopt(server, fd, l->hook, l->hook_context, NULL);
	}
}

/* A request that has arrived in this moment is still served;
 * else the peer is told, and the end is that of an answer. */
static void end_idle(void *context)
{
	struct http_server *server = context;
	size_t n = server->lists[CONNECTION_IDLE].n;
	while (n-- > 0 && server->lists[CONNECTION_IDLE].first) {
		connection_let_go(server->lists[CONNECTION_IDLE].first);
	}
	if (server->n_connections == 0) {
		server_tell_drained(server);
	}
}

/* Nobody else has this socket: who waits in its queue came before it was closed. */
static void accept_waiting(struct http_server *server)
{
	int fd;
	for (struct server_listener *l = server->listeners; l; l = l->next) {
		while (server->n_connections < server->options.max_connections &&
		       socket_accept(l->fd, &fd, NULL) == RC_OK) {
			(void)!http_server_adopt(server, fd, l->hook, l->hook_context, NULL);
		}
	}
}

static void free_listeners(struct http_server *server)
{
	while (server->listeners) {
		struct server_listener *l = server->listeners;
		server->listeners = l->next;
		loop_watch_free(l->watch);
		/* Its watch may be in this turn's list; it is marked, but l stands behind it until the turn
		 * ends. */
		loop_defer(server->loop, mem_free, l);
	}
}

void http_server_drain(struct http_server *server, bool take_waiting, uint32_t drain_ms,
		       void (*done)(void *ctx), void *done_ctx)
{
	server->draining = true;
	server->drained = done;
	server->drained_ctx = done_ctx;
	if (!server->drain_timer) {
		server->drain_timer = loop_timer_new(server->loop, end_idle, server);
	}
	loop_timer_set_ms(server->drain_timer, server->n_connections ? drain_ms : 0);
	for (size_t state = 0; state < CONNECTION_STATES; state++) {
		for (struct http_connection *c = server->lists[state].first; c; c = c->next) {
			if (c->protocol->drain) {
				c->protocol->drain(c);
			}
		}
	}
	/* Last, because whoever comes between this and the socket's end is reset. */
	if (take_waiting) {
		accept_waiting(server);
	}
	free_listeners(server);
}

void http_server_free(struct http_server *server)
{
	if (!server) {
		return;
	}
	server->drained = NULL;
	free_listeners(server);
	for (size_t state = 0; state < CONNECTION_STATES; state++) {
		while (state != CONNECTION_ENDED && server->lists[state].first) {
			connection_end(server->lists[state].first);
		}
	}
	loop_timer_free(server->accept_timer);
	loop_timer_free(server->drain_timer);
	server_free_spares(server);
	mem_free(server);
}
