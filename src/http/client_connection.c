/* SPDX-License-Identifier: Apache-2.0
 * One connection of the client: opens it, sends a request and reads its answer, both at once. */
#include "http/client_internal.h"
#include "tls/connection.h"

#define READ_BYTES ((size_t)16 * 1024)
#define BODY_READ_BYTES ((size_t)64 * 1024)
#define INTERIM_MAX 16
/* Reads in one turn, so that others have theirs. */
#define READS_PER_RUN 16

static void connection_ready(void *context, unsigned ready);
static void run(struct client_connection *c);
static void next_address(struct http_call *call, const struct err *last);

/* Opening and closing. */

static void connection_free(void *object)
{
	struct client_connection *c = object;
	transport_free(c->transport);
	if (c->fd >= 0)
		transport_free(transport_plain_new(c->fd)); /* closes it */
	loop_timer_free(c->timer);
	mem_free(c);
}

void client_connection_drop(struct client_connection *c)
{
	if (c->dead)
		return;
	c->dead = true;
	if (c->state == CLIENT_IDLE)
		pool_remove(c);
	receiver_release(TAKE(c->receiver));
	loop_watch_free(TAKE(c->watch));
	loop_timer_stop(c->timer);
	loop_defer(c->client->loop, connection_free, c);
}

/* Nobody's turn but the server's: it has as long as was agreed. */
static void timed_out(void *context)
{
	struct client_connection *c = context;
	struct http_call *call = c->call;
	struct err err = { 0 };
	if (!call) {
		client_connection_drop(c);
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
	if (rc != RC_OK)
		client_call_fail(call, rc, &err);
}

static void next_address(struct http_call *call, const struct err *last)
{
	struct client_addresses *addresses = call->addresses;
	struct err err = { 0 };
	if (last)
		err = *last;
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
	if (!call->timer)
		call->timer = loop_timer_new(call->client->loop, connect_timed_out, call);
	loop_timer_set_ms(call->timer, call->connect_timeout_ms);
	if (!call->addresses)
		call->addresses = mem_alloc(sizeof(*call->addresses));
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
	if (rc != RC_OK)
		client_call_fail(call, rc, &err);
}

/* The server has from now on as long as was agreed; whole calls get no more, those in parts at each progress. */
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
	c->state = CLIENT_WORK;
	c->readable = false;
	call->connection = c;
	call->reused = true;
	call->tls = tls_connection_of(c->transport);
	start_clock(c);
	run(c);
}

/* A connection that failed. One that was kept, and on which nothing was sent, had ended before: a fresh one is tried. */
static bool fail(struct client_connection *c, enum rc rc, const struct err *err)
{
	struct http_call *call = c->call;
	if (c->used && !call->sent_any) {
		call->connection = NULL;
		call->reused = false;
		c->call = NULL;
		client_connection_drop(c);
		open_fresh(call);
		return false;
	}
	client_call_fail(call, rc, err);
	return false;
}

/* Steps; true goes on at once. */

static enum rc rest(struct client_connection *c, unsigned interest)
{
	c->interest |= interest;
	return RC_AGAIN;
}

static bool step_connect(struct client_connection *c)
{
	struct http_call *call = c->call;
	struct err err = { 0 };
	if (socket_connect_result(c->fd, &err) != RC_OK) {
		call->connection = NULL;
		c->call = NULL;
		client_connection_drop(c);
		next_address(call, &err);
		return false;
	}
	int fd = c->fd;
	c->fd = -1;
	if (c->receiver->https) {
		enum rc rc =
			tls_connection_connect(&c->transport, c->receiver->tls, fd, c->receiver->host, &err);
		if (rc != RC_OK)
			return fail(c, rc, &err); /* the descriptor is closed, and out of the loop with it */
	} else {
		c->transport = transport_plain_new(fd);
	}
	c->state = CLIENT_HANDSHAKE;
	return true;
}

static bool step_handshake(struct client_connection *c)
{
	struct err err = { 0 };
	enum rc rc = transport_handshake(c->transport, &err);
	if (rc == RC_AGAIN) {
		(void)rest(c, c->transport->want);
		return false;
	}
	if (rc != RC_OK)
		return fail(c, rc, &err);
	c->state = CLIENT_WORK;
	c->call->tls = tls_connection_of(c->transport);
	loop_timer_stop(c->call->timer);
	start_clock(c);
	return true;
}

enum rc client_connection_send(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	if (call->out.overflow)
		return err_set(reterr, RC_LIMIT, "there is no memory for the request");
	while (call->out_sent < call->out.n && !call->send_failed) {
		size_t n = 0;
		enum rc rc = transport_write(c->transport, call->out.p + call->out_sent,
					     call->out.n - call->out_sent, &n, reterr);
		if (rc == RC_AGAIN)
			return rest(c, c->transport->want);
		if (rc != RC_OK)
			return rc;
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

/* RC_AGAIN nothing now, noted. */
static enum rc connection_read(struct client_connection *c, char *out, size_t size, size_t *ret_n,
			       struct err *reterr)
{
	if (!c->readable && !transport_pending(c->transport))
		return rest(c, LOOP_READ);
	enum rc rc = transport_read(c->transport, out, size, ret_n, reterr);
	if (rc == RC_AGAIN) {
		c->readable = false;
		return rest(c, c->transport->want);
	}
	return rc;
}

static enum rc read_in(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	size_t room = call->in.max - call->in.n;
	size_t size = room < READ_BYTES ? room : READ_BYTES;
	size_t n = 0;
	char *place;
	if (!c->readable && !transport_pending(c->transport))
		return rest(c, LOOP_READ);
	place = size ? buf_reserve(&call->in, size) : NULL;
	if (!place)
		return err_set(reterr, RC_PROTO, "the answer's head is too large");
	enum rc rc = connection_read(c, place, size, &n, reterr);
	if (rc == RC_OK)
		buf_added(&call->in, n);
	/* A short read emptied the socket; what comes now is announced by the loop. */
	if (rc == RC_OK && n < size)
		c->readable = false;
	return rc;
}

static enum rc parse_head(struct http_call *call, size_t end, struct err *reterr)
{
	static const struct h1_limits limits = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };
	buf_clear(&call->head);
	(void)buf_add(&call->head, str_from(call->in.p, end));
	buf_drop(&call->in, end);
	call->scanned = 0;
	TRY(h1_parse_response(buf_str(&call->head), &limits, call->is_head, &call->response, reterr));
	if (call->response.status == 101)
		return err_set(reterr, RC_PROTO, "the server changes the protocol unasked");
	if (call->response.status < 200)
		return ++call->n_interim <= INTERIM_MAX
			       ? RC_OK
			       : err_set(reterr, RC_PROTO, "the server sends interim answers only");
	if (call->response.framing == H1_BODY_LENGTH && call->response.length > call->max_response)
		return err_set(reterr, RC_LIMIT, "the answer is larger than %llu bytes",
			       (unsigned long long)call->max_response);
	call->head_read = true;
	return RC_OK;
}

static enum rc read_head(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	while (!call->head_read) {
		size_t end = 0;
		enum rc rc = h1_find_end(buf_str(&call->in), HTTP_HEAD_MAX, &call->scanned, &end, reterr);
		if (rc == RC_OK)
			rc = parse_head(call, end, reterr);
		else if (rc == RC_AGAIN)
			rc = read_in(c, reterr);
		if (rc == RC_CLOSED)
			return err_set(reterr, call->in.n ? RC_PROTO : RC_CLOSED,
				       "the server closed the connection %s",
				       call->in.n ? "in the middle of its answer" : "without an answer");
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc too_large(const struct http_call *call, struct err *reterr)
{
	return err_set(reterr, RC_LIMIT, "the answer is larger than %llu bytes",
		       (unsigned long long)call->max_response);
}

/* A body of known length, or one that ends with the connection, straight into its place. left [bytes]. */
static enum rc read_plain(struct client_connection *c, uint64_t left, struct err *reterr)
{
	struct http_call *call = c->call;
	uint64_t allowed = call->max_response - call->received;
	size_t room = call->body.max - call->body.n;
	uint64_t most = left < BODY_READ_BYTES ? left : BODY_READ_BYTES;
	size_t n = call->in.n;
	if (allowed == 0) {
		/* One byte more than is allowed shows that it is too large. */
		char spare;
		enum rc rc = n > 0 ? RC_OK : connection_read(c, &spare, 1, &n, reterr);
		return rc == RC_OK ? too_large(call, reterr) : rc;
	}
	most = most < room ? most : room;
	most = most < allowed ? most : allowed;
	if (most == 0)
		return RC_AGAIN; /* the window is full */
	if (n > 0) {
		n = n < most ? n : (size_t)most;
		if (!buf_add(&call->body, str_from(call->in.p, n)))
			return err_set(reterr, RC_LIMIT, "there is no memory for the answer");
		buf_drop(&call->in, n);
		call->received += n;
		return RC_OK;
	}
	char *place = buf_reserve(&call->body, (size_t)most);
	if (!place)
		return err_set(reterr, RC_LIMIT, "there is no memory for the answer");
	enum rc rc = connection_read(c, place, (size_t)most, &n, reterr);
	if (rc == RC_OK) {
		buf_added(&call->body, n);
		call->received += n;
	}
	return rc;
}

static enum rc read_chunks(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	size_t used = 0;
	size_t before = call->body.n;
	enum rc rc = h1_chunks_decode(&call->chunks, buf_str(&call->in), &used, &call->body, reterr);
	buf_drop(&call->in, used);
	call->received += call->body.n - before;
	call->whole = rc == RC_OK;
	if (rc != RC_AGAIN)
		return rc;
	return call->in.n > 0 ? RC_AGAIN : read_in(c, reterr);
}

static enum rc read_some_body(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	switch (call->response.framing) {
	case H1_BODY_LENGTH:
		call->whole = call->received == call->response.length;
		return call->whole ? RC_OK : read_plain(c, call->response.length - call->received, reterr);
	case H1_BODY_CHUNKED: return read_chunks(c, reterr);
	case H1_BODY_UNTIL_CLOSE: {
		enum rc rc = read_plain(c, UINT64_MAX, reterr);
		call->whole = rc == RC_CLOSED;
		return rc == RC_CLOSED ? RC_OK : rc;
	}
	case H1_BODY_NONE:
	default: call->whole = true; return RC_OK;
	}
}

static enum rc read_body(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	enum rc rc = RC_OK;
	for (int i = 0; rc == RC_OK && !call->whole; i++) {
		if (i == READS_PER_RUN && call->in.n == 0 && !transport_pending(c->transport))
			return rest(c, LOOP_READ);
		rc = read_some_body(c, reterr);
	}
	if (rc == RC_CLOSED)
		return err_set(reterr, RC_PROTO,
			       "the server closed the connection in the middle of its answer");
	return rc;
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
	if (clean)
		pool_keep(c);
	else
		client_connection_drop(c);
}

/* Whose turn it is: the server's while something waits to be sent, or while an answer, or room for it, is waited for. */
static bool is_servers_turn(const struct http_call *call)
{
	if (client_call_unsent(call) > 0)
		return true;
	if (call->head_read)
		return call->body.n < call->body.max;
	return call->finished || call->send_failed;
}

/* Of a call in parts each byte is progress, and what its owner holds up is not the server's delay. */
static void move_deadline(struct client_connection *c)
{
	if (!c->call->handler)
		return;
	if (is_servers_turn(c->call))
		start_clock(c);
	else
		loop_timer_stop(c->timer);
}

static bool step_work(struct client_connection *c)
{
	struct http_call *call = c->call;
	struct err err = { 0 };
	bool was_read = call->head_read;
	uint64_t told = call->told;
	if (client_call_tell_writable(call))
		return true;
	enum rc rc = client_connection_send(c, &err);
	if (rc == RC_OK && call->blocked)
		return true;
	if (rc != RC_OK && rc != RC_AGAIN) {
		if (!call->sent_any)
			return fail(c, rc, &err);
		/* A server may answer, and stop reading, before it has the whole request. */
		call->send_failed = true;
		buf_clear(&call->out);
		call->out_sent = 0;
		c->readable = true;
	}
	rc = read_head(c, &err);
	if (rc == RC_OK && !was_read) {
		client_call_head_read(call);
		if (c->call != call)
			return false;
	}
	if (rc == RC_OK)
		rc = read_body(c, &err);
	if (rc != RC_OK && rc != RC_AGAIN)
		return fail(c, rc, &err);
	move_deadline(c);
	bool whole = call->whole;
	if (whole) {
		struct tls_connection *tls = call->tls;
		release(c);
		call->tls = tls; /* good until the end of this turn */
	}
	if (call->head_read)
		client_call_body_arrived(call);
	return !whole && c->call == call && call->told != told;
}

static bool step(struct client_connection *c)
{
	switch (c->state) {
	case CLIENT_CONNECT: return step_connect(c);
	case CLIENT_HANDSHAKE: return step_handshake(c);
	case CLIENT_WORK: return c->call ? step_work(c) : false;
	case CLIENT_IDLE:
	default:
		client_connection_drop(c);
		return false; /* an idle server has nothing to say but that it goes */
	}
}

static void run(struct client_connection *c)
{
	if (c->running || c->dead)
		return;
	c->running = true;
	c->interest = 0;
	while (!c->dead && step(c))
		;
	c->running = false;
	if (!c->dead && c->state != CLIENT_IDLE)
		loop_watch_set(c->watch, c->interest);
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
	if (c->state == CLIENT_WORK)
		run(c);
}

void client_connection_schedule(struct client_connection *c)
{
	if (c->running || c->scheduled || c->dead)
		return;
	c->scheduled = true;
	loop_defer(c->client->loop, run_scheduled, c);
}
