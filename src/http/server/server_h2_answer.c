/* SPDX-License-Identifier: Apache-2.0
 * The answers of HTTP/2: what the program does to an exchange is done to its stream. */
#include "http/server/server_h2_internal.h"

#include <stdio.h>

/* What the program does may come between two turns, hence the time. */
static struct h2_stream *stream_of(struct http_exchange *x)
{
	h2_session_set_time(x->connection->h2->session, h2_connection_now(x->connection));
	connection_schedule(x->connection);
	return x->stream;
}

static void answer_begin(struct http_server *server, struct h2_stream *stream, int status,
			 const struct http_field *fields, size_t n_fields, uint64_t length, bool has_body)
{
	char digits[24];
	struct http_field *all = mem_array(n_fields + 2, sizeof(*all));
	size_t n = 0;
	all[n++] = (struct http_field){ STR("date"), str_of(exchange_date(server)) };
	for (size_t i = 0; i < n_fields; i++) {
		if (exchange_may_send(&fields[i])) {
			all[n++] = fields[i];
		}
	}
	/* = RFC 9110 §8.6: neither 204 nor 304 has a length here, as in HTTP/1.1. */
	if (length != HTTP_LENGTH_UNKNOWN && status != 204 && status != 304) {
		(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)length);
		all[n++] = (struct http_field){ STR("content-length"), str_of(digits) };
	}
	h2_stream_begin(stream, status, all, n, has_body);
	mem_free(all);
}

/* What came of a body before it was decided that nobody wants it. */
static void drop_held(struct http_exchange *x, struct h2_stream *stream)
{
	if (!x->whole && x->body.n > 0) {
		h2_stream_consume(stream, x->body.n);
	}
	server_give_buffer(x->server, &x->body);
}

static void exchange_begin(struct http_exchange *x, int status, const struct http_field *fields,
			   size_t n_fields)
{
	struct h2_stream *stream = stream_of(x);
	if (!stream) {
		return;
	}
	/* A body that is streamed may come to its end while the answer goes out. */
	if (!x->whole && !(x->accepted && x->streamed)) {
		h2_stream_discard(stream);
	}
	if (!x->accepted) {
		drop_held(x, stream);
	}
	answer_begin(x->server, stream, status, fields, n_fields, x->answer_length,
		     !x->bodyless && x->answer_length != 0);
}

static void exchange_write(struct http_exchange *x, struct str bytes)
{
	struct h2_stream *stream = stream_of(x);
	if (stream) {
		h2_stream_write(stream, bytes);
	}
}

static size_t exchange_unsent(const struct http_exchange *x)
{
	return x->stream ? h2_stream_unsent(x->stream) : 0;
}

static void exchange_finish(struct http_exchange *x)
{
	struct h2_stream *stream = stream_of(x);
	if (!stream) {
		return;
	}
	if (!x->whole) {
		h2_stream_discard(stream);
	}
	h2_stream_finish(stream);
}

static void exchange_cut(struct http_exchange *x)
{
	struct h2_stream *stream = stream_of(x);
	if (stream) {
		h2_stream_reset(stream);
	}
}

static void exchange_accept_body(struct http_exchange *x)
{
	struct h2_stream *stream = stream_of(x);
	if (!stream) {
		return;
	}
	if (x->deferred) {
		x->connection->h2->decided = true;
	}
	if (x->whole) {
		return;
	}
	h2_stream_widen(stream);
	if (!x->streamed && x->received > 0) {
		h2_stream_consume(stream, (size_t)x->received);
	}
	if (x->request.expect_continue && x->received == 0) {
		h2_stream_continue(stream);
	}
}

static void exchange_consumed(struct http_exchange *x, size_t n)
{
	struct h2_stream *stream = stream_of(x);
	if (!stream || !x->streamed) {
		return;
	}
	h2_stream_consume(stream, n);
	if (h2_body_may_come(x) && x->body.n + n >= H2_STREAM_WINDOW_FIRST / 2) {
		exchange_rate_begin(x);
	}
}

const struct exchange_ops H2_EXCHANGE = {
	.accept_body = exchange_accept_body,
	.consumed = exchange_consumed,
	.begin = exchange_begin,
	.write = exchange_write,
	.unsent = exchange_unsent,
	.finish = exchange_finish,
	.cut = exchange_cut,
};

void h2_answer_refuse(struct http_connection *c, const struct http_field *fields, size_t n_fields,
		      struct str body)
{
	struct h2_stream *stream = TAKE(c->h2->refusing);
	if (!stream) {
		return; /* the connection failed: GOAWAY says so */
	}
	answer_begin(c->server, stream, c->refusal, fields, n_fields, body.n, body.n > 0);
	h2_stream_write(stream, body);
	h2_stream_finish(stream);
}
