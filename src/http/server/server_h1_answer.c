/* SPDX-License-Identifier: Apache-2.0
 * The answers of HTTP/1.1: a head, a body of known length, in chunks or until the end, and where they are
 * cut. */
#include "http/server/server_h1_internal.h"

/* So much is gathered into one write; what is larger leaves from where it stands. A record of TLS. */
#define GATHER_BYTES ((size_t)16 * 1024)

static void add_uint(struct buf *out, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	(void)buf_add(out, str_from(digits + at, sizeof(digits) - at));
}

static void add_fields(struct buf *out, const struct http_field *fields, size_t n_fields)
{
	for (size_t i = 0; i < n_fields; i++) {
		if (!exchange_may_send(&fields[i])) {
			continue;
		}
		(void)buf_add(out, fields[i].name);
		(void)buf_add(out, STR(": "));
		(void)buf_add(out, fields[i].value);
		(void)buf_add(out, STR("\r\n"));
	}
}

/* The head of an answer; request is NULL where none could be read. */
static void add_head(struct http_connection *c, const struct h1_request *request, int status,
		     const struct http_field *fields, size_t n_fields, uint64_t length)
{
	struct buf *out = &c->out;
	if (out->n == 0) {
		server_take_buffer(c->server, out);
	}
	(void)buf_add(out, STR("HTTP/1.1 "));
	add_uint(out, (uint64_t)status);
	(void)buf_add_char(out, ' ');
	(void)buf_add_c(out, http_status_text(status));
	(void)buf_add(out, STR("\r\nDate: "));
	(void)buf_add_c(out, exchange_date(c->server));
	(void)buf_add(out, STR("\r\n"));
	add_fields(out, fields, n_fields);
	/* = RFC 9110 §8.6: neither 1xx nor 204 has a length; that of a 304 would be another's. */
	if (status == 204 || status == 304 || status < 200) {
	} else if (length != HTTP_LENGTH_UNKNOWN) {
		(void)buf_add(out, STR("Content-Length: "));
		add_uint(out, length);
		(void)buf_add(out, STR("\r\n"));
	} else if (request && request->minor == 1) {
		(void)buf_add(out, STR("Transfer-Encoding: chunked\r\n"));
	}
	if (c->last) {
		(void)buf_add(out, STR("Connection: close\r\n"));
	} else if (request && request->minor == 0) {
		(void)buf_add(out, STR("Connection: keep-alive\r\n"));
	}
	(void)buf_add(out, STR("\r\n"));
}

static bool is_chunked(const struct http_exchange *x)
{
	return x->answer_length == HTTP_LENGTH_UNKNOWN && x->request.minor == 1 && !x->bodyless;
}

/* Its end is that of the connection. */
static bool is_until_close(const struct http_exchange *x)
{
	return x->answer_length == HTTP_LENGTH_UNKNOWN && x->request.minor == 0 && !x->bodyless;
}

/* The rest of a body that nobody reads: dropped when it has arrived already, else the connection cannot go
 * on. */
static bool drop_rest(struct http_exchange *x)
{
	struct http_connection *c = x->connection;
	if (x->whole || x->request.framing == H1_BODY_NONE) {
		return true;
	}
	if (x->request.framing != H1_BODY_LENGTH || x->request.length - x->received > c->in.n) {
		return false;
	}
	buf_drop(&c->in, (size_t)(x->request.length - x->received));
	x->whole = x->told_whole = true;
	return true;
}

static void exchange_begin(struct http_exchange *x, int status, const struct http_field *fields,
			   size_t n_fields)
{
	struct http_connection *c = x->connection;
	/* A body that is streamed may come to its end while the answer goes out. */
	bool goes_on = x->accepted && x->streamed;
	if (c->server->draining || is_until_close(x) || (!goes_on && !drop_rest(x))) {
		c->last = true;
	}
	add_head(c, &x->request, status, fields, n_fields, x->answer_length);
	connection_schedule(c);
}

/* Send a large part without copying it; false: the rest, from *ret_sent on, has to wait. */
static bool send_through(struct http_connection *c, struct str bytes, size_t *ret_sent)
{
	*ret_sent = 0;
	if (!c->running) {
		c->budget = 1;
	}
	if (connection_flush(c) != RC_OK) {
		return false;
	}
	while (*ret_sent < bytes.n) {
		size_t n = 0;
		if (connection_write(c, str_skip(bytes, *ret_sent), &n) != RC_OK) {
			return false; /* found again, and handled, by the next flush */
		}
		*ret_sent += n;
	}
	return true;
}

static void add_body(struct http_connection *c, struct str bytes)
{
	size_t sent = 0;
	size_t gathered = connection_unsent(c);
	if (gathered + bytes.n > GATHER_BYTES) {
		size_t fits = gathered < GATHER_BYTES ? GATHER_BYTES - gathered : 0;
		(void)buf_add(&c->out, str_first(bytes, fits));
		bytes = str_skip(bytes, fits);
		(void)send_through(c, bytes, &sent);
	}
	bytes = str_skip(bytes, sent);
	if (bytes.n == 0) {
		return;
	}
	if (c->out.n == 0) {
		server_take_buffer(c->server, &c->out);
	}
	(void)buf_add(&c->out, bytes);
}

static void exchange_write(struct http_exchange *x, struct str bytes)
{
	struct http_connection *c = x->connection;
	if (!is_chunked(x)) {
		add_body(c, bytes);
	} else {
		(void)buf_printf(&c->out, "%zx\r\n", bytes.n);
		add_body(c, bytes);
		(void)buf_add(&c->out, STR("\r\n"));
	}
	connection_schedule(c);
}

static size_t exchange_unsent(const struct http_exchange *x)
{
	return connection_unsent(x->connection);
}

static void exchange_finish(struct http_exchange *x)
{
	struct http_connection *c = x->connection;
	if (is_chunked(x)) {
		(void)buf_add(&c->out, STR("0\r\n\r\n"));
	}
	if (!drop_rest(x)) {
		c->last = true;
	}
	connection_set_state(c, CONNECTION_WRITING);
	connection_due_in(c, 0);
	connection_schedule(c);
}

static void cut(void *object)
{
	connection_end(object);
}

static void exchange_cut(struct http_exchange *x)
{
	struct http_connection *c = x->connection;
	/* An orderly end would be the end of such a body. */
	if (x->begun && is_until_close(x)) {
		socket_reset_at_close(c->transport->fd);
	}
	loop_defer(c->server->loop, cut, c);
}

/* = RFC 9110 §10.1.1: 100 Continue, but not when the body is on its way already. */
static void exchange_accept_body(struct http_exchange *x)
{
	struct http_connection *c = x->connection;
	if (x->request.expect_continue && x->request.framing != H1_BODY_NONE && c->in.n == 0) {
		(void)buf_add(&c->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
	}
	connection_schedule(c);
}

static void exchange_consumed(struct http_exchange *x, size_t n)
{
	struct http_connection *c = x->connection;
	if (c->state != CONNECTION_BODY) {
		return;
	}
	if (x->body.n + n >= x->body.max) {
		exchange_rate_begin(x);
	}
	connection_schedule(c);
}

const struct exchange_ops H1_EXCHANGE = {
	.accept_body = exchange_accept_body,
	.consumed = exchange_consumed,
	.begin = exchange_begin,
	.write = exchange_write,
	.unsent = exchange_unsent,
	.finish = exchange_finish,
	.cut = exchange_cut,
};

void h1_answer_refuse(struct http_connection *c, const struct http_field *fields, size_t n_fields,
		      struct str body)
{
	add_head(c, NULL, c->refusal, fields, n_fields, body.n);
	(void)buf_add(&c->out, body);
}
