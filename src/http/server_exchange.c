/* SPDX-License-Identifier: Apache-2.0
 * One request as the program sees it, and its answer as bytes. */
#include "http/server_internal.h"

#include <stdio.h>
#include <time.h>

struct http_exchange *exchange_new(struct http_connection *c)
{
	struct http_exchange *x = mem_alloc(sizeof(*x));
	x->connection = c;
	x->start = loop_now(c->server->loop);
	return x;
}

void exchange_free(struct http_exchange *exchange)
{
	if (!exchange)
		return;
	buf_fini(&exchange->body);
	mem_free(exchange->head);
	mem_free(exchange);
}

/* = RFC 9110 §5.6.7: IMF-fixdate, made anew once a second. */
static const char *date(struct http_server *server)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = (time_t)wall_seconds(wall_now());
	struct tm tm;
	if (now != server->date_second && gmtime_r(&now, &tm)) {
		server->date_second = now;
		(void)snprintf(server->date, sizeof(server->date), "%s, %02d %s %04d %02d:%02d:%02d GMT",
			       days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], (tm.tm_year + 1900) % 10000,
			       tm.tm_hour, tm.tm_min, tm.tm_sec);
	}
	return server->date;
}

/* What this file adds itself, and what would break the message's framing. */
static bool may_send(const struct http_field *f)
{
	return http_field_name_ok(f->name) && http_field_value_ok(f->value) &&
	       !http_field_is_hop_by_hop(f->name) && !str_equal_nocase(f->name, STR("content-length")) &&
	       !str_equal_nocase(f->name, STR("date"));
}

void exchange_format(struct http_connection *c, const struct h1_request *request, int status,
		     const struct http_field *fields, size_t n_fields, struct str body)
{
	bool bodyless = status == 204 || status == 304 || status < 200;
	bool to_head = request && str_is(request->method, "HEAD");
	struct buf *out = &c->out;
	(void)buf_printf(out, "HTTP/1.1 %03d %s\r\nDate: %s\r\n", status, http_status_text(status),
			 date(c->server));
	for (size_t i = 0; i < n_fields; i++) {
		if (!may_send(&fields[i]))
			continue;
		(void)buf_add(out, fields[i].name);
		(void)buf_add(out, STR(": "));
		(void)buf_add(out, fields[i].value);
		(void)buf_add(out, STR("\r\n"));
	}
	if (!bodyless)
		(void)buf_printf(out, "Content-Length: %zu\r\n", body.n);
	if (c->last)
		(void)buf_add(out, STR("Connection: close\r\n"));
	else if (request && request->minor == 0)
		(void)buf_add(out, STR("Connection: keep-alive\r\n"));
	(void)buf_add(out, STR("\r\n"));
	if (!bodyless && !to_head)
		(void)buf_add(out, body);
}

/* The rest of a body that nobody reads: dropped when it has arrived already, else the connection cannot go on. */
static bool drop_rest(struct http_exchange *x)
{
	struct http_connection *c = x->connection;
	if (x->whole || x->request.framing == H1_BODY_NONE)
		return true;
	if (x->request.framing != H1_BODY_LENGTH || x->request.length - x->body.n > c->in.n)
		return false;
	buf_drop(&c->in, (size_t)(x->request.length - x->body.n));
	x->whole = true;
	return true;
}

void http_exchange_respond(struct http_exchange *exchange, int status, const struct http_field *fields,
			   size_t n_fields, struct str body)
{
	struct http_connection *c = exchange->connection;
	ASSERT(!exchange->responded);
	exchange->responded = true;
	if (!drop_rest(exchange) || c->server->draining)
		c->last = true;
	exchange_format(c, &exchange->request, status, fields, n_fields, body);
	connection_set_state(c, CONNECTION_WRITING);
	loop_timer_set_ms(c->timer, c->server->options.write_timeout_ms);
	connection_schedule(c);
}

static void cut(void *object)
{
	connection_end(object);
}

void http_exchange_cut(struct http_exchange *exchange)
{
	exchange->responded = true;
	loop_defer(exchange->connection->server->loop, cut, exchange->connection);
}

void http_exchange_accept_body(struct http_exchange *exchange, size_t max_body)
{
	struct http_connection *c = exchange->connection;
	exchange->accepted = true;
	exchange->body = BUF(max_body);
	if (exchange->request.framing == H1_BODY_LENGTH && exchange->request.length > max_body) {
		if (c->server->handler.on_body_limit)
			c->server->handler.on_body_limit(c->server->ctx, exchange);
		if (!exchange->responded)
			http_exchange_respond(exchange, 413, NULL, 0, STR_NONE);
		return;
	}
	/* = RFC 9110 §10.1.1: not when the body is on its way already. It goes out before the body is read. */
	if (exchange->request.expect_continue && exchange->request.framing != H1_BODY_NONE && c->in.n == 0)
		(void)buf_add(&c->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

struct str http_exchange_method(const struct http_exchange *exchange)
{
	return exchange->request.method;
}

struct str http_exchange_path(const struct http_exchange *exchange)
{
	return exchange->request.path;
}

struct str http_exchange_query(const struct http_exchange *exchange)
{
	return exchange->request.query;
}

struct str http_exchange_host(const struct http_exchange *exchange)
{
	return exchange->request.host;
}

struct str http_exchange_field(const struct http_exchange *exchange, const char *name)
{
	return http_fields_get(exchange->request.fields, exchange->request.n_fields, name);
}

const struct http_field *http_exchange_fields(const struct http_exchange *exchange, size_t *ret_n)
{
	*ret_n = exchange->request.n_fields;
	return exchange->request.fields;
}

struct str http_exchange_body(const struct http_exchange *exchange)
{
	return buf_str(&exchange->body);
}

bool http_exchange_declared_length(const struct http_exchange *exchange, uint64_t *ret)
{
	if (!http_exchange_field(exchange, "content-length").p)
		return false;
	*ret = exchange->request.length;
	return true;
}

struct http_connection *http_exchange_connection(const struct http_exchange *exchange)
{
	return exchange->connection;
}

struct mono http_exchange_start(const struct http_exchange *exchange)
{
	return exchange->start;
}

void http_exchange_set_user(struct http_exchange *exchange, void *user)
{
	exchange->user = user;
}

void *http_exchange_user(const struct http_exchange *exchange)
{
	return exchange->user;
}
