/* SPDX-License-Identifier: Apache-2.0
 * One connection of the client: opens it, sends a request and reads its answer, both at once. */
#include "http/client/client_internal.h"
#include "tls/connection.h"

static void connection_ready(void *context, unsigned ready);
static void run(struct client_connection *c);
static void next_address(struct http_call *call, const struct err *last);

/* Nobody's turn but the server's: it has as long as was agreed. */
static void timed_out(void *context)
{
	struct client_connection *c = context;
	struct http_call *call = c->call;
	struct err err = { 0 };
	if (!call) {
		pool_drop(c);
		return;
	}
	(void)err_set(&err, RC_TIMEOUT, "no %s from %s within %u ms",
		      call->head_read ? "rest of the answer" : "answer", call->receiver->host,
		      call->response_timeout_ms);
	client_call_fail(call, RC_TIMEOUT, &err);
}

static void connection_open(struct http_call *call, int take_fd)
{
	struct err err = { 0 };
	struct client_connection *c = mem_alloc(sizeof(*c));
	*c = (struct client_connection){ .client = call->client,
					 .receiver = call->receiver,
					 .call = call,
					 .state = CLIENT_CONNECT,
					 .fd = take_fd };
	call->receiver->owners++;
	c->timer = loop_timer_new(call->client->loop, timed_out, c);
	call->connection = c;
	enum rc rc =
		loop_watch_new(&c->watch, call->client->loop, take_fd, LOOP_WRITE, connection_ready, c, &err);
	if (rc != RC_OK) {
		client_call_fail(call, rc, &err);
	}
}

static void next_address(struct http_call *call, const struct err *last)
{
	struct client_addresses *addresses = call->addresses;
	struct err err = { 0 };
	if (last) {
		err = *last;
	}
	while (addresses->at < addresses->n) {
		int fd;
		if (socket_connect_start(&addresses->items[addresses->at++], &fd, &err) == RC_OK) {
			connection_open(call, fd);
			return;
		}
	}
	struct err told = { 0 };
	(void)err_set(&told, RC_IO, "%s port %u: %s", call->receiver->host, call->receiver->port, err.text);
	told.native = err.native;
	client_call_fail(call, RC_IO, &told);
}

static void resolved(void *context, enum rc rc, const struct socket_address *addresses, size_t n,
		     const struct err *err)
{
	struct http_call *call = context;
	call->resolve = NULL;
	if (rc != RC_OK) {
		client_call_fail(call, rc, err);
		return;
	}
	memcpy(call->addresses->items, addresses, n * sizeof(*addresses));
	call->addresses->n = n;
	next_address(call, NULL);
}

static void connect_timed_out(void *context)
{
	struct http_call *call = context;
	struct err err = { 0 };
	(void)err_set(&err, RC_TIMEOUT, "no connection to %s within %u ms", call->receiver->host,
		      call->connect_timeout_ms);
	client_call_fail(call, RC_TIMEOUT, &err);
}

static void open_fresh(struct http_call *call)
{
	struct client_receiver *r = call->receiver;
	struct err err = { 0 };
	enum rc rc;
	if (!call->timer) {
		call->timer = loop_timer_new(call->client->loop, connect_timed_out, call);
	}
	loop_timer_set_ms(call->timer, call->connect_timeout_ms);
	if (!call->addresses) {
		call->addresses = mem_alloc(sizeof(*call->addresses));
	}
	*call->addresses = (struct client_addresses){ .n = 0 };
	if (r->unix_path) {
		rc = socket_address_unix(r->unix_path, &call->addresses->items[0], &err);
		call->addresses->n = 1;
		if (rc == RC_OK) {
			next_address(call, NULL);
			return;
		}
	} else {
		rc = resolve_start(&call->resolve, call->client->loop, r->host, r->port, resolved, call,
				   &err);
	}
	if (rc != RC_OK) {
		client_call_fail(call, rc, &err);
	}
}

/* The server has from now on as long as was agreed; whole calls get no more, those in parts at each
 * progress. */
static void start_clock(struct client_connection *c)
{
	loop_timer_set_ms(c->timer, c->call->response_timeout_ms);
}

void client_connection_begin(struct http_call *call)
{
	struct client_connection *c = pool_take(call->receiver);
	if (!c) {
		open_fresh(call);
		return;
	}
	c->call = call;
	c->readable = false;
	call->connection = c;
	call->reused = true;
	call->tls = tls_connection_of(c->transport);
	start_clock(c);
	run(c);
}

/* A connection that failed. One that was kept, and on which nothing was sent, had ended before:
 * a fresh one is tried. */
static bool fail(struct client_connection *c, enum rc rc, const struct err *err)
{
	struct http_call *call = c->call;
	if (c->used && !call->sent_any) {
		call->connection = NULL;
		call->reused = false;
		c->call = NULL;
		pool_drop(c);
		open_fresh(call);
		return false;
	}
	client_call_fail(call, rc, err);
	return false;
}

static bool step_connect(struct client_connection *c)
{
	struct http_call *call = c->call;
	struct err err = { 0 };
	if (socket_connect_result(c->fd, &err) != RC_OK) {
		call->connection = NULL;
		c->call = NULL;
		pool_drop(c);
		next_address(call, &err);
		return false;
	}
	int fd = c->fd;
	c->fd = -1;
	if (c->receiver->https) {
		enum rc rc =
			tls_connection_connect(&c->transport, c->receiver->tls, fd, c->receiver->host, &err);
		if (rc != RC_OK) {
			return fail(c, rc, &err); /* the descriptor is closed, and out of the loop with it */
		}
	} else {
		c->transport = transport_plain_new(fd);
	}
	client_connection_set_state(c, CLIENT_HANDSHAKE);
	return true;
}

static bool step_handshake(struct client_connection *c)
{
	struct err err = { 0 };
	enum rc rc = transport_handshake(c->transport, &err);
	if (rc == RC_AGAIN) {
		(void)client_connection_rest(c, c->transport->want);
		return false;
	}
	if (rc != RC_OK) {
		return fail(c, rc, &err);
	}
	client_connection_set_state(c, CLIENT_WORK);
	c->call->tls = tls_connection_of(c->transport);
	loop_timer_stop(c->call->timer);
	start_clock(c);
	return true;
}

enum rc client_connection_send(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	if (call->out.overflow) {
		return err_set(reterr, RC_LIMIT, "there is no memory for the request");
	}
	while (call->out_sent < call->out.n && !call->send_failed) {
		size_t n = 0;
		enum rc rc = transport_write(c->transport, call->out.p + call->out_sent,
					     call->out.n - call->out_sent, &n, reterr);
		if (rc == RC_AGAIN) {
			return client_connection_rest(c, c->transport->want);
		}
		if (rc != RC_OK) {
			return rc;
		}
		call->out_sent += n;
		call->sent_any = true;
	}
	if (call->out.n > 0) {
		buf_clear(&call->out);
		call->out.secret = false; /* the head is out */
		call->out_sent = 0;
	}
	return RC_OK;
}

/* The answer is whole: the connection is free for the next call, while this one is still being told. */
static void release(struct client_connection *c)
{
	struct http_call *call = c->call;
	bool clean = call->response.keep_alive && call->finished && client_call_unsent(call) == 0 &&
		     !call->send_failed && call->in.n == 0;
	call->connection = NULL;
	call->tls = NULL;
	c->call = NULL;
	if (clean) {
		pool_keep(c);
	} else {
		pool_drop(c);
	}
}

/* Whose turn it is: the server's while something waits to be sent, or while an answer, or room for it, is
 * waited for. */
static bool is_servers_turn(const struct http_call *call)
{
	if (client_call_unsent(call) > 0) {
		return true;
	}
	if (call->head_read) {
		return call->body.n < call->body.max;
	}
	return call->finished || call->send_failed;
}

/* Of a call in parts each byte is progress, and what its owner holds up is not the server's delay. */
static void move_deadline(struct client_connection *c)
{
	if (!c->call->handler) {
		return;
	}
	if (is_servers_turn(c->call)) {
		start_clock(c);
	} else {
		loop_timer_stop(c->timer);
	}
}

static bool step_work(struct client_connection *c)
{
	struct http_call *call = c->call;
	struct err err = { 0 };
	bool was_read = call->head_read;
	uint64_t told = call->told;
	if (client_call_tell_writable(call)) {
		return true;
	}
	enum rc rc = client_connection_send(c, &err);
	if (rc == RC_OK && call->blocked) {
		return true;
	}
	if (rc != RC_OK && rc != RC_AGAIN) {
		if (!call->sent_any) {
			return fail(c, rc, &err);
		}
		/* A server may answer, and stop reading, before it has the whole request. */
		call->send_failed = true;
		buf_clear(&call->out);
		call->out_sent = 0;
		c->readable = true;
	}
	rc = client_answer_read_head(c, &err);
	if (rc == RC_OK && !was_read) {
		client_call_head_read(call);
		if (c->call != call) {
			return false;
		}
	}
	if (rc == RC_OK) {
		rc = client_answer_read_body(c, &err);
	}
	if (rc != RC_OK && rc != RC_AGAIN) {
		return fail(c, rc, &err);
	}
	move_deadline(c);
	bool whole = call->whole;
	if (whole) {
		struct tls_connection *tls = call->tls;
		release(c);
		call->tls = tls; /* good until the end of this turn */
	}
	if (call->head_read) {
		client_call_body_arrived(call);
	}
	return !whole && c->call == call && call->told != told;
}

static bool step(struct client_connection *c)
{
	switch (c->state) {
	case CLIENT_CONNECT: return step_connect(c);
	case CLIENT_HANDSHAKE: return step_handshake(c);
	case CLIENT_WORK: return c->call ? step_work(c) : false;
	case CLIENT_IDLE:
	case CLIENT_ENDED:
	case CLIENT_STATES:
	default: pool_drop(c); return false; /* an idle server has nothing to say but that it goes */
	}
}

static void run(struct client_connection *c)
{
	if (c->running || c->state == CLIENT_ENDED) {
		return;
	}
	c->running = true;
	c->interest = 0;
	while (c->state != CLIENT_ENDED && step(c))
		;
	c->running = false;
	if (c->state != CLIENT_ENDED && c->state != CLIENT_IDLE) {
		loop_watch_set(c->watch, c->interest);
	}
}

static void connection_ready(void *context, unsigned ready)
{
	struct client_connection *c = context;
	c->readable = true;
	run(c);
}

static void run_scheduled(void *object)
{
	struct client_connection *c = object;
	c->scheduled = false;
	if (c->state == CLIENT_WORK) {
		run(c);
	}
}

void client_connection_schedule(struct client_connection *c)
{
	if (c->running || c->scheduled || c->state == CLIENT_ENDED) {
		return;
	}
	c->scheduled = true;
	loop_defer(c->client->loop, run_scheduled, c);
}
