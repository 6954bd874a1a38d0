/* SPDX-License-Identifier: Apache-2.0
 * HTTP/2 on a connection of the server: each stream an exchange, all of them one stream of bytes. */
#include "http/h2.h"
#include "http/server/server_internal.h"

#include <stdio.h>

/* Gathered into one write [bytes]. */
#define GATHER_BYTES ((size_t)32 * 1024)
/* A peer that was told to go has so long to answer, and to go. */
#define DRAINING_IDLE_MS 1000
/* So long the rest of a request whose answer is out is read past. */
#define LINGER_MS 2000

_Static_assert(H2_STREAM_WINDOW <= HTTP_BODY_WINDOW, "what a peer may send of a streamed body has its room");

struct h2_connection {
	struct h2_session *session;
	/* Exchanges whose answer stands in the connection's out, or has left before the program finished
	 * it. */
	struct http_exchange *leaving; /* linked by next_spare */
	struct h2_stream *refusing;    /* what http_connection_refuse() answers, or NULL */
	bool opened;
	bool decided; /* the body of an exchange that had come before is wanted now */
};

static const struct exchange_ops H2_EXCHANGE;

static struct mono now(const struct http_connection *c)
{
	return loop_now(c->server->loop);
}

/* What the program does. It may come between two turns, hence the time. */

static struct h2_stream *stream_of(struct http_exchange *x)
{
	h2_session_set_time(x->connection->h2->session, now(x->connection));
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

/* Below it, the peer can send: its window is opened anew whenever half of it is free. */
static bool may_send(const struct http_exchange *x)
{
	return !x->streamed || x->body.n < H2_STREAM_WINDOW_FIRST / 2;
}

static void exchange_consumed(struct http_exchange *x, size_t n)
{
	struct h2_stream *stream = stream_of(x);
	if (!stream || !x->streamed) {
		return;
	}
	h2_stream_consume(stream, n);
	if (may_send(x) && x->body.n + n >= H2_STREAM_WINDOW_FIRST / 2) {
		exchange_rate_begin(x);
	}
}

static const struct exchange_ops H2_EXCHANGE = {
	.accept_body = exchange_accept_body,
	.consumed = exchange_consumed,
	.begin = exchange_begin,
	.write = exchange_write,
	.unsent = exchange_unsent,
	.finish = exchange_finish,
	.cut = exchange_cut,
};

/* Refusing. */

static void h2_refuse(struct http_connection *c, const struct http_field *fields, size_t n_fields,
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

/* Refuse what is no request; its stream ends with it, the connection goes on. stream NULL: it does not. */
static void refuse(struct http_connection *c, struct h2_stream *stream, int status, const char *why)
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

/* The same once the head was taken: the program knows whose request it is. */
static void refuse_body(struct http_exchange *x, int status, const char *why)
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
	refuse(c, stream, status, why);
}

/* What the peer does. */

static void on_head(void *ctx, struct h2_stream *stream)
{
	struct http_connection *c = ctx;
	struct http_exchange *x = exchange_new(c, &H2_EXCHANGE);
	struct err err = { 0 };
	int status = 400;
	if (h2_stream_read_head(stream, &x->head, &x->request, &status, &err) != RC_OK) {
		exchange_free(x);
		refuse(c, stream, status, err.text);
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
		refuse_body(x, 400, why);
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
	refuse(c, NULL, 400, text);
}

static const struct h2_events EVENTS = {
	on_head, on_data, on_end, on_malformed, on_sent, on_closed, on_failed
};

/* The connection's turn. */

static bool start(struct http_connection *c)
{
	const struct http_server_options *limits = &c->server->options;
	struct h2_options options = { .max_head = limits->max_head, .max_fields = limits->max_fields };
	c->h2 = mem_alloc(sizeof(*c->h2));
	if (h2_session_new(&c->h2->session, &options, &EVENTS, c, NULL) != RC_OK) {
		connection_end(c);
		return false;
	}
	if (c->server->draining) {
		h2_session_drain(c->h2->session);
	}
	return true;
}

static bool is_busy(const struct http_connection *c)
{
	return h2_session_first_stream(c->h2->session) || c->h2->leaving;
}

/* What left with the last write. An answer may be out before the program has finished it: HEAD, 204. */
static void tell_sent(struct http_connection *c)
{
	struct http_exchange *x = TAKE(c->h2->leaving);
	while (x) {
		struct http_exchange *next = x->next_spare;
		x->next_spare = NULL;
		if (x->cut) {
			exchange_abort(x);
		} else if (x->finished) {
			exchange_sent(x);
		} else {
			x->next_spare = c->h2->leaving;
			c->h2->leaving = x;
		}
		x = next;
	}
}

static bool tell_writable(struct http_connection *c)
{
	bool told = false;
	struct h2_stream *next = NULL;
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = next) {
		struct http_exchange *x = h2_stream_user(s);
		next = h2_stream_next(s);
		told = (x && exchange_tell_writable(x)) || told;
	}
	return told;
}

/* Of bodies that were deferred and are wanted now, what has come already. */
static bool tell_decided(struct http_connection *c)
{
	struct h2_stream *next = NULL;
	if (!c->h2->decided) {
		return false;
	}
	c->h2->decided = false;
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = next) {
		struct http_exchange *x = h2_stream_user(s);
		next = h2_stream_next(s);
		if (x) {
			exchange_body_arrived(x);
		}
	}
	return true;
}

/* The peer has ended what it sends: no more of these bodies will come. */
static bool cut_deferred(struct http_connection *c)
{
	bool cut = false;
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = h2_stream_next(s)) {
		struct http_exchange *x = h2_stream_user(s);
		if (!x || !x->deferred || x->whole || x->cut) {
			continue;
		}
		http_exchange_cut(x);
		cut = true;
	}
	return cut;
}

static void abort_all(struct http_connection *c)
{
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = h2_stream_next(s)) {
		struct http_exchange *x = h2_stream_user(s);
		h2_stream_set_user(s, NULL);
		if (x) {
			x->stream = NULL;
		}
		exchange_abort(x);
	}
	while (c->h2->leaving) {
		struct http_exchange *x = c->h2->leaving;
		c->h2->leaving = x->next_spare;
		exchange_abort(x);
	}
}

static enum rc write_all(struct http_connection *c)
{
	struct h2_session *session = c->h2->session;
	do {
		if (connection_unsent(c) == 0 && h2_session_has_output(session)) {
			server_take_buffer(c->server, &c->out);
			TRY(h2_session_output(session, &c->out, GATHER_BYTES));
		}
		TRY(connection_flush(c));
		tell_sent(c);
	} while (tell_writable(c) || tell_decided(c) || h2_session_has_output(session));
	return RC_OK;
}

/* How often a busy connection is looked through for bodies and answers that do not move [ms]. */
static uint32_t check_ms(const struct http_connection *c)
{
	uint32_t in = exchange_rate_ms(c->server), out = rate_interval_ms(c->server->options.write_window_ms);
	return in < out ? in : out;
}

/* Which list the connection stands in, and what it has to do by when. */
static void settle(struct http_connection *c)
{
	if (!c->h2->opened && h2_session_is_open(c->h2->session)) {
		c->h2->opened = true;
		connection_due_in(c, c->server->options.idle_timeout_ms);
	}
	if (is_busy(c) && c->state == CONNECTION_IDLE) {
		connection_set_state(c, CONNECTION_HANDLING);
		connection_due_in(c, check_ms(c));
	} else if (!is_busy(c) && c->state == CONNECTION_HANDLING) {
		connection_set_state(c, CONNECTION_IDLE);
		connection_due_in(c, c->server->draining ? DRAINING_IDLE_MS
							 : c->server->options.idle_timeout_ms);
	}
}

static bool h2_step(struct http_connection *c)
{
	char bytes[CONNECTION_READ_BYTES];
	size_t n = 0;
	if (!c->h2 && !start(c)) {
		return false;
	}
	h2_session_set_time(c->h2->session, now(c));
	(void)tell_decided(c);
	enum rc rc = write_all(c);
	settle(c);
	if (rc != RC_OK && rc != RC_AGAIN) {
		connection_end(c);
		return false;
	}
	if (rc == RC_OK && h2_session_is_over(c->h2->session)) {
		abort_all(c);
		connection_linger(c);
		return true;
	}
	rc = connection_read(c, bytes, sizeof(bytes), &n);
	if (rc == RC_OK) {
		/* What is wrong was told by on_failed; the goodbye stands in the output. */
		(void)!h2_session_input(c->h2->session, str_from(bytes, n), NULL);
		return true;
	}
	if (rc == RC_CLOSED && cut_deferred(c)) {
		return true;
	}
	if (rc == RC_AGAIN || (rc == RC_CLOSED && is_busy(c))) {
		return false;
	}
	connection_end(c);
	return false;
}

/* Deadlines. */

static bool is_past(const struct http_connection *c, struct mono since, uint32_t ms)
{
	return now(c).us - since.us >= (int64_t)ms * US_PER_MS;
}

static void check_streams(struct http_connection *c)
{
	const struct http_server_options *limits = &c->server->options;
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = h2_stream_next(s)) {
		struct http_exchange *x = h2_stream_user(s);
		if (x && may_send(x) && exchange_is_too_slow(x)) {
			refuse_body(x, 408, "the body arrived too slowly");
		} else if (h2_stream_is_too_slow(s, limits->write_window_ms, limits->least_rate) && x) {
			http_exchange_cut(x);
		} else if (h2_stream_is_too_slow(s, limits->write_window_ms, limits->least_rate)) {
			h2_stream_reset(s);
		}
	}
}

static void h2_timed_out(struct http_connection *c)
{
	struct h2_session *session = c->h2 ? c->h2->session : NULL;
	struct mono since;
	if (!session) {
		connection_end(c);
		return;
	}
	h2_session_set_time(session, now(c));
	if (c->state == CONNECTION_IDLE) {
		h2_session_close(session, false);
		connection_due_in(c, 0);
		return;
	}
	if (h2_session_in_head(session, &since) && is_past(c, since, c->server->options.head_timeout_ms)) {
		refuse(c, NULL, 408, "the head did not arrive in time");
		h2_session_close(session, true);
	}
	check_streams(c);
	h2_session_reap(session, LINGER_MS);
	connection_due_in(c, check_ms(c));
}

/* The end. */

static void session_free(void *object)
{
	struct h2_connection *h2 = object;
	h2_session_free(h2->session);
	mem_free(h2);
}

/* So the peer knows what was not served. Where there is no room for it now, it will see the end alone. */
static void h2_goodbye(struct http_connection *c)
{
	size_t n = 0;
	if (!c->h2 || c->running || connection_unsent(c) > 0 || h2_session_is_over(c->h2->session)) {
		return;
	}
	h2_session_close(c->h2->session, false);
	if (h2_session_output(c->h2->session, &c->out, GATHER_BYTES) == RC_OK && c->out.n > 0) {
		(void)!transport_write(c->transport, c->out.p, c->out.n, &n, NULL);
	}
	buf_fini(&c->out);
}

static void h2_end(struct http_connection *c)
{
	if (!c->h2) {
		return;
	}
	if (c->h2->session) {
		abort_all(c);
		h2_goodbye(c);
		h2_session_mute(c->h2->session);
	}
	loop_defer(c->server->loop, session_free, TAKE(c->h2));
}

static void h2_drain(struct http_connection *c)
{
	if (!c->h2) {
		return;
	}
	h2_session_drain(c->h2->session);
	connection_schedule(c);
}

const struct connection_protocol H2_PROTOCOL = {
	.step = h2_step,
	.timed_out = h2_timed_out,
	.refuse = h2_refuse,
	.drain = h2_drain,
	.goodbye = h2_goodbye,
	.end = h2_end,
};
