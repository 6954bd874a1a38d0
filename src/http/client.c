/* SPDX-License-Identifier: Apache-2.0
 * Makes calls: finds or opens a connection, sends, reads the answer, keeps the connection for the next. */
#include "http/client.h"

#include "base/memory.h"
#include "http/h1.h"
#include "http/uri.h"
#include "os/resolve.h"
#include "os/transport.h"
#include "tls/connection.h"

#define READ_BYTES ((size_t)16 * 1024)
#define BODY_READ_BYTES ((size_t)64 * 1024)

enum client_state { CLIENT_CONNECT, CLIENT_HANDSHAKE, CLIENT_SEND, CLIENT_HEAD, CLIENT_BODY, CLIENT_IDLE };

struct client_connection {
	struct http_client *client;
	struct client_connection *next, *previous; /* among the idle ones, latest first */
	struct http_call *call;                    /* NULL while idle */
	enum client_state state;
	char *key; /* where it leads */
	struct tls_client_context *tls;
	int fd; /* until there is a transport; then -1 */
	struct transport *transport;
	struct loop_watch *watch;
	struct loop_timer *timer; /* idle */
	bool used;                /* it served a call before */
	bool dead;
};

struct http_call {
	struct http_client *client;
	struct http_call *next, *previous;
	struct client_connection *connection;
	struct resolve *resolve;
	struct loop_timer *timer;
	bool dead; /* freed at the end of the turn */
	/* The request. */
	char *host;
	uint16_t port;
	char *unix_path;
	bool https;
	char *key;
	struct tls_client_context *tls;
	bool is_head;
	struct buf out;
	size_t sent;
	uint32_t connect_timeout_ms, response_timeout_ms;
	size_t max_response;
	http_client_fn fn;
	void *context;
	/* Where it leads. */
	struct socket_address addresses[RESOLVE_ADDRESSES_MAX];
	size_t n_addresses, at_address;
	/* The answer. */
	struct buf in;
	size_t scanned;
	char *head;
	struct h1_response response;
	struct buf body;
	struct h1_chunks chunks;
};

struct http_client {
	struct loop *loop;
	struct http_client_options options;
	struct http_call *calls;
	struct client_connection *idle;
	size_t n_idle;
};

static void connection_ready(void *context, unsigned ready);
static void run(struct client_connection *c, unsigned ready);
static void next_address(struct http_call *call, const struct err *last);

/* Connections. */

static void connection_free(void *object)
{
	struct client_connection *c = object;
	transport_free(c->transport);
	if (c->fd >= 0)
		transport_free(transport_plain_new(c->fd)); /* closes it */
	loop_timer_free(c->timer);
	tls_client_context_free(c->tls);
	mem_free(c->key);
	mem_free(c);
}

static void idle_remove(struct client_connection *c)
{
	*(c->previous ? &c->previous->next : &c->client->idle) = c->next;
	if (c->next)
		c->next->previous = c->previous;
	c->next = c->previous = NULL;
	c->client->n_idle--;
	loop_timer_stop(c->timer);
}

static void connection_drop(struct client_connection *c)
{
	if (c->dead)
		return;
	c->dead = true;
	if (c->state == CLIENT_IDLE)
		idle_remove(c);
	loop_watch_free(TAKE(c->watch));
	loop_timer_stop(c->timer);
	loop_defer(c->client->loop, connection_free, c);
}

static void idle_timed_out(void *context)
{
	connection_drop(context);
}

static size_t count_idle(const struct http_client *client, const char *key)
{
	size_t n = 0;
	for (const struct client_connection *c = client->idle; c; c = c->next)
		n += strcmp(c->key, key) == 0;
	return n;
}

/* Keep a connection whose answer was whole; the oldest goes when there are too many. */
static void connection_keep(struct client_connection *c)
{
	struct http_client *client = c->client;
	if (count_idle(client, c->key) >= client->options.max_idle_per_host) {
		connection_drop(c);
		return;
	}
	while (client->n_idle >= client->options.max_idle) {
		struct client_connection *oldest = client->idle;
		while (oldest->next)
			oldest = oldest->next;
		connection_drop(oldest);
	}
	c->call = NULL;
	c->used = true;
	c->state = CLIENT_IDLE;
	c->next = client->idle;
	if (c->next)
		c->next->previous = c;
	client->idle = c;
	client->n_idle++;
	loop_watch_set(c->watch, LOOP_READ);
	loop_timer_set_ms(c->timer, client->options.idle_timeout_ms);
}

/* The latest idle connection to there which is still open: whatever can be read on it, even its end, spoils it. */
static struct client_connection *find_idle(struct http_client *client, const struct http_call *call)
{
	struct client_connection *next;
	for (struct client_connection *c = client->idle; c; c = next) {
		char byte;
		size_t n;
		next = c->next;
		if (c->tls != call->tls || strcmp(c->key, call->key) != 0)
			continue;
		if (transport_read(c->transport, &byte, 1, &n, NULL) == RC_AGAIN)
			return c;
		connection_drop(c);
	}
	return NULL;
}

/* Calls. */

static void call_free(void *object)
{
	struct http_call *call = object;
	loop_timer_free(call->timer);
	tls_client_context_free(call->tls);
	mem_free(call->host);
	mem_free(call->unix_path);
	mem_free(call->key);
	buf_fini(&call->out);
	buf_fini(&call->in);
	buf_fini(&call->body);
	mem_free(call->head);
	mem_free(call);
}

/* Take a call out of everything that could still reach it. */
static void call_detach(struct http_call *call)
{
	call->dead = true;
	*(call->previous ? &call->previous->next : &call->client->calls) = call->next;
	if (call->next)
		call->next->previous = call->previous;
	resolve_cancel(TAKE(call->resolve));
	loop_timer_stop(call->timer);
	if (call->connection) {
		call->connection->call = NULL;
		connection_drop(TAKE(call->connection));
	}
	loop_defer(call->client->loop, call_free, call);
}

void http_call_cancel(struct http_call *call)
{
	if (call && !call->dead)
		call_detach(call);
}

static void call_fail(struct http_call *call, enum rc rc, const struct err *err)
{
	call_detach(call);
	call->fn(call->context, rc, NULL, err);
}

/* The answer is whole. */
static void call_done(struct http_call *call)
{
	struct client_connection *c = TAKE(call->connection);
	struct http_client_response response = { .status = call->response.status,
						 .fields = call->response.fields,
						 .n_fields = call->response.n_fields,
						 .body = buf_str(&call->body),
						 .connection_tls = tls_connection_of(c->transport),
						 .reused = c->used };
	c->call = NULL;
	if (call->response.keep_alive && call->sent == call->out.n && call->in.n == 0)
		connection_keep(c);
	else
		connection_drop(c); /* freed at the end of the turn, after fn */
	call_detach(call);
	call->fn(call->context, RC_OK, &response, NULL);
}

static void call_timed_out(void *context)
{
	struct http_call *call = context;
	struct err err = { 0 };
	bool connecting = !call->connection || call->connection->state < CLIENT_SEND;
	(void)err_set(&err, RC_TIMEOUT,
		      connecting ? "no connection to %s within %u ms"
				 : "no whole answer from %s within %u ms",
		      call->host, connecting ? call->connect_timeout_ms : call->response_timeout_ms);
	call_fail(call, RC_TIMEOUT, &err);
}

static void start_sending(struct client_connection *c)
{
	c->state = CLIENT_SEND;
	loop_timer_set_ms(c->call->timer, c->call->response_timeout_ms);
}

static void connection_open(struct http_call *call, int take_fd)
{
	struct err err = { 0 };
	struct client_connection *c = mem_alloc(sizeof(*c));
	*c = (struct client_connection){ .client = call->client,
					 .call = call,
					 .state = CLIENT_CONNECT,
					 .key = mem_strdup(call->key),
					 .tls = call->tls ? tls_client_context_ref(call->tls) : NULL,
					 .fd = take_fd };
	c->timer = loop_timer_new(call->client->loop, idle_timed_out, c);
	call->connection = c;
	enum rc rc =
		loop_watch_new(&c->watch, call->client->loop, take_fd, LOOP_WRITE, connection_ready, c, &err);
	if (rc != RC_OK)
		call_fail(call, rc, &err);
}

static void next_address(struct http_call *call, const struct err *last)
{
	struct err err = { 0 };
	if (last)
		err = *last;
	while (call->at_address < call->n_addresses) {
		int fd;
		if (socket_connect_start(&call->addresses[call->at_address++], &fd, &err) == RC_OK) {
			connection_open(call, fd);
			return;
		}
	}
	struct err told = { 0 };
	(void)err_set(&told, RC_IO, "%s port %u: %s", call->host, call->port, err.text);
	told.native = err.native;
	call_fail(call, RC_IO, &told);
}

static void resolved(void *context, enum rc rc, const struct socket_address *addresses, size_t n,
		     const struct err *err)
{
	struct http_call *call = context;
	call->resolve = NULL;
	if (rc != RC_OK) {
		call_fail(call, rc, err);
		return;
	}
	memcpy(call->addresses, addresses, n * sizeof(*addresses));
	call->n_addresses = n;
	next_address(call, NULL);
}

static void open_fresh(struct http_call *call)
{
	struct err err = { 0 };
	enum rc rc;
	loop_timer_set_ms(call->timer, call->connect_timeout_ms);
	if (call->unix_path) {
		rc = socket_address_unix(call->unix_path, &call->addresses[0], &err);
		call->n_addresses = 1;
		call->at_address = 0;
		if (rc == RC_OK) {
			next_address(call, NULL);
			return;
		}
	} else {
		rc = resolve_start(&call->resolve, call->client->loop, call->host, call->port, resolved, call,
				   &err);
	}
	if (rc != RC_OK)
		call_fail(call, rc, &err);
}

static void call_begin(void *object)
{
	struct http_call *call = object;
	if (call->dead)
		return;
	struct client_connection *c = find_idle(call->client, call);
	if (!c) {
		open_fresh(call);
		return;
	}
	idle_remove(c);
	c->call = call;
	call->connection = c;
	start_sending(c);
	run(c, 0);
}

/* Steps of a connection at work; true goes on at once. */

static bool fail(struct client_connection *c, enum rc rc, const struct err *err)
{
	struct http_call *call = c->call;
	if (c->used && call->sent == 0 && c->state == CLIENT_SEND) {
		/* A kept connection that had ended: nothing was sent, so that a fresh one may be tried. */
		call->connection = NULL;
		c->call = NULL;
		connection_drop(c);
		open_fresh(call);
		return false;
	}
	call_fail(call, rc, err);
	return false;
}

static bool step_connect(struct client_connection *c)
{
	struct http_call *call = c->call;
	struct err err = { 0 };
	if (socket_connect_result(c->fd, &err) != RC_OK) {
		call->connection = NULL;
		c->call = NULL;
		connection_drop(c);
		next_address(call, &err);
		return false;
	}
	int fd = c->fd;
	c->fd = -1;
	if (call->https) {
		enum rc rc = tls_connection_connect(&c->transport, c->tls, fd, call->host, &err);
		if (rc != RC_OK) {
			/* The descriptor is closed already, and so is its place in the loop. */
			return fail(c, rc, &err);
		}
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
		loop_watch_set(c->watch, c->transport->want);
		return false;
	}
	if (rc != RC_OK)
		return fail(c, rc, &err);
	start_sending(c);
	return true;
}

static enum rc read_more(struct client_connection *c, struct err *reterr)
{
	char bytes[READ_BYTES];
	size_t n = 0;
	struct buf *in = &c->call->in;
	size_t room = in->max - in->n;
	enum rc rc =
		transport_read(c->transport, bytes, room < sizeof(bytes) ? room : sizeof(bytes), &n, reterr);
	if (rc == RC_OK)
		(void)buf_add(in, str_from(bytes, n));
	return rc;
}

/* A server may answer, and stop reading, before it has the whole request. */
static bool step_send(struct client_connection *c, unsigned ready)
{
	struct http_call *call = c->call;
	struct err err = { 0 };
	size_t n = 0;
	if (call->sent == call->out.n ||
	    (call->sent > 0 && (ready & LOOP_READ) && read_more(c, NULL) == RC_OK)) {
		c->state = CLIENT_HEAD;
		return true;
	}
	enum rc rc =
		transport_write(c->transport, call->out.p + call->sent, call->out.n - call->sent, &n, &err);
	if (rc == RC_AGAIN) {
		loop_watch_set(c->watch, c->transport->want | LOOP_READ);
		return false;
	}
	if (rc == RC_OK) {
		call->sent += n;
		return true;
	}
	if (call->sent == 0)
		return fail(c, rc, &err);
	c->state = CLIENT_HEAD;
	return true;
}

static void head_read(struct client_connection *c, size_t end, struct err *reterr, enum rc *ret_rc)
{
	static const struct h1_limits limits = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };
	struct http_call *call = c->call;
	mem_free(call->head);
	call->head = mem_dup(call->in.p, end);
	buf_drop(&call->in, end);
	call->scanned = 0;
	*ret_rc =
		h1_parse_response(str_from(call->head, end), &limits, call->is_head, &call->response, reterr);
	if (*ret_rc == RC_OK && call->response.status == 101)
		*ret_rc = err_set(reterr, RC_PROTO, "the server changes the protocol unasked");
	if (*ret_rc == RC_OK && call->response.status < 200)
		return; /* interim: the real one follows */
	if (*ret_rc == RC_OK && call->response.framing == H1_BODY_LENGTH &&
	    call->response.length > call->max_response)
		*ret_rc =
			err_set(reterr, RC_LIMIT, "the answer is larger than %zu bytes", call->max_response);
	c->state = CLIENT_BODY;
}

static bool step_head(struct client_connection *c)
{
	struct http_call *call = c->call;
	struct err err = { 0 };
	size_t end = 0;
	enum rc rc = h1_find_end(buf_str(&call->in), HTTP_HEAD_MAX, &call->scanned, &end, &err);
	if (rc == RC_OK) {
		head_read(c, end, &err, &rc);
	} else if (rc == RC_AGAIN) {
		rc = read_more(c, &err);
		if (rc == RC_AGAIN) {
			loop_watch_set(c->watch, c->transport->want);
			return false;
		}
		if (rc == RC_CLOSED)
			rc = err_set(&err, call->in.n ? RC_PROTO : RC_CLOSED,
				     "the server closed the connection %s",
				     call->in.n ? "in the middle of its answer" : "without an answer");
	}
	return rc == RC_OK ? true : fail(c, rc, &err);
}

static enum rc read_length(struct client_connection *c, uint64_t left, struct err *reterr)
{
	struct http_call *call = c->call;
	size_t n = call->in.n < left ? call->in.n : (size_t)left;
	if (n > 0) {
		if (!buf_add(&call->body, str_from(call->in.p, n)))
			return err_set(reterr, RC_LIMIT, "the answer is larger than %zu bytes",
				       call->max_response);
		buf_drop(&call->in, n);
		return RC_OK;
	}
	n = left < BODY_READ_BYTES ? (size_t)left : BODY_READ_BYTES;
	/* One byte more than is left for the body shows that it is too large. */
	size_t room = call->body.max - call->body.n;
	char *place = buf_reserve(&call->body, n < room ? n : room);
	char spare;
	if (room == 0)
		place = &spare;
	enum rc rc = transport_read(c->transport, place, room == 0 ? 1 : n < room ? n : room, &n, reterr);
	if (rc == RC_OK && room == 0)
		return err_set(reterr, RC_LIMIT, "the answer is larger than %zu bytes", call->max_response);
	if (rc == RC_OK)
		buf_added(&call->body, n);
	return rc;
}

static enum rc read_chunks(struct client_connection *c, bool *ret_whole, struct err *reterr)
{
	struct http_call *call = c->call;
	size_t used = 0;
	enum rc rc = h1_chunks_decode(&call->chunks, buf_str(&call->in), &used, &call->body, reterr);
	buf_drop(&call->in, used);
	*ret_whole = rc == RC_OK;
	return rc == RC_AGAIN ? read_more(c, reterr) : rc;
}

static enum rc read_body(struct client_connection *c, bool *ret_whole, struct err *reterr)
{
	struct http_call *call = c->call;
	*ret_whole = false;
	switch (call->response.framing) {
	case H1_BODY_LENGTH:
		*ret_whole = call->body.n == call->response.length;
		return *ret_whole ? RC_OK : read_length(c, call->response.length - call->body.n, reterr);
	case H1_BODY_CHUNKED: return read_chunks(c, ret_whole, reterr);
	case H1_BODY_UNTIL_CLOSE: {
		enum rc rc = read_length(c, UINT64_MAX, reterr);
		*ret_whole = rc == RC_CLOSED;
		return rc == RC_CLOSED ? RC_OK : rc;
	}
	case H1_BODY_NONE:
	default: *ret_whole = true; return RC_OK;
	}
}

static bool step_body(struct client_connection *c)
{
	struct err err = { 0 };
	bool whole = false;
	enum rc rc = read_body(c, &whole, &err);
	if (rc == RC_AGAIN) {
		loop_watch_set(c->watch, c->transport->want);
		return false;
	}
	if (rc == RC_CLOSED)
		rc = err_set(&err, RC_PROTO, "the server closed the connection in the middle of its answer");
	if (rc != RC_OK)
		return fail(c, rc, &err);
	if (!whole)
		return true;
	call_done(c->call);
	return false;
}

static bool step(struct client_connection *c, unsigned ready)
{
	switch (c->state) {
	case CLIENT_CONNECT: return step_connect(c);
	case CLIENT_HANDSHAKE: return step_handshake(c);
	case CLIENT_SEND: return step_send(c, ready);
	case CLIENT_HEAD: return step_head(c);
	case CLIENT_BODY: return step_body(c);
	case CLIENT_IDLE:
	default: connection_drop(c); return false; /* an idle server has nothing to say but that it goes */
	}
}

static void run(struct client_connection *c, unsigned ready)
{
	while (step(c, ready))
		ready = 0;
}

static void connection_ready(void *context, unsigned ready)
{
	run(context, ready);
}

/* Making a call. */

static bool may_send(const struct http_field *f)
{
	return !http_field_is_hop_by_hop(f->name) && !str_equal_nocase(f->name, STR("host")) &&
	       !str_equal_nocase(f->name, STR("content-length"));
}

static enum rc format_request(struct http_call *call, const struct http_client_request *r,
			      const struct uri *uri, struct err *reterr)
{
	struct buf *out = &call->out;
	struct str method = r->method.n ? r->method : STR("GET");
	bool has_body =
		r->body.n > 0 || str_is(method, "POST") || str_is(method, "PUT") || str_is(method, "PATCH");
	if (!http_field_name_ok(method))
		return err_set(reterr, RC_INVALID, "a method that is no token");
	(void)buf_printf(out, "%.*s %.*s%s%.*s HTTP/1.1\r\nHost: %s%.*s%s", STR_ARG(method),
			 STR_ARG(uri->path), uri->query.p ? "?" : "", STR_ARG(uri->query),
			 uri->host_is_ip6 ? "[" : "", STR_ARG(uri->host), uri->host_is_ip6 ? "]" : "");
	if (uri->has_port)
		(void)buf_printf(out, ":%u", uri->port);
	(void)buf_add(out, STR("\r\n"));
	for (size_t i = 0; i < r->n_fields; i++) {
		const struct http_field *f = &r->fields[i];
		if (!http_field_name_ok(f->name) || !http_field_value_ok(f->value))
			return err_set(reterr, RC_INVALID, "a header field that may not be sent");
		if (may_send(f))
			(void)buf_printf(out, "%.*s: %.*s\r\n", STR_ARG(f->name), STR_ARG(f->value));
	}
	if (has_body)
		(void)buf_printf(out, "Content-Length: %zu\r\n", r->body.n);
	(void)buf_add(out, STR("\r\n"));
	(void)buf_add(out, r->body);
	call->is_head = str_is(method, "HEAD");
	return RC_OK;
}

static struct http_call *call_new(struct http_client *client, const struct http_client_request *r,
				  const struct uri *uri)
{
	struct http_call *call = mem_alloc(sizeof(*call));
	call->client = client;
	call->host = str_dup(uri->host);
	call->port = uri->port;
	call->https = uri->https;
	call->unix_path = mem_strdup(r->unix_path);
	call->tls = uri->https && r->tls ? tls_client_context_ref(r->tls) : NULL;
	call->key = mem_printf("%s %s %u %s", uri->https ? "https" : "http", call->host, uri->port,
			       r->unix_path ? r->unix_path : "");
	call->connect_timeout_ms = r->connect_timeout_ms ? r->connect_timeout_ms : 10000;
	call->response_timeout_ms = r->response_timeout_ms ? r->response_timeout_ms : 60000;
	call->max_response = r->max_response ? r->max_response : HTTP_BODY_MAX;
	call->out = BUF(SIZE_MAX);
	call->out.secret = true; /* Authorization */
	call->in = BUF(HTTP_HEAD_MAX + READ_BYTES);
	call->body = BUF(call->max_response);
	call->chunks = (struct h1_chunks){ .max = call->max_response };
	call->timer = loop_timer_new(client->loop, call_timed_out, call);
	return call;
}

enum rc http_client_call(struct http_client *client, const struct http_client_request *request,
			 http_client_fn fn, void *context, struct http_call **ret_call, struct err *reterr)
{
	struct uri uri;
	TRY(uri_parse(request->url, &uri, reterr));
	if (uri.https && !request->tls)
		return err_set(reterr, RC_INVALID, "an https URL without a TLS context");
	struct http_call *call = call_new(client, request, &uri);
	enum rc rc = format_request(call, request, &uri, reterr);
	if (rc != RC_OK) {
		call_free(call);
		return rc;
	}
	call->fn = fn;
	call->context = context;
	call->next = client->calls;
	if (call->next)
		call->next->previous = call;
	client->calls = call;
	loop_defer(client->loop, call_begin, call);
	if (ret_call)
		*ret_call = call;
	return RC_OK;
}

enum rc http_client_new(struct http_client **ret, struct loop *loop,
			const struct http_client_options *options, struct err *reterr)
{
	struct http_client *client = mem_alloc(sizeof(*client));
	client->loop = loop;
	if (options)
		client->options = *options;
	if (!client->options.max_idle)
		client->options.max_idle = 64;
	if (!client->options.max_idle_per_host)
		client->options.max_idle_per_host = 16;
	if (!client->options.idle_timeout_ms)
		client->options.idle_timeout_ms = 30000;
	*ret = client;
	return RC_OK;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	while (client->calls)
		call_detach(client->calls);
	while (client->idle)
		connection_drop(client->idle);
	mem_free(client);
}
