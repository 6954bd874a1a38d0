/* SPDX-License-Identifier: Apache-2.0
 * One connection of the server, whatever is spoken on it: handshake, bytes in and out, deadlines, the end. */
#include "http/server/server_internal.h"

/* Reads and writes of one connection in one turn, so that the others have theirs. */
#define BUDGET 32
#define LINGER_MS 2000
#define LINGER_BYTES ((size_t)4 * 1024 * 1024)

/* Which state may follow which; CONNECTION_ENDED may follow all.
 * HTTP/2, of which many requests are under way at once, only goes between IDLE and HANDLING, and from either
 * to LINGER. */
static const unsigned FOLLOWS[CONNECTION_STATES] = {
	[CONNECTION_HANDSHAKE] = 1u << CONNECTION_IDLE,
	[CONNECTION_IDLE] = 1u << CONNECTION_HEAD | 1u << CONNECTION_WRITING | 1u << CONNECTION_HANDLING |
			    1u << CONNECTION_LINGER,
	[CONNECTION_HEAD] = 1u << CONNECTION_BODY | 1u << CONNECTION_WRITING,
	[CONNECTION_BODY] = 1u << CONNECTION_HANDLING | 1u << CONNECTION_WRITING,
	[CONNECTION_HANDLING] = 1u << CONNECTION_WRITING | 1u << CONNECTION_IDLE | 1u << CONNECTION_LINGER,
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
	if (state != CONNECTION_ENDED) {
		list_append(&c->server->lists[state], c);
	}
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
	if (c->state == CONNECTION_ENDED) {
		return;
	}
	connection_set_state(c, CONNECTION_ENDED);
	loop_watch_free(c->watch);
	loop_timer_stop(c->timer);
	c->protocol->end(c);
	if (server->handler.on_connection_end) {
		server->handler.on_connection_end(server->ctx, c);
	}
	loop_defer(server->loop, connection_free, c);
	server_connection_gone(server);
}

/* Deadlines. */

static struct mono earliest(const struct http_connection *c)
{
	if (!c->due_in.us || (c->due_out.us && c->due_out.us < c->due_in.us)) {
		return c->due_out;
	}
	return c->due_in;
}

static void arm(struct http_connection *c)
{
	struct mono due = earliest(c);
	if (due.us) {
		loop_timer_set(c->timer, due);
	} else {
		loop_timer_stop(c->timer);
	}
}

static struct mono due_after(const struct http_connection *c, uint32_t ms)
{
	return ms ? mono_after_ms(loop_now(c->server->loop), ms) : (struct mono){ 0 };
}

void connection_due_in(struct http_connection *c, uint32_t ms)
{
	c->due_in = due_after(c, ms);
	arm(c);
}

static bool is_due(const struct http_connection *c, struct mono due)
{
	return due.us && due.us <= loop_now(c->server->loop).us;
}

/* The peer does not take what it is sent, and from now on is looked at. */
static void out_waits(struct http_connection *c)
{
	if (rate_is_begun(&c->out_rate)) {
		return;
	}
	rate_begin(&c->out_rate, loop_now(c->server->loop), c->taken);
	c->due_out = due_after(c, rate_interval_ms(c->server->options.write_window_ms));
	arm(c);
}

static void out_is_empty(struct http_connection *c)
{
	rate_end(&c->out_rate);
	c->due_out = (struct mono){ 0 };
}

static bool out_is_too_slow(struct http_connection *c)
{
	const struct http_server_options *limits = &c->server->options;
	c->due_out = due_after(c, rate_interval_ms(limits->write_window_ms));
	return rate_is_too_slow(&c->out_rate, loop_now(c->server->loop), c->taken, limits->write_window_ms,
				limits->least_rate);
}

/* Go on as far as possible without waiting. */
static void connection_run(struct http_connection *c);

static void timed_out(void *context)
{
	struct http_connection *c = context;
	struct http_server *server = c->server;
	bool ends = is_due(c, c->due_out) && out_is_too_slow(c);
	if (!ends && !is_due(c, c->due_in)) {
		arm(c);
		return;
	}
	if (c->state == CONNECTION_HANDSHAKE && server->handler.on_handshake_failed) {
		struct err err = { 0 };
		(void)err_set(&err, RC_TIMEOUT, "the handshake did not finish in time");
		server->handler.on_handshake_failed(server->ctx, c, &err);
	}
	if (ends || c->state == CONNECTION_HANDSHAKE || c->state == CONNECTION_LINGER) {
		connection_end(c);
		return;
	}
	c->protocol->timed_out(c);
	arm(c);
	connection_run(c);
}

/* Bytes in and out. */

/* Noted in interest, and asked for when the run is over. */
static enum rc rest(struct http_connection *c, unsigned interest)
{
	c->interest |= interest;
	return RC_AGAIN;
}

enum rc connection_read(struct http_connection *c, char *out, size_t size, size_t *ret_n)
{
	bool pending = transport_pending(c->transport);
	if (c->eof) {
		return RC_CLOSED;
	}
	if (!pending && (!c->readable || c->budget == 0)) {
		return rest(c, LOOP_READ);
	}
	enum rc rc = transport_read(c->transport, out, size, ret_n, NULL);
	if (rc == RC_AGAIN) {
		c->readable = false;
		return rest(c, c->transport->want);
	}
	if (rc == RC_CLOSED) {
		c->eof = true;
	}
	if (c->budget > 0) {
		c->budget--;
	}
	return rc;
}

enum rc connection_fill(struct http_connection *c)
{
	size_t room = c->in.max - c->in.n;
	size_t size = room < CONNECTION_READ_BYTES ? room : CONNECTION_READ_BYTES;
	size_t n = 0;
	if (c->eof || (!c->readable && !transport_pending(c->transport))) {
		return connection_read(c, NULL, 0, &n);
	}
	if (c->in.n == 0) {
		server_take_buffer(c->server, &c->in);
	}
	char *place = size ? buf_reserve(&c->in, size) : NULL;
	if (!place) {
		return RC_LIMIT;
	}
	enum rc rc = connection_read(c, place, size, &n);
	if (rc == RC_OK) {
		buf_added(&c->in, n);
		/* A short read emptied the socket; what comes now is announced by the loop.
		 * Saves one that finds nothing. */
		if (n < size) {
			c->readable = false;
		}
	}
	return rc;
}

enum rc connection_write(struct http_connection *c, struct str bytes, size_t *ret_n)
{
	enum rc rc = transport_write(c->transport, bytes.p, bytes.n, ret_n, NULL);
	if (rc == RC_OK) {
		c->taken += *ret_n;
	}
	return rc;
}

enum rc connection_flush(struct http_connection *c)
{
	if (c->out.overflow) {
		return RC_LIMIT; /* there was no memory for some of it: the rest would be another answer */
	}
	while (c->out_sent < c->out.n) {
		size_t n = 0;
		if (c->budget == 0) {
			return rest(c, LOOP_WRITE);
		}
		enum rc rc = connection_write(c, str_skip(buf_str(&c->out), c->out_sent), &n);
		if (rc == RC_AGAIN) {
			out_waits(c);
			return rest(c, c->transport->want);
		}
		if (rc != RC_OK) {
			return rc;
		}
		c->budget--;
		c->out_sent += n;
	}
	out_is_empty(c);
	if (c->out.n > 0) {
		server_give_buffer(c->server, &c->out);
		c->out_sent = 0;
	}
	return RC_OK;
}

/* Each step below returns true when the next step may be tried at once, false to wait. */

/* Who speaks plain HTTP to a port of TLS is told so in its own language. */
static void answer_plainly(struct http_connection *c)
{
	struct transport *below = tls_connection_take_below(tls_connection_of(c->transport));
	transport_free(c->transport);
	c->transport = below;
	connection_set_state(c, CONNECTION_IDLE);
	c->protocol->malformed(c, 400, "The request came in plain HTTP to a port that speaks TLS.");
}

static bool handshake_failed(struct http_connection *c, const struct err *err)
{
	struct http_server *server = c->server;
	struct tls_connection *tls = tls_connection_of(c->transport);
	metrics_add(server->options.metrics, METRIC_HANDSHAKES_FAILED_TOTAL, 1);
	if (tls && tls_connection_is_plain_text(tls)) {
		answer_plainly(c);
		return true;
	}
	if (server->handler.on_handshake_failed) {
		server->handler.on_handshake_failed(server->ctx, c, err);
	}
	connection_end(c);
	return false;
}

static bool step_handshake(struct http_connection *c)
{
	struct http_server *server = c->server;
	struct err err = { 0 };
	enum rc rc = transport_handshake(c->transport, &err);
	if (rc == RC_AGAIN) {
		(void)rest(c, c->transport->want);
		return false;
	}
	if (rc != RC_OK) {
		return handshake_failed(c, &err);
	}
	struct tls_connection *tls = tls_connection_of(c->transport);
	if (tls && tls_connection_is_http2(tls)) {
		c->protocol = &H2_PROTOCOL;
	}
	connection_set_state(c, CONNECTION_IDLE);
	/* Who connects means to ask: the first head has its own, shorter time. */
	connection_due_in(c, server->options.head_timeout_ms);
	c->readable = true;
	return true;
}

void connection_linger(struct http_connection *c)
{
	connection_set_state(c, CONNECTION_LINGER);
	connection_due_in(c, LINGER_MS);
	c->readable = true;
	(void)!transport_shutdown(c->transport, NULL);
}

/* Closing with unread input would make the kernel reset the connection and lose the answer.
 * = RFC 9112 §9.6 */
static bool step_linger(struct http_connection *c)
{
	char bytes[4096];
	size_t n = 0;
	enum rc rc = connection_read(c, bytes, sizeof(bytes), &n);
	if (rc == RC_AGAIN) {
		return false;
	}
	c->lingered += n;
	if (rc != RC_OK || c->lingered > LINGER_BYTES) {
		connection_end(c);
	}
	return true;
}

static bool step(struct http_connection *c)
{
	switch (c->state) {
	case CONNECTION_HANDSHAKE: return step_handshake(c);
	case CONNECTION_LINGER: return step_linger(c);
	case CONNECTION_IDLE:
	case CONNECTION_HEAD:
	case CONNECTION_BODY:
	case CONNECTION_HANDLING:
	case CONNECTION_WRITING: return c->protocol->step(c);
	case CONNECTION_ENDED:
	case CONNECTION_STATES:
	default: return false;
	}
}

static void connection_run(struct http_connection *c)
{
	if (c->running || c->state == CONNECTION_ENDED) {
		return;
	}
	c->running = true;
	c->interest = 0;
	c->budget = BUDGET;
	while (step(c))
		;
	c->running = false;
	if (c->state != CONNECTION_ENDED) {
		loop_watch_set(c->watch, c->interest);
	}
}

void connection_let_go(struct http_connection *c)
{
	c->readable = true;
	connection_run(c);
	if (c->state != CONNECTION_IDLE) {
		return;
	}
	if (c->protocol->goodbye) {
		c->protocol->goodbye(c);
	}
	connection_linger(c);
	connection_run(c);
}

static void run_scheduled(void *object)
{
	struct http_connection *c = object;
	c->scheduled = false;
	connection_run(c);
}

void connection_schedule(struct http_connection *c)
{
	if (c->running || c->scheduled || c->state == CONNECTION_ENDED) {
		return;
	}
	c->scheduled = true;
	loop_defer(c->server->loop, run_scheduled, c);
}

static void connection_ready(void *context, unsigned ready)
{
	struct http_connection *c = context;
	c->readable = true;
	connection_run(c);
}

enum rc connection_start(struct http_server *server, struct transport *take_transport, struct err *reterr)
{
	struct http_connection *c = mem_alloc(sizeof(*c));
	*c = (struct http_connection){ .server = server,
				       .protocol = &H1_PROTOCOL,
				       .state = CONNECTION_HANDSHAKE,
				       .readable = true,
				       .transport = take_transport,
				       .in = BUF(server->options.max_head + CONNECTION_READ_BYTES),
				       .out = BUF(SIZE_MAX) };
	enum rc rc = loop_watch_new(&c->watch, server->loop, take_transport->fd, LOOP_READ, connection_ready,
				    c, reterr);
	if (rc != RC_OK) {
		transport_free(take_transport);
		mem_free(c);
		return rc;
	}
	(void)socket_peer_text(take_transport->fd, c->peer, sizeof(c->peer));
	/* The kernel is asked once for the others. */
	c->is_unix = str_is(STR("unix"), c->peer) && socket_peer_uid(take_transport->fd, &c->uid) == RC_OK;
	c->timer = loop_timer_new(server->loop, timed_out, c);
	connection_due_in(c, server->options.handshake_timeout_ms);
	list_append(&server->lists[CONNECTION_HANDSHAKE], c);
	server->n_connections++;
	metrics_add(server->options.metrics, METRIC_CONNECTIONS_OPEN, 1);
	if (!tls_connection_of(take_transport)) {
		connection_run(c); /* nothing to shake hands about */
	}
	return RC_OK;
}

const char *http_connection_peer(const struct http_connection *connection)
{
	return connection->peer;
}

bool http_connection_is_unix(const struct http_connection *connection, uid_t *ret_uid)
{
	if (connection->is_unix && ret_uid) {
		*ret_uid = connection->uid;
	}
	return connection->is_unix;
}

struct tls_connection *http_connection_tls(struct http_connection *connection)
{
	return tls_connection_of(connection->transport);
}

void http_connection_refuse(struct http_connection *connection, const struct http_field *fields,
			    size_t n_fields, struct str body)
{
	ASSERT(connection->refusal);
	connection->protocol->refuse(connection, fields, n_fields, body);
	connection->refusal = 0;
}
