/* SPDX-License-Identifier: Apache-2.0
 * HTTP/1.1 on a connection of the server: a head, its body, the answer that leaves, and the next request or
 * the end. */
#include "http/server/server_h1_internal.h"

#define BODY_READ_BYTES ((size_t)64 * 1024)
/* While the program works, so much of the next request is read ahead. */
#define READ_AHEAD_BYTES ((size_t)16 * 1024)
/* While the server drains, a connection whose last answer did not say so may be idle for so long. */
#define DRAINING_IDLE_MS 1000

/* Refusing. */

/* Nothing after it can be trusted. */
static void malformed(struct http_connection *c, int status, const char *why)
{
	static const struct http_field plain = { STR("content-type"), STR("text/plain") };
	struct http_server *server = c->server;
	metrics_add(server->options.metrics, METRIC_REQUESTS_MALFORMED_TOTAL, 1);
	c->last = true;
	exchange_abort(TAKE(c->exchange));
	c->refusal = status;
	if (server->handler.on_malformed) {
		server->handler.on_malformed(server->ctx, c, why, status);
	}
	if (c->refusal) {
		http_connection_refuse(c, &plain, 1, str_of(why));
	}
	connection_set_state(c, CONNECTION_WRITING);
	connection_due_in(c, 0);
}

/* The same once the head was taken: the program knows whose request it is. */
static void refuse_body(struct http_connection *c, int status, const char *why)
{
	struct http_server *server = c->server;
	struct http_exchange *x = c->exchange;
	c->last = true;
	if (x->begun) {
		http_exchange_cut(x);
		return;
	}
	if (server->handler.on_body_malformed) {
		server->handler.on_body_malformed(server->ctx, x, why, status);
	}
	if (!x->begun && !x->cut) {
		malformed(c, status, why);
	} else {
		metrics_add(server->options.metrics, METRIC_REQUESTS_MALFORMED_TOTAL, 1);
	}
}

static void h1_timed_out(struct http_connection *c)
{
	const struct http_exchange *x = c->exchange;
	if (c->state == CONNECTION_HEAD) {
		malformed(c, 408, "the head did not arrive in time");
	} else if (c->state == CONNECTION_IDLE) {
		connection_let_go(c);
	} else if (c->state != CONNECTION_BODY) {
		connection_end(c);
	} else if (x->body.n < x->body.max && exchange_is_too_slow(c->exchange)) {
		connection_due_in(c, 0);
		refuse_body(c, 408, "the body arrived too slowly");
	} else {
		connection_due_in(c, exchange_rate_ms(c->server));
	}
}

/* Reading a head. */

/* The parsed head goes to the program. */
static void begin_exchange(struct http_connection *c, size_t head_n)
{
	struct http_server *server = c->server;
	struct http_exchange *x = exchange_new(c, &H1_EXCHANGE);
	struct h1_limits limits = { .max_head = server->options.max_head,
				    .max_fields = server->options.max_fields };
	struct err err = { 0 };
	int status = 400;
	server_take_buffer(server, &x->head);
	(void)buf_add(&x->head, str_from(c->in.p, head_n));
	buf_drop(&c->in, head_n);
	c->scanned = 0;
	if (h1_parse_request(buf_str(&x->head), &limits, &x->request, &status, &err) != RC_OK) {
		exchange_free(x);
		malformed(c, status, err.text);
		return;
	}
	c->exchange = x;
	c->last = !x->request.keep_alive || server->draining;
	connection_set_state(c, CONNECTION_BODY);
	connection_due_in(c, exchange_rate_ms(server));
	exchange_head_read(x);
}

static bool step_head(struct http_connection *c)
{
	size_t end = 0;
	struct err err = { 0 };
	/* = RFC 9112 §2.2: an empty line before a request is passed over. */
	if (c->in.n >= 2 && c->scanned == 0 && memcmp(c->in.p, "\r\n", 2) == 0) {
		buf_drop(&c->in, 2);
	}
	if (c->in.n > 0 && c->state == CONNECTION_IDLE) {
		connection_set_state(c, CONNECTION_HEAD);
		connection_due_in(c, c->server->options.head_timeout_ms);
	}
	enum rc rc = h1_find_end(buf_str(&c->in), c->server->options.max_head, &c->scanned, &end, &err);
	if (rc == RC_OK) {
		begin_exchange(c, end);
		return true;
	}
	if (rc != RC_AGAIN) {
		malformed(c, rc == RC_LIMIT ? 431 : 400, err.text);
		return true;
	}
	if (c->eof) {
		connection_end(c);
		return false;
	}
	rc = connection_fill(c);
	if (rc == RC_AGAIN && c->in.n == 0) {
		server_give_buffer(c->server, &c->in); /* an idle connection holds no buffer */
	}
	if (rc == RC_AGAIN) {
		return false;
	}
	if (rc != RC_OK && rc != RC_CLOSED) {
		connection_end(c);
	}
	return true;
}

/* Reading a body. RC_AGAIN also when the program has to consume before there is room. */

/* A body of known length is read straight into its place. */
static enum rc read_length(struct http_connection *c)
{
	struct http_exchange *x = c->exchange;
	uint64_t left = x->request.length - x->received;
	size_t room = x->body.max - x->body.n;
	size_t most = left < room ? (size_t)left : room;
	size_t n = c->in.n < most ? c->in.n : most;
	most = most < BODY_READ_BYTES || n > 0 ? most : BODY_READ_BYTES;
	if (most == 0) {
		return RC_AGAIN;
	}
	if (!exchange_make_room(x, n > 0 ? n : most)) {
		return RC_DENIED;
	}
	if (n > 0) {
		(void)buf_add(&x->body, str_from(c->in.p, n));
		buf_drop(&c->in, n);
		x->received += n;
		return RC_OK;
	}
	enum rc rc = connection_read(c, x->body.p + x->body.n, most, &n);
	if (rc == RC_OK) {
		buf_added(&x->body, n);
		x->received += n;
	}
	return rc;
}

static enum rc read_chunks(struct http_connection *c, struct err *reterr)
{
	struct http_exchange *x = c->exchange;
	size_t used = 0;
	size_t before = x->body.n;
	if (c->in.n > 0 && !exchange_make_room(x, c->in.n)) {
		return RC_DENIED;
	}
	enum rc rc = h1_chunks_decode(&x->chunks, buf_str(&c->in), &used, &x->body, reterr);
	buf_drop(&c->in, used);
	x->received += x->body.n - before;
	if (rc == RC_OK) {
		x->whole = true;
	}
	if (rc != RC_AGAIN) {
		return rc;
	}
	return c->in.n > 0 ? RC_AGAIN : connection_fill(c);
}

static enum rc read_body(struct http_connection *c, struct err *reterr)
{
	struct http_exchange *x = c->exchange;
	enum rc rc = RC_OK;
	while (rc == RC_OK && !x->whole) {
		x->whole = x->request.framing == H1_BODY_NONE ||
			   (x->request.framing == H1_BODY_LENGTH && x->received == x->request.length);
		if (!x->whole) {
			rc = x->request.framing == H1_BODY_LENGTH ? read_length(c) : read_chunks(c, reterr);
		}
	}
	return rc;
}

static void body_failed(struct http_connection *c, enum rc rc, const struct err *err)
{
	if (rc == RC_DENIED) {
		return; /* the program was told, and the exchange answered or cut */
	}
	if (rc == RC_LIMIT) {
		exchange_over_limit(c->exchange);
	} else if (rc == RC_PROTO && err->text[0]) {
		refuse_body(c, 400, err->text);
	} else {
		connection_end(c);
	}
}

/* Sends what waits; false: the connection has ended. */
static bool flush_or_end(struct http_connection *c)
{
	enum rc rc = connection_flush(c);
	if (rc != RC_OK && rc != RC_AGAIN) {
		connection_end(c);
	}
	return rc == RC_OK || rc == RC_AGAIN;
}

/* The program works; the peer's going away is noticed, and little of its next request is read ahead. */
static bool step_handling(struct http_connection *c)
{
	struct http_exchange *x = c->exchange;
	if (x->cut || !flush_or_end(c)) {
		return false;
	}
	if (exchange_tell_writable(x)) {
		return true;
	}
	if (c->eof || c->in.n >= READ_AHEAD_BYTES) {
		return false;
	}
	enum rc rc = connection_fill(c);
	if (rc != RC_OK && rc != RC_AGAIN && rc != RC_CLOSED) {
		connection_end(c);
	}
	return rc != RC_AGAIN;
}

/* Whether the peer has ended what it sends, and the body is not whole.
 * What looks like the end of a chunked one may stand inside it: the decoder will find out. */
static bool is_body_broken_off(const struct http_connection *c)
{
	const struct h1_request *request = &c->exchange->request;
	if (!c->eof || request->framing == H1_BODY_NONE) {
		return false;
	}
	if (request->framing == H1_BODY_LENGTH) {
		return c->in.n < request->length;
	}
	return str_find_str(buf_str(&c->in), STR("\r\n\r\n")) == c->in.n;
}

/* Nobody has said that the body is wanted: it stays where it is. */
static bool step_unwanted(struct http_connection *c)
{
	if (c->exchange->deferred && is_body_broken_off(c)) {
		connection_end(c);
		return false;
	}
	return step_handling(c);
}

static bool step_body(struct http_connection *c)
{
	struct http_exchange *x = c->exchange;
	struct err err = { 0 };
	uint64_t told = x->told;
	if (!x->accepted) {
		return step_unwanted(c);
	}
	if (x->cut || !flush_or_end(c)) {
		return false;
	}
	enum rc rc = read_body(c, &err);
	if (x->whole) {
		connection_set_state(c, CONNECTION_HANDLING);
		connection_due_in(c, 0);
	}
	exchange_body_arrived(x);
	if (x->whole || x->cut || c->state != CONNECTION_BODY) {
		return true;
	}
	if (rc != RC_AGAIN) {
		body_failed(c, rc, &err);
		return true;
	}
	/* What the program did there may have made room, or have put something into out. */
	return exchange_tell_writable(x) || x->told != told;
}

static void answer_sent(struct http_connection *c)
{
	if (c->exchange) {
		exchange_sent(TAKE(c->exchange));
	}
	if (c->last || (c->eof && c->in.n == 0)) {
		connection_linger(c);
		return;
	}
	connection_set_state(c, CONNECTION_IDLE);
	/* Begun before the drain, this answer could not tell its caller to go. */
	connection_due_in(c, c->server->draining ? DRAINING_IDLE_MS : c->server->options.idle_timeout_ms);
}

static bool step_writing(struct http_connection *c)
{
	enum rc rc = connection_flush(c);
	if (rc == RC_AGAIN || (c->exchange && c->exchange->cut)) {
		return false;
	}
	if (rc == RC_OK) {
		answer_sent(c);
	} else {
		connection_end(c);
	}
	return true;
}

static bool h1_step(struct http_connection *c)
{
	switch (c->state) {
	case CONNECTION_IDLE:
	case CONNECTION_HEAD: return step_head(c);
	case CONNECTION_BODY: return step_body(c);
	case CONNECTION_HANDLING: return step_handling(c);
	case CONNECTION_WRITING: return step_writing(c);
	case CONNECTION_HANDSHAKE:
	case CONNECTION_LINGER:
	case CONNECTION_ENDED:
	case CONNECTION_STATES:
	default: return false;
	}
}

static void h1_end(struct http_connection *c)
{
	exchange_abort(TAKE(c->exchange));
}

const struct connection_protocol H1_PROTOCOL = {
	.step = h1_step,
	.timed_out = h1_timed_out,
	.refuse = h1_answer_refuse,
	.malformed = malformed,
	.end = h1_end,
};
