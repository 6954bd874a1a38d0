/* SPDX-License-Identifier: Apache-2.0
 * One request as the program sees it, and its answer, whichever version of HTTP carries them. */
#include "http/server/server_internal.h"

#include <stdio.h>
#include <time.h>

/* Counted at once for a body whose length is not known [bytes]. */
#define BODY_HELD_FIRST ((uint64_t)16 * 1024)

struct http_exchange *exchange_new(struct http_connection *c, const struct exchange_ops *ops)
{
	struct http_server *server = c->server;
	struct http_exchange *x = server->spare_exchanges;
	if (x) {
		server->spare_exchanges = x->next_spare;
		server->n_spare_exchanges--;
	} else {
		x = mem_alloc(sizeof(*x));
	}
	memset(x, 0, offsetof(struct http_exchange, rate));
	x->ops = ops;
	x->server = server;
	x->connection = c;
	x->head = BUF(server->options.max_head);
	x->start = loop_now(server->loop);
	return x;
}

void exchange_free(struct http_exchange *x)
{
	if (!x) {
		return;
	}
	struct http_server *server = x->server;
	if (x->held) {
		budget_give(x->account, x->held);
	}
	budget_close(x->account);
	server_give_buffer(server, &x->body);
	server_give_buffer(server, &x->head);
	if (server->n_spare_exchanges >= SERVER_SPARES_MAX) {
		mem_free(x);
		return;
	}
	x->next_spare = server->spare_exchanges;
	server->spare_exchanges = x;
	server->n_spare_exchanges++;
}

void exchange_abort(struct http_exchange *x)
{
	if (!x) {
		return;
	}
	if (x->server->handler.on_abort) {
		x->server->handler.on_abort(x->server->ctx, x);
	}
	exchange_free(x);
}

void exchange_sent(struct http_exchange *x)
{
	metrics_add(x->server->options.metrics, METRIC_REQUESTS_TOTAL, 1);
	if (x->server->handler.on_sent) {
		x->server->handler.on_sent(x->server->ctx, x);
	}
	exchange_free(x);
}

void exchange_head_read(struct http_exchange *x)
{
	const struct http_handler *handler = &x->server->handler;
	if (handler->on_head) {
		handler->on_head(x->server->ctx, x);
	}
	if (!x->begun && !x->accepted && !x->deferred && !x->cut) {
		http_exchange_accept_body(x, HTTP_BODY_MAX);
	}
}

void exchange_body_arrived(struct http_exchange *x)
{
	const struct http_handler *handler = &x->server->handler;
	if (!x->accepted || x->finished || x->cut || x->told_whole || (!x->streamed && !x->whole)) {
		return;
	}
	if (x->told == x->received && !x->whole) {
		return;
	}
	x->told = x->received;
	x->told_whole = x->whole;
	if (x->streamed) {
		ASSERT(handler->on_body);
		handler->on_body(x->server->ctx, x);
	} else {
		handler->on_request(x->server->ctx, x);
	}
}

void exchange_over_limit(struct http_exchange *x)
{
	const struct http_handler *handler = &x->server->handler;
	if (!x->begun && handler->on_body_limit) {
		handler->on_body_limit(x->server->ctx, x);
	}
	if (x->begun && !x->finished) {
		http_exchange_cut(x);
	} else if (!x->begun) {
		http_exchange_respond(x, 413, NULL, 0, STR_NONE);
	}
}

/* The budget. */

/* Without the port: connections of one address count together. */
static struct str peer_address(const struct http_exchange *x)
{
	struct str peer = str_of(x->connection->peer);
	for (size_t n = peer.n; n > 0; n--) {
		if (peer.p[n - 1] == ':') {
			return str_first(peer, n - 1);
		}
	}
	return peer;
}

void http_exchange_set_payer(struct http_exchange *exchange, struct str caller)
{
	struct budget *budget = exchange->server->options.budget;
	if (!budget) {
		return;
	}
	struct budget_account *payer = budget_open(budget, caller);
	if (exchange->held) {
		budget_move(exchange->account, payer, exchange->held);
	}
	budget_close(exchange->account);
	exchange->account = payer;
}

enum budget_answer http_exchange_hold(struct http_exchange *exchange, uint64_t n)
{
	if (!exchange->server->options.budget || n == 0) {
		return BUDGET_OK;
	}
	if (!exchange->account) {
		http_exchange_set_payer(exchange, peer_address(exchange));
	}
	enum budget_answer answer = budget_take(exchange->account, n);
	if (answer == BUDGET_OK) {
		exchange->held += n;
	}
	return answer;
}

uint64_t http_exchange_held(const struct http_exchange *exchange)
{
	return exchange->held;
}

static void tell_unheld(struct http_exchange *x, enum budget_answer why)
{
	static const struct http_field later = { { "retry-after", 11 },
						 { HTTP_RETRY_AFTER, sizeof(HTTP_RETRY_AFTER) - 1 } };
	const struct http_handler *handler = &x->server->handler;
	if (!x->begun && handler->on_body_unheld) {
		handler->on_body_unheld(x->server->ctx, x, why);
	}
	if (x->begun && !x->finished) {
		http_exchange_cut(x);
	} else if (!x->begun && !x->cut) {
		http_exchange_respond(x, why == BUDGET_CALLER ? 429 : 503, &later, 1, STR_NONE);
	}
}

/* How much is counted for a body of so many bytes: doubled, so that it is asked rarely, and never more than
 * may come. */
static uint64_t counted_for(const struct http_exchange *x, uint64_t need)
{
	uint64_t size = x->body_held ? x->body_held * 2 : BODY_HELD_FIRST;
	uint64_t declared = 0, most = x->body.max;
	if (http_exchange_declared_length(x, &declared) && declared < most) {
		most = declared;
	}
	size = size > need ? size : need;
	return size < most || most < need ? size : most;
}

bool exchange_make_room(struct http_exchange *x, size_t n)
{
	size_t room = x->body.max - x->body.n;
	uint64_t need = x->body.n + (n < room ? n : room);
	enum budget_answer answer = BUDGET_OK;
	if (need > x->body_held) {
		uint64_t more = counted_for(x, need) - x->body_held;
		answer = http_exchange_hold(x, more);
		if (answer == BUDGET_OK) {
			x->body_held += more;
		}
	}
	if (answer == BUDGET_OK && !x->body.p) {
		server_take_buffer(x->server, &x->body);
	}
	if (answer == BUDGET_OK && !buf_reserve(&x->body, (size_t)(need - x->body.n))) {
		answer = BUDGET_FULL;
	}
	if (answer != BUDGET_OK) {
		tell_unheld(x, answer);
	}
	return answer == BUDGET_OK;
}

void exchange_rate_begin(struct http_exchange *x)
{
	rate_begin(&x->rate, loop_now(x->server->loop), x->received);
}

bool exchange_is_too_slow(struct http_exchange *x)
{
	const struct http_server_options *limits = &x->server->options;
	return x->accepted && !x->whole && !x->finished && !x->cut &&
	       rate_is_too_slow(&x->rate, loop_now(x->server->loop), x->received, limits->body_window_ms,
				limits->least_rate);
}

uint32_t exchange_rate_ms(const struct http_server *server)
{
	return rate_interval_ms(server->options.body_window_ms);
}

bool exchange_tell_writable(struct http_exchange *x)
{
	const struct http_handler *handler = &x->server->handler;
	if (!x->blocked || x->finished || x->cut || x->ops->unsent(x) > EXCHANGE_WRITE_LOW) {
		return false;
	}
	x->blocked = false;
	if (handler->on_writable) {
		handler->on_writable(x->server->ctx, x);
	}
	return true;
}

/* = RFC 9110 §5.6.7: IMF-fixdate, made anew once a second. */
const char *exchange_date(struct http_server *server)
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

bool exchange_may_send(const struct http_field *f)
{
	return http_field_name_ok(f->name) && http_field_value_ok(f->value) &&
	       !http_field_is_hop_by_hop(f->name) && !str_equal_nocase(f->name, STR("content-length")) &&
	       !str_equal_nocase(f->name, STR("date"));
}

/* Answering. */

void http_exchange_begin(struct http_exchange *exchange, int status, const struct http_field *fields,
			 size_t n_fields, uint64_t length)
{
	ASSERT(!exchange->begun);
	if (exchange->cut) {
		return;
	}
	exchange->begun = true;
	exchange->deferred = false;
	exchange->answer_length = length;
	exchange->bodyless = status == 204 || status == 304 || str_is(exchange->request.method, "HEAD");
	exchange->ops->begin(exchange, status, fields, n_fields);
}

bool http_exchange_write(struct http_exchange *exchange, struct str bytes)
{
	ASSERT(exchange->begun && !exchange->finished);
	if (exchange->cut || exchange->bodyless || bytes.n == 0) {
		return true;
	}
	if (exchange->answer_length != HTTP_LENGTH_UNKNOWN &&
	    bytes.n > exchange->answer_length - exchange->written) {
		http_exchange_cut(exchange);
		return true;
	}
	exchange->written += bytes.n;
	exchange->ops->write(exchange, bytes);
	exchange->blocked = !exchange->cut && exchange->ops->unsent(exchange) > EXCHANGE_WRITE_HIGH;
	return !exchange->blocked;
}

size_t http_exchange_unsent(const struct http_exchange *exchange)
{
	return exchange->cut ? 0 : exchange->ops->unsent(exchange);
}

void http_exchange_finish(struct http_exchange *exchange)
{
	ASSERT(exchange->begun && !exchange->finished);
	if (exchange->cut) {
		return;
	}
	if (!exchange->bodyless && exchange->answer_length != HTTP_LENGTH_UNKNOWN &&
	    exchange->written != exchange->answer_length) {
		http_exchange_cut(exchange);
		return;
	}
	exchange->finished = true;
	exchange->ops->finish(exchange);
}

bool http_exchange_begun(const struct http_exchange *exchange)
{
	return exchange->begun;
}

void http_exchange_respond(struct http_exchange *exchange, int status, const struct http_field *fields,
			   size_t n_fields, struct str body)
{
	http_exchange_begin(exchange, status, fields, n_fields, body.n);
	if (exchange->cut) {
		return;
	}
	(void)http_exchange_write(exchange, body);
	http_exchange_finish(exchange);
}

void http_exchange_cut(struct http_exchange *exchange)
{
	if (exchange->cut) {
		return;
	}
	exchange->cut = true;
	exchange->ops->cut(exchange);
}

/* The request's body. */

/* One whose length is known is counted as it is, before any of it is asked for;
 * the memory comes as the body does. */
static bool count_declared(struct http_exchange *x)
{
	uint64_t declared = 0;
	if (!http_exchange_declared_length(x, &declared) || declared == 0) {
		return true;
	}
	/* Of one that was deferred some may be held already. */
	uint64_t more = declared > x->body_held ? declared - x->body_held : 0;
	enum budget_answer answer = http_exchange_hold(x, more);
	if (answer != BUDGET_OK) {
		tell_unheld(x, answer);
		return false;
	}
	if (declared < x->body.max) {
		x->body.max = (size_t)declared;
	}
	x->body_held += more;
	return true;
}

void http_exchange_defer(struct http_exchange *exchange)
{
	ASSERT(!exchange->accepted && !exchange->begun);
	exchange->deferred = true;
	exchange->body_max = UINT64_MAX;
	exchange->body.max = HTTP_BODY_WINDOW;
}

static void accept_body(struct http_exchange *x, uint64_t max_body, size_t room, bool streamed)
{
	ASSERT(!x->accepted && !x->begun);
	if (x->cut) {
		return;
	}
	x->accepted = true;
	x->streamed = streamed;
	x->body_max = max_body;
	x->body.max = room;
	x->chunks = (struct h1_chunks){ .max = max_body };
	exchange_rate_begin(x);
	if ((x->request.framing == H1_BODY_LENGTH && x->request.length > max_body) ||
	    x->received > max_body) {
		exchange_over_limit(x);
		return;
	}
	if (!streamed && !count_declared(x)) {
		return;
	}
	x->ops->accept_body(x);
	x->deferred = false;
}

void http_exchange_accept_body(struct http_exchange *exchange, size_t max_body)
{
	accept_body(exchange, max_body, max_body, false);
}

void http_exchange_stream_body(struct http_exchange *exchange, uint64_t max_body)
{
	accept_body(exchange, max_body, HTTP_BODY_WINDOW, true);
}

void http_exchange_consume(struct http_exchange *exchange, size_t n)
{
	buf_drop(&exchange->body, n);
	if (n > 0 && !exchange->whole && !exchange->cut) {
		exchange->ops->consumed(exchange, n);
	}
}

struct str http_exchange_body(const struct http_exchange *exchange)
{
	return buf_str(&exchange->body);
}

uint64_t http_exchange_body_received(const struct http_exchange *exchange)
{
	return exchange->received;
}

bool http_exchange_body_complete(const struct http_exchange *exchange)
{
	return exchange->whole;
}

/* The request's head. */

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

bool http_exchange_declared_length(const struct http_exchange *exchange, uint64_t *ret)
{
	if (!http_exchange_field(exchange, "content-length").p) {
		return false;
	}
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
