/* SPDX-License-Identifier: Apache-2.0
 * How many connections the server has, and what hangs on it:
 * whether more are accepted, and when it has drained. */
#include "http/server/server_internal.h"

void server_set_accepting(struct http_server *server, bool accepting)
{
	accepting = accepting && !server->draining;
	if (server->accepting == accepting) {
		return;
	}
	server->accepting = accepting;
	for (struct server_listener *l = server->listeners; l; l = l->next) {
		loop_watch_set(l->watch, accepting ? LOOP_READ : 0);
	}
}

void server_tell_drained(struct http_server *server)
{
	void (*drained)(void *) = TAKE(server->drained);
	if (drained) {
		drained(server->drained_ctx);
	}
}

void server_connection_gone(struct http_server *server)
{
	server->n_connections--;
	metrics_add(server->options.metrics, METRIC_CONNECTIONS_OPEN, -1);
	if (server->n_connections < server->options.max_connections) {
		server_set_accepting(server, true);
	}
	if (server->draining && server->n_connections == 0) {
		server_tell_drained(server);
	}
}

size_t http_server_count(const struct http_server *server)
{
	return server->n_connections;
}
