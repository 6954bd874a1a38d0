/* SPDX-License-Identifier: Apache-2.0
 * One connection of the server: handshake, head, body, answer, and the next request or the end. */
#include "http/server_internal.h"

#define READ_BYTES ((size_t)16 * 1024)
#define BODY_READ_BYTES ((size_t)64 * 1024)
#define READS_PER_RUN 32
/* While the program works, so much of the next request is read ahead. */
#define READ_AHEAD_BYTES ((size_t)16 * 1024)
#define LINGER_MS 2000
#define LINGER_BYTES ((size_t)4 * 1024 * 1024)
#define RATE_CHECK_MS 1000

/* Which state may follow which; CONNECTION_ENDED may follow all. */
static const unsigned FOLLOWS[CONNECTION_STATES] = {
	[CONNECTION_HANDSHAKE] = 1u << CONNECTION_IDLE,
	[CONNECTION_IDLE] = 1u << CONNECTION_HEAD | 1u << CONNECTION_WRITING,
	[CONNECTION_HEAD] = 1u << CONNECTION_BODY | 1u << CONNECTION_WRITING,
	[CONNECTION_BODY] = 1u << CONNECTION_HANDLING | 1u << CONNECTION_WRITING,
	[CONNECTION_HANDLING] = 1u << CONNECTION_WRITING,
	[CONNECTION_WRITING] = 1u << CONNECTION_IDLE | 1u << CONNECTION_LINGER,
};

static void list_remove(struct connection_list *list, struct http_connection *c)
{
	*(c->previous ? &c->previous->next : &list->first) = c->next;
	*(c->next ? &c->next->previous : &list->last) = c->previous;
	c->next = c->previous = NULL;
	list->n--;
}

static void list_append(struct connection_list *list, struct http_connection *c)
{
	c->previous = list->last;
	*(list->last ? &list->last->next : &list->first) = c;
	list->last = c;
	list->n++;
}

void connection_set_state(struct http_connection *c, enum connection_state state)
{
	ASSERT(state == CONNECTION_ENDED || FOLLOWS[c->state] & 1u << state);
	list_remove(&c->server->lists[c->state], c);
	c->state = state;
	if (state != CONNECTION_ENDED)
		list_append(&c->server->lists[state], c);
}

static void connection_free(void *object)
{
	struct http_connection *c = object;
	transport_free(c->transport);
	loop_timer_free(c->timer);
	buf_fini(&c->in);
	buf_fini(&c->out);
	mem_free(c);
}

void connection_end(struct http_connection *c)
{
	struct http_server *server = c->server;
	if (c->state == CONNECTION_ENDED)
		return;
	connection_set_state(c, CONNECTION_ENDED);
	loop_watch_free(c->watch);
	loop_timer_stop(c->timer);
	if (c->exchange) {
		if (server->handler.on_abort)
			server->handler.on_abort(server->ctx, c->exchange);
		exchange_free(TAKE(c->exchange));
	}
	if (server->handler.on_connection_end)
		server->handler.on_connection_end(server->ctx, c);
	loop_defer(server->loop, connection_free, c);
	server_connection_gone(server);
}

/* Refuse what is no request; nothing after it on this connection can be trusted to be one. */
static void refuse(struct http_connection *c, int status, const char *why)
{
	struct http_server *server = c->server;
	metrics_add(server->options.metrics, METRIC_REQUESTS_MALFORMED_TOTAL, 1);
	c->last = true;
	if (c->exchange) {
		if (server->handler.on_abort)
			server->handler.on_abort(server->ctx, c->exchange);
		exchange_free(TAKE(c->exchange));
	}
	c->refusal = status;
	if (server->handler.on_malformed)
		server->handler.on_malformed(server->ctx, c, why, status);
	if (c->refusal)
		http_connection_refuse(c, NULL, 0, STR_NONE);
	connection_set_state(c, CONNECTION_WRITING);
	loop_timer_set_ms(c->timer, server->options.write_timeout_ms);
}

/* The same once the head was taken: the program knows whose request it is. */
static void refuse_body(struct http_connection *c, int status, const char *why)
{
	struct http_server *server = c->server;
	c->last = true;
	if (server->handler.on_body_malformed)
		server->handler.on_body_malformed(server->ctx, c->exchange, why, status);
	if (c->state == CONNECTION_BODY && !c->exchange->responded)
		refuse(c, status, why);
	else
		metrics_add(server->options.metrics, METRIC_REQUESTS_MALFORMED_TOTAL, 1);
}

static bool body_too_slow(struct http_connection *c)
{
	int64_t elapsed_us = loop_now(c->server->loop).us - c->since.us;
	uint64_t received = c->exchange->body.n;
	return received < (uint64_t)(elapsed_us / US_PER_MS) * c->server->options.body_min_rate / 1000;
}

static void timed_out(void *context)
{
	struct http_connection *c = context;
	switch (c->state) {
	case CONNECTION_HEAD: refuse(c, 408, "the head did not arrive in time"); break;
	case CONNECTION_BODY:
		if (!body_too_slow(c)) {
			loop_timer_set_ms(c->timer, RATE_CHECK_MS);
			return;
		}
		refuse_body(c, 408, "the body arrived too slowly");
		break;
	case CONNECTION_HANDSHAKE:
	case CONNECTION_IDLE:
	case CONNECTION_HANDLING:
	case CONNECTION_WRITING:
	case CONNECTION_LINGER:
	case CONNECTION_ENDED:
	case CONNECTION_STATES:
	default:
		if (c->state == CONNECTION_HANDSHAKE && c->server->handler.on_handshake_failed) {
			struct err err = { 0 };
			(void)err_set(&err, RC_TIMEOUT, "the handshake did not finish in time");
			c->server->handler.on_handshake_failed(c->server->ctx, c, &err);
		}
		connection_end(c);
		return;
	}
	connection_run(c);
}

/* Waits for what the transport wants after RC_AGAIN. */
static bool rest(struct http_connection *c)
{
	loop_watch_set(c->watch, c->transport->want);
	return false;
}

/* Each step below returns true when the next step may be tried at once, false to wait. */

static bool step_handshake(struct http_connection *c)
{
	struct http_server *server = c->server;
	struct err err = { 0 };
	enum rc rc = transport_handshake(c->transport, &err);
	if (rc == RC_AGAIN)
		return rest(c);
	if (rc != RC_OK) {
		metrics_add(server->options.metrics, METRIC_HANDSHAKES_FAILED_TOTAL, 1);
		if (server->handler.on_handshake_failed)
			server->handler.on_handshake_failed(server->ctx, c, &err);
		connection_end(c);
		return false;
	}
	connection_set_state(c, CONNECTION_IDLE);
	/* Who connects means to ask: the first head has its own, shorter time. */
	loop_timer_set_ms(c->timer, server->options.head_timeout_ms);
	return true;
}

/* Read more into in. RC_OK something came; the end of input is told once by eof. */
static enum rc read_more(struct http_connection *c)
{
	char bytes[READ_BYTES];
	size_t n = 0;
	size_t room = c->in.max - c->in.n;
	enum rc rc =
		transport_read(c->transport, bytes, room < sizeof(bytes) ? room : sizeof(bytes), &n, NULL);
	if (rc == RC_OK)
		(void)buf_add(&c->in, str_from(bytes, n));
	else if (rc == RC_CLOSED)
		c->eof = true;
	return rc;
}

/* The parsed head goes to the program. */
static void begin_exchange(struct http_connection *c, size_t head_n)
{
	struct http_server *server = c->server;
	struct http_exchange *x = exchange_new(c);
	struct h1_limits limits = { .max_head = server->options.max_head,
				    .max_fields = server->options.max_fields };
	struct err err = { 0 };
	int status = 400;
	x->head = mem_dup(c->in.p, head_n);
	buf_drop(&c->in, head_n);
	c->scanned = 0;
	if (h1_parse_request(str_from(x->head, head_n), &limits, &x->request, &status, &err) != RC_OK) {
		exchange_free(x);
		refuse(c, status, err.text);
		return;
	}
	c->exchange = x;
	c->last = !x->request.keep_alive || server->draining;
	c->since = x->start;
	connection_set_state(c, CONNECTION_BODY);
	loop_timer_set_ms(c->timer, server->options.body_grace_ms);
	if (server->handler.on_head)
		server->handler.on_head(server->ctx, x);
	if (!x->responded && !x->accepted && c->state == CONNECTION_BODY)
		http_exchange_accept_body(x, HTTP_BODY_MAX);
}

static bool step_head(struct http_connection *c)
{
	size_t end = 0;
	struct err err = { 0 };
	/* = RFC 9112 §2.2: an empty line before a request is passed over. */
	if (c->in.n >= 2 && c->scanned == 0 && memcmp(c->in.p, "\r\n", 2) == 0)
		buf_drop(&c->in, 2);
	if (c->in.n > 0 && c->state == CONNECTION_IDLE) {
		connection_set_state(c, CONNECTION_HEAD);
		loop_timer_set_ms(c->timer, c->server->options.head_timeout_ms);
	}
	enum rc rc = h1_find_end(buf_str(&c->in), c->server->options.max_head, &c->scanned, &end, &err);
	if (rc == RC_OK) {
		begin_exchange(c, end);
		return true;
	}
	if (rc != RC_AGAIN) {
		refuse(c, rc == RC_LIMIT ? 431 : 400, err.text);
		return true;
	}
	if (c->eof) {
		connection_end(c);
		return false;
	}
	rc = read_more(c);
	if (rc == RC_AGAIN) {
		if (c->in.n == 0)
			buf_fini(&c->in); /* an idle connection holds no buffer */
		c->in.max = c->server->options.max_head + READ_BYTES;
		return rest(c);
	}
	if (rc != RC_OK && rc != RC_CLOSED) {
		connection_end(c);
		return false;
	}
	return true;
}

static void body_over_limit(struct http_connection *c)
{
	struct http_exchange *x = c->exchange;
	if (c->server->handler.on_body_limit)
		c->server->handler.on_body_limit(c->server->ctx, x);
	if (c->state == CONNECTION_BODY && !x->responded)
		http_exchange_respond(x, 413, NULL, 0, STR_NONE);
}

/* A body of known length is read straight into its place. */
static enum rc read_length(struct http_connection *c)
{
	struct http_exchange *x = c->exchange;
	uint64_t left = x->request.length - x->body.n;
	size_t buffered = c->in.n < left ? c->in.n : (size_t)left;
	if (buffered > 0) {
		(void)buf_add(&x->body, str_from(c->in.p, buffered));
		buf_drop(&c->in, buffered);
		return RC_OK;
	}
	size_t n = left < BODY_READ_BYTES ? (size_t)left : BODY_READ_BYTES;
	char *room = buf_reserve(&x->body, n);
	if (!room)
		return RC_LIMIT;
	enum rc rc = transport_read(c->transport, room, n, &n, NULL);
	if (rc == RC_OK)
		buf_added(&x->body, n);
	return rc;
}

static enum rc read_chunks(struct http_connection *c, struct err *reterr)
{
	struct http_exchange *x = c->exchange;
	size_t used = 0;
	enum rc rc = h1_chunks_decode(&x->chunks, buf_str(&c->in), &used, &x->body, reterr);
	buf_drop(&c->in, used);
	if (rc == RC_OK)
		x->whole = true;
	return rc == RC_AGAIN ? read_more(c) : rc;
}

/* 100 Continue, where it was asked for. */
static enum rc flush_interim(struct http_connection *c)
{
	while (c->out_sent < c->out.n) {
		size_t n = 0;
		TRY(transport_write(c->transport, c->out.p + c->out_sent, c->out.n - c->out_sent, &n, NULL));
		c->out_sent += n;
	}
	buf_clear(&c->out);
	c->out_sent = 0;
	return RC_OK;
}

static enum rc read_body(struct http_connection *c, struct err *reterr)
{
	TRY(flush_interim(c));
	return c->exchange->request.framing == H1_BODY_LENGTH ? read_length(c) : read_chunks(c, reterr);
}

static bool body_is_whole(const struct http_exchange *x)
{
	return x->whole || x->request.framing == H1_BODY_NONE ||
	       (x->request.framing == H1_BODY_LENGTH && x->body.n == x->request.length);
}

static bool step_body(struct http_connection *c)
{
	struct http_exchange *x = c->exchange;
	struct err err = { 0 };
	enum rc rc;
	if (x->responded) { /* cut: the end of the turn ends it */
		loop_watch_set(c->watch, 0);
		return false;
	}
	x->whole = body_is_whole(x);
	if (x->whole) {
		connection_set_state(c, CONNECTION_HANDLING);
		loop_timer_stop(c->timer);
		c->server->handler.on_request(c->server->ctx, x);
		return true;
	}
	rc = read_body(c, &err);
	if (rc == RC_OK)
		return true;
	if (rc == RC_AGAIN)
		return rest(c);
	if (rc == RC_LIMIT)
		body_over_limit(c);
	else if (rc == RC_PROTO && err.text[0])
		refuse_body(c, 400, err.text);
	else
		connection_end(c);
	return true;
}

/* The program works; the peer's going away is noticed, and little of its next request is read ahead. */
static bool step_handling(struct http_connection *c)
{
	if (c->eof || c->in.n >= READ_AHEAD_BYTES) {
		loop_watch_set(c->watch, 0);
		return false;
	}
	enum rc rc = read_more(c);
	if (rc == RC_AGAIN)
		return rest(c);
	if (rc != RC_OK && rc != RC_CLOSED)
		connection_end(c);
	return true;
}

static void answer_sent(struct http_connection *c)
{
	struct http_server *server = c->server;
	struct http_exchange *x = c->exchange;
	buf_fini(&c->out);
	c->out.max = SIZE_MAX;
	c->out_sent = 0;
	if (x) {
		metrics_add(server->options.metrics, METRIC_REQUESTS_TOTAL, 1);
		if (server->handler.on_sent)
			server->handler.on_sent(server->ctx, x);
		exchange_free(TAKE(c->exchange));
	}
	if (!c->last && !(c->eof && c->in.n == 0)) {
		connection_set_state(c, CONNECTION_IDLE);
		loop_timer_set_ms(c->timer, server->options.idle_timeout_ms);
		return;
	}
	connection_set_state(c, CONNECTION_LINGER);
	loop_timer_set_ms(c->timer, LINGER_MS);
	(void)!transport_shutdown(c->transport, NULL);
}

static bool step_writing(struct http_connection *c)
{
	size_t n = 0;
	enum rc rc = transport_write(c->transport, c->out.p + c->out_sent, c->out.n - c->out_sent, &n, NULL);
	if (rc == RC_AGAIN)
		return rest(c);
	if (rc != RC_OK) {
		connection_end(c);
		return false;
	}
	c->out_sent += n;
	loop_timer_set_ms(c->timer, c->server->options.write_timeout_ms);
	if (c->out_sent == c->out.n)
		answer_sent(c);
	return true;
}

/* Closing with unread input would make the kernel reset the connection and lose the answer. = RFC 9112 §9.6 */
static bool step_linger(struct http_connection *c)
{
	char bytes[READ_BYTES];
	size_t n = 0;
	enum rc rc = c->eof ? RC_CLOSED : transport_read(c->transport, bytes, sizeof(bytes), &n, NULL);
	if (rc == RC_AGAIN)
		return rest(c);
	c->lingered += n;
	if (rc != RC_OK || c->lingered > LINGER_BYTES)
		connection_end(c);
	return true;
}

static bool step(struct http_connection *c)
{
	switch (c->state) {
	case CONNECTION_HANDSHAKE: return step_handshake(c);
	case CONNECTION_IDLE:
	case CONNECTION_HEAD: return step_head(c);
	case CONNECTION_BODY: return step_body(c);
	case CONNECTION_HANDLING: return step_handling(c);
	case CONNECTION_WRITING: return step_writing(c);
	case CONNECTION_LINGER: return step_linger(c);
	case CONNECTION_ENDED:
	case CONNECTION_STATES:
	default: return false;
	}
}

/* The next step has something to work on that no readiness of the descriptor will announce. */
static bool goes_on_by_itself(const struct http_connection *c)
{
	return c->state == CONNECTION_ENDED || c->eof || c->in.n > 0 || transport_pending(c->transport) ||
	       (c->state == CONNECTION_BODY && body_is_whole(c->exchange));
}

void connection_run(struct http_connection *c)
{
	if (c->running || c->state == CONNECTION_ENDED)
		return;
	c->running = true;
	/* Bounded work for one connection, so that the others have their turn. */
	for (int i = 0; step(c); i++) {
		if (i < READS_PER_RUN || goes_on_by_itself(c))
			continue;
		loop_watch_set(c->watch, c->state == CONNECTION_WRITING ? LOOP_WRITE : LOOP_READ);
		break;
	}
	c->running = false;
}

static void run_scheduled(void *object)
{
	struct http_connection *c = object;
	c->scheduled = false;
	connection_run(c);
}

void connection_schedule(struct http_connection *c)
{
	if (c->running || c->scheduled || c->state == CONNECTION_ENDED)
		return;
	c->scheduled = true;
	loop_defer(c->server->loop, run_scheduled, c);
}

static void connection_ready(void *context, unsigned ready)
{
	connection_run(context);
}

enum rc connection_start(struct http_server *server, struct transport *take_transport, struct err *reterr)
{
	struct http_connection *c = mem_alloc(sizeof(*c));
	*c = (struct http_connection){ .server = server,
				       .state = CONNECTION_HANDSHAKE,
				       .transport = take_transport,
				       .in = BUF(server->options.max_head + READ_BYTES),
				       .out = BUF(SIZE_MAX) };
	enum rc rc = loop_watch_new(&c->watch, server->loop, take_transport->fd, LOOP_READ, connection_ready,
				    c, reterr);
	if (rc != RC_OK) {
		transport_free(take_transport);
		mem_free(c);
		return rc;
	}
	(void)socket_peer_text(take_transport->fd, c->peer, sizeof(c->peer));
	c->is_unix = socket_peer_uid(take_transport->fd, &c->uid) == RC_OK;
	c->timer = loop_timer_new(server->loop, timed_out, c);
	loop_timer_set_ms(c->timer, server->options.handshake_timeout_ms);
	list_append(&server->lists[CONNECTION_HANDSHAKE], c);
	server->n_connections++;
	metrics_set(server->options.metrics, METRIC_CONNECTIONS_OPEN, (int64_t)server->n_connections);
	if (!tls_connection_of(take_transport))
		connection_run(c); /* nothing to shake hands about */
	return RC_OK;
}

const char *http_connection_peer(const struct http_connection *connection)
{
	return connection->peer;
}

bool http_connection_is_unix(const struct http_connection *connection, uid_t *ret_uid)
{
	if (connection->is_unix && ret_uid)
		*ret_uid = connection->uid;
	return connection->is_unix;
}

struct tls_connection *http_connection_tls(struct http_connection *connection)
{
	return tls_connection_of(connection->transport);
}

void http_connection_set_user(struct http_connection *connection, void *user)
{
	connection->user = user;
}

void *http_connection_user(const struct http_connection *connection)
{
	return connection->user;
}

void http_connection_refuse(struct http_connection *connection, const struct http_field *fields,
			    size_t n_fields, struct str body)
{
	ASSERT(connection->refusal);
	exchange_format(connection, NULL, connection->refusal, fields, n_fields, body);
	connection->refusal = 0;
}
