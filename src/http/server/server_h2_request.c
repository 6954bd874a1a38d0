/* SPDX-License-Identifier: Apache-2.0
 * The requests of HTTP/2: what the peer does to a stream is done to its exchange, or refused. */
#include "http/server/server_h2_internal.h"

#include <stdio.h>

void h2_request_refuse(struct http_connection *c, struct h2_stream *stream, int status, const char *why)
{
	struct http_server *server = c->server;
	metrics_add(server->options.metrics, METRIC_REQUESTS_MALFORMED_TOTAL, 1);
	c->refusal = status;
	c->h2->refusing = stream;
	if (server->handler.on_malformed) {
		server->handler.on_malformed(server->ctx, c, why, status);
	}
	if (c->refusal) {
		http_connection_refuse(c, NULL, 0, STR_NONE);
	}
}

void h2_request_refuse_body(struct http_exchange *x, int status, const char *why)
{
	struct http_connection *c = x->connection;
	struct http_server *server = c->server;
	struct h2_stream *stream = x->stream;
	h2_stream_discard(stream);
	if (x->begun) {
		http_exchange_cut(x);
		return;
	}
	if (server->handler.on_body_malformed) {
		server->handler.on_body_malformed(server->ctx, x, why, status);
	}
	if (x->begun || x->cut) {
		metrics_add(server->options.metrics, METRIC_REQUESTS_MALFORMED_TOTAL, 1);
		return;
	}
	h2_stream_set_user(stream, NULL);
	exchange_abort(x);
	h2_request_refuse(c, stream, status, why);
}

static void on_head(void *ctx, struct h2_stream *stream)
{
	struct http_connection *c = ctx;
	struct http_exchange *x = exchange_new(c, &H2_EXCHANGE);
	struct err err = { 0 };
	int status = 400;
	if (h2_stream_read_head(stream, &x->head, &x->request, &status, &err) != RC_OK) {
		exchange_free(x);
		h2_request_refuse(c, stream, status, err.text);
		return;
	}
	x->stream = stream;
	h2_stream_set_user(stream, x);
	x->whole = x->request.framing == H1_BODY_NONE;
	exchange_head_read(x);
	if (x->whole) {
		exchange_body_arrived(x);
	}
}

static void on_data(void *ctx, struct h2_stream *stream, struct str bytes)
{
	struct http_exchange *x = h2_stream_user(stream);
	if (!x || x->cut || x->finished || (!x->accepted && !x->deferred)) {
		h2_stream_consume(stream, bytes.n);
		return;
	}
	x->received += bytes.n;
	if (x->received > x->body_max) {
		h2_stream_discard(stream);
		exchange_over_limit(x);
		return;
	}
	/* As far as its maximum goes: a streamed body's is its window, and body_max that of the others. */
	if (!exchange_make_room(x, bytes.n)) {
		h2_stream_discard(stream);
		return;
	}
	(void)buf_add(&x->body, bytes);
	if (x->accepted && !x->streamed) {
		h2_stream_consume(stream, bytes.n);
	}
	exchange_body_arrived(x);
}

static void on_end(void *ctx, struct h2_stream *stream)
{
	struct http_exchange *x = h2_stream_user(stream);
	if (!x) {
		return;
	}
	x->whole = true;
	exchange_body_arrived(x);
}

static void on_malformed(void *ctx, struct h2_stream *stream, const char *why)
{
	struct http_exchange *x = h2_stream_user(stream);
	if (x && !x->cut && !x->finished) {
		h2_request_refuse_body(x, 400, why);
	}
}

static void on_sent(void *ctx, struct h2_stream *stream)
{
	struct http_connection *c = ctx;
	struct http_exchange *x = h2_stream_user(stream);
	if (!x) {
		return;
	}
	h2_stream_set_user(stream, NULL);
	x->stream = NULL;
	x->next_spare = c->h2->leaving;
	c->h2->leaving = x;
}

static void on_closed(void *ctx, struct h2_stream *stream)
{
	struct http_exchange *x = h2_stream_user(stream);
	if (!x) {
		return;
	}
	x->stream = NULL;
	exchange_abort(x);
}

static void on_failed(void *ctx, const char *why)
{
	struct http_connection *c = ctx;
	char text[300];
	(void)snprintf(text, sizeof(text), "not HTTP/2: %s", why);
	h2_request_refuse(c, NULL, 400, text);
}

const struct h2_events H2_EVENTS = { on_head, on_data, on_end, on_malformed, on_sent, on_closed, on_failed };
