/* SPDX-License-Identifier: Apache-2.0
 * Makes calls: what is asked, and how the body follows. */
#include "http/client/client.h"

#include "http/client/client_internal.h"
#include "http/uri.h"

/* So much is gathered into one write; what is larger leaves from where it stands. A record of TLS. */
#define GATHER_BYTES ((size_t)16 * 1024)
/* Above this http_call_write() says false; client_call.c says when on_writable comes [bytes]. */
#define WRITE_HIGH ((size_t)128 * 1024)

void http_call_cancel(struct http_call *call)
{
	if (call && !call->dead) {
		client_call_detach(call);
	}
}

/* The answer's body. */

struct str http_call_body(const struct http_call *call)
{
	return buf_str(&call->body);
}

bool http_call_body_complete(const struct http_call *call)
{
	return call->whole;
}

void http_call_consume(struct http_call *call, size_t n)
{
	buf_drop(&call->body, n);
	if (call->dead || n == 0) {
		return;
	}
	if (call->connection) {
		client_connection_schedule(call->connection);
	} else if (call->told_whole && call->body.n == 0 && !call->ending) {
		call->ending = true;
		loop_defer(call->client->loop, client_call_end_later, call);
	}
}

/* The request's body. */

/* Send a large part without copying it, as far as it goes; returns how far.
 * What fails is found again by the next send. */
static size_t send_through(struct client_connection *c, struct str bytes)
{
	size_t sent = 0;
	if (client_connection_send(c, NULL) != RC_OK) {
		return 0;
	}
	while (sent < bytes.n) {
		size_t n = 0;
		if (transport_write(c->transport, bytes.p + sent, bytes.n - sent, &n, NULL) != RC_OK) {
			break;
		}
		sent += n;
	}
	return sent;
}

static void add_body(struct http_call *call, struct str bytes)
{
	struct client_connection *c = call->connection;
	size_t gathered = client_call_unsent(call);
	if (gathered + bytes.n > GATHER_BYTES && c && c->state == CLIENT_WORK) {
		size_t fits = gathered < GATHER_BYTES ? GATHER_BYTES - gathered : 0;
		(void)buf_add(&call->out, str_first(bytes, fits));
		bytes = str_skip(bytes, fits);
		bytes = str_skip(bytes, send_through(c, bytes));
	}
	(void)buf_add(&call->out, bytes);
}

static void go_on_sending(struct http_call *call)
{
	if (call->connection && call->connection->state == CLIENT_WORK) {
		client_connection_schedule(call->connection);
	}
}

bool http_call_write(struct http_call *call, struct str bytes)
{
	ASSERT(!call->finished);
	if (call->dead || call->whole || call->send_failed || bytes.n == 0) {
		return true;
	}
	ASSERT(bytes.n <= call->to_write);
	if (call->chunked) {
		(void)buf_printf(&call->out, "%zx\r\n", bytes.n);
	} else {
		call->to_write -= bytes.n;
	}
	add_body(call, bytes);
	if (call->chunked) {
		(void)buf_add(&call->out, STR("\r\n"));
	}
	go_on_sending(call);
	/* Before there is a connection everything waits for it. */
	call->blocked = client_call_unsent(call) > WRITE_HIGH || !call->connection ||
			call->connection->state != CLIENT_WORK;
	return !call->blocked;
}

void http_call_finish(struct http_call *call)
{
	call->blocked = false;
	if (call->dead || call->whole || call->finished) {
		return;
	}
	ASSERT(call->chunked || call->to_write == 0 || call->send_failed);
	if (call->chunked && !call->send_failed) {
		(void)buf_add(&call->out, STR("0\r\n\r\n"));
	}
	call->finished = true;
	go_on_sending(call);
}

/* Making a call. */

static bool may_send(const struct http_field *f)
{
	return !http_field_is_hop_by_hop(f->name) && !str_equal_nocase(f->name, STR("host")) &&
	       !str_equal_nocase(f->name, STR("content-length"));
}

static enum rc add_fields(struct buf *out, const struct http_client_request *r, struct err *reterr)
{
	for (size_t i = 0; i < r->n_fields; i++) {
		const struct http_field *f = &r->fields[i];
		if (!http_field_name_ok(f->name) || !http_field_value_ok(f->value)) {
			return err_set(reterr, RC_INVALID, "a header field that may not be sent");
		}
		if (!may_send(f)) {
			continue;
		}
		(void)buf_add(out, f->name);
		(void)buf_add(out, STR(": "));
		(void)buf_add(out, f->value);
		(void)buf_add(out, STR("\r\n"));
	}
	return RC_OK;
}

static void add_target(struct buf *out, struct str method, const struct uri *uri)
{
	(void)buf_add(out, method);
	(void)buf_add_char(out, ' ');
	(void)buf_add(out, uri->path);
	if (uri->query.p) {
		(void)buf_add_char(out, '?');
		(void)buf_add(out, uri->query);
	}
	(void)buf_add(out, STR(" HTTP/1.1\r\nHost: "));
	(void)buf_add(out, uri->host_is_ip6 ? STR("[") : STR(""));
	(void)buf_add(out, uri->host);
	(void)buf_add(out, uri->host_is_ip6 ? STR("]") : STR(""));
	if (uri->has_port) {
		(void)buf_printf(out, ":%u", uri->port);
	}
	(void)buf_add(out, STR("\r\n"));
}

static enum rc format_request(struct http_call *call, const struct http_client_request *r,
			      const struct uri *uri, struct err *reterr)
{
	struct buf *out = &call->out;
	struct str method = r->method.n ? r->method : STR("GET");
	uint64_t length = r->body_follows ? r->body_length : r->body.n;
	if (!http_field_name_ok(method)) {
		return err_set(reterr, RC_INVALID, "a method that is no token");
	}
	add_target(out, method, uri);
	TRY(add_fields(out, r, reterr));
	if (length == HTTP_LENGTH_UNKNOWN) {
		(void)buf_add(out, STR("Transfer-Encoding: chunked\r\n"));
	} else if (length > 0 || str_is(method, "POST") || str_is(method, "PUT") || str_is(method, "PATCH")) {
		(void)buf_printf(out, "Content-Length: %llu\r\n", (unsigned long long)length);
	}
	(void)buf_add(out, STR("\r\n"));
	(void)buf_add(out, r->body_follows ? STR("") : r->body);
	call->is_head = str_is(method, "HEAD");
	call->chunked = length == HTTP_LENGTH_UNKNOWN;
	call->to_write = r->body_follows ? length : 0;
	call->finished = !r->body_follows || length == 0;
	call->blocked = !call->finished; /* until there is a connection */
	return RC_OK;
}

static void set_limits(struct http_call *call, const struct http_client_request *r)
{
	uint64_t unlimited = call->handler ? UINT64_MAX : HTTP_BODY_MAX;
	call->connect_timeout_ms = r->connect_timeout_ms ? r->connect_timeout_ms : 10000;
	call->response_timeout_ms = r->response_timeout_ms ? r->response_timeout_ms : 60000;
	call->max_response = r->max_response ? r->max_response : unlimited;
	call->chunks = (struct h1_chunks){ .max = call->max_response };
	call->body.max = call->handler ? HTTP_CALL_WINDOW : (size_t)call->max_response;
}

static void call_begin(void *object)
{
	struct http_call *call = object;
	if (!call->dead) {
		client_connection_begin(call);
	}
}

static void call_start(struct http_call *call)
{
	struct http_client *client = call->client;
	call->previous = NULL;
	call->next = client->calls;
	if (call->next) {
		call->next->previous = call;
	}
	client->calls = call;
	loop_defer(client->loop, call_begin, call);
}

static enum rc make_call(struct http_client *client, const struct http_client_request *request,
			 const struct http_call_handler *handler, http_client_fn fn, void *context,
			 struct http_call **ret_call, struct err *reterr)
{
	struct uri uri;
	TRY(uri_parse(request->url, &uri, reterr));
	if (uri.https && !request->tls) {
		return err_set(reterr, RC_INVALID, "an https URL without a TLS context");
	}
	struct http_call *call = client_call_new(client);
	call->handler = handler;
	call->fn = fn;
	call->context = context;
	set_limits(call, request);
	enum rc rc = format_request(call, request, &uri, reterr);
	if (rc != RC_OK) {
		client_call_free(call);
		return rc;
	}
	call->receiver = receiver_get(client, uri.https, uri.host, uri.port, request->unix_path,
				      uri.https ? request->tls : NULL);
	call_start(call);
	if (ret_call) {
		*ret_call = call;
	}
	return RC_OK;
}

enum rc http_client_call(struct http_client *client, const struct http_client_request *request,
			 http_client_fn fn, void *context, struct http_call **ret_call, struct err *reterr)
{
	ASSERT(!request->body_follows);
	return make_call(client, request, NULL, fn, context, ret_call, reterr);
}

enum rc http_client_stream(struct http_client *client, const struct http_client_request *request,
			   const struct http_call_handler *handler, void *context,
			   struct http_call **ret_call, struct err *reterr)
{
	return make_call(client, request, handler, NULL, context, ret_call, reterr);
}

enum rc http_client_new(struct http_client **ret, struct loop *loop,
			const struct http_client_options *options, struct err *reterr)
{
	struct http_client *client = mem_alloc(sizeof(*client));
	client->loop = loop;
	if (options) {
		client->options = *options;
	}
	if (!client->options.max_idle) {
		client->options.max_idle = 64;
	}
	if (!client->options.max_idle_per_host) {
		client->options.max_idle_per_host = 16;
	}
	if (!client->options.idle_timeout_ms) {
		client->options.idle_timeout_ms = 30000;
	}
	*ret = client;
	return RC_OK;
}

/* After every call and connection that this turn has put off freeing. */
static void client_free(void *object)
{
	struct http_client *client = object;
	while (client->spare_calls) {
		struct http_call *call = client->spare_calls;
		client->spare_calls = call->next;
		client_call_release(call);
	}
	mem_free(client);
}

void http_client_free(struct http_client *client)
{
	if (!client) {
		return;
	}
	while (client->calls) {
		client_call_detach(client->calls);
	}
	pool_clear(client);
	loop_defer(client->loop, client_free, client);
}
