/* SPDX-License-Identifier: Apache-2.0
 * HTTP/2 on a connection of the server: each stream an exchange, all of them one stream of bytes. */
#include "http/server/server_h2_internal.h"

/* Gathered into one write [bytes]. */
#define GATHER_BYTES ((size_t)32 * 1024)
/* A peer that was told to go has so long to answer, and to go. */
#define DRAINING_IDLE_MS 1000
/* So long the rest of a request whose answer is out is read past. */
#define LINGER_MS 2000

static bool start(struct http_connection *c)
{
	const struct http_server_options *limits = &c->server->options;
	struct h2_options options = { .max_head = limits->max_head, .max_fields = limits->max_fields };
	c->h2 = mem_alloc(sizeof(*c->h2));
	if (h2_session_new(&c->h2->session, &options, &H2_EVENTS, c, NULL) != RC_OK) {
		connection_end(c);
		return false;
	}
	if (c->server->draining) {
		h2_session_drain(c->h2->session);
	}
	return true;
}

static bool is_busy(const struct http_connection *c)
{
	return h2_session_first_stream(c->h2->session) || c->h2->leaving;
}

/* What left with the last write. An answer may be out before the program has finished it: HEAD, 204. */
static void tell_sent(struct http_connection *c)
{
	struct http_exchange *x = TAKE(c->h2->leaving);
	while (x) {
		struct http_exchange *next = x->next_spare;
		x->next_spare = NULL;
		if (x->cut) {
			exchange_abort(x);
		} else if (x->finished) {
			exchange_sent(x);
		} else {
			x->next_spare = c->h2->leaving;
			c->h2->leaving = x;
		}
		x = next;
	}
}

static bool tell_writable(struct http_connection *c)
{
	bool told = false;
	struct h2_stream *next = NULL;
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = next) {
		struct http_exchange *x = h2_stream_user(s);
		next = h2_stream_next(s);
		told = (x && exchange_tell_writable(x)) || told;
	}
	return told;
}

/* Of bodies that were deferred and are wanted now, what has come already. */
static bool tell_decided(struct http_connection *c)
{
	struct h2_stream *next = NULL;
	if (!c->h2->decided) {
		return false;
	}
	c->h2->decided = false;
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = next) {
		struct http_exchange *x = h2_stream_user(s);
		next = h2_stream_next(s);
		if (x) {
			exchange_body_arrived(x);
		}
	}
	return true;
}

/* The peer has ended what it sends: no more of these bodies will come. */
static bool cut_deferred(struct http_connection *c)
{
	bool cut = false;
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = h2_stream_next(s)) {
		struct http_exchange *x = h2_stream_user(s);
		if (!x || !x->deferred || x->whole || x->cut) {
			continue;
		}
		http_exchange_cut(x);
		cut = true;
	}
	return cut;
}

static void abort_all(struct http_connection *c)
{
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = h2_stream_next(s)) {
		struct http_exchange *x = h2_stream_user(s);
		h2_stream_set_user(s, NULL);
		if (x) {
			x->stream = NULL;
		}
		exchange_abort(x);
	}
	while (c->h2->leaving) {
		struct http_exchange *x = c->h2->leaving;
		c->h2->leaving = x->next_spare;
		exchange_abort(x);
	}
}

static enum rc write_all(struct http_connection *c)
{
	struct h2_session *session = c->h2->session;
	do {
		if (connection_unsent(c) == 0 && h2_session_has_output(session)) {
			server_take_buffer(c->server, &c->out);
			TRY(h2_session_output(session, &c->out, GATHER_BYTES));
		}
		TRY(connection_flush(c));
		tell_sent(c);
	} while (tell_writable(c) || tell_decided(c) || h2_session_has_output(session));
	return RC_OK;
}

/* How often a busy connection is looked through for bodies and answers that do not move [ms]. */
static uint32_t check_ms(const struct http_connection *c)
{
	uint32_t in = exchange_rate_ms(c->server), out = rate_interval_ms(c->server->options.write_window_ms);
	return in < out ? in : out;
}

/* Which list the connection stands in, and what it has to do by when. */
static void settle(struct http_connection *c)
{
	if (!c->h2->opened && h2_session_is_open(c->h2->session)) {
		c->h2->opened = true;
		connection_due_in(c, c->server->options.idle_timeout_ms);
	}
	if (is_busy(c) && c->state == CONNECTION_IDLE) {
		connection_set_state(c, CONNECTION_HANDLING);
		connection_due_in(c, check_ms(c));
	} else if (!is_busy(c) && c->state == CONNECTION_HANDLING) {
		connection_set_state(c, CONNECTION_IDLE);
		connection_due_in(c, c->server->draining ? DRAINING_IDLE_MS
							 : c->server->options.idle_timeout_ms);
	}
}

static bool h2_step(struct http_connection *c)
{
	char bytes[CONNECTION_READ_BYTES];
	size_t n = 0;
	if (!c->h2 && !start(c)) {
		return false;
	}
	h2_session_set_time(c->h2->session, h2_connection_now(c));
	(void)tell_decided(c);
	enum rc rc = write_all(c);
	settle(c);
	if (rc != RC_OK && rc != RC_AGAIN) {
		connection_end(c);
		return false;
	}
	if (rc == RC_OK && h2_session_is_over(c->h2->session)) {
		abort_all(c);
		connection_linger(c);
		return true;
	}
	rc = connection_read(c, bytes, sizeof(bytes), &n);
	if (rc == RC_OK) {
		/* What is wrong was told by on_failed; the goodbye stands in the output. */
		(void)!h2_session_input(c->h2->session, str_from(bytes, n), NULL);
		return true;
	}
	if (rc == RC_CLOSED && cut_deferred(c)) {
		return true;
	}
	if (rc == RC_AGAIN || (rc == RC_CLOSED && is_busy(c))) {
		return false;
	}
	connection_end(c);
	return false;
}

/* Deadlines. */

static bool is_past(const struct http_connection *c, struct mono since, uint32_t ms)
{
	return h2_connection_now(c).us - since.us >= (int64_t)ms * US_PER_MS;
}

static void check_streams(struct http_connection *c)
{
	const struct http_server_options *limits = &c->server->options;
	for (struct h2_stream *s = h2_session_first_stream(c->h2->session); s; s = h2_stream_next(s)) {
		struct http_exchange *x = h2_stream_user(s);
		if (x && h2_body_may_come(x) && exchange_is_too_slow(x)) {
			h2_request_refuse_body(x, 408, "the body arrived too slowly");
		} else if (h2_stream_is_too_slow(s, limits->write_window_ms, limits->least_rate) && x) {
			http_exchange_cut(x);
		} else if (h2_stream_is_too_slow(s, limits->write_window_ms, limits->least_rate)) {
			h2_stream_reset(s);
		}
	}
}

static void h2_timed_out(struct http_connection *c)
{
	struct h2_session *session = c->h2 ? c->h2->session : NULL;
	struct mono since;
	if (!session) {
		connection_end(c);
		return;
	}
	h2_session_set_time(session, h2_connection_now(c));
	if (c->state == CONNECTION_IDLE) {
		h2_session_close(session, false);
		connection_due_in(c, 0);
		return;
	}
	if (h2_session_in_head(session, &since) && is_past(c, since, c->server->options.head_timeout_ms)) {
		h2_request_refuse(c, NULL, 408, "the head did not arrive in time");
		h2_session_close(session, true);
	}
	check_streams(c);
	h2_session_reap(session, LINGER_MS);
	connection_due_in(c, check_ms(c));
}

/* The end. */

static void session_free(void *object)
{
	struct h2_connection *h2 = object;
	h2_session_free(h2->session);
	mem_free(h2);
}

/* So the peer knows what was not served. Where there is no room for it now, it will see the end alone. */
static void h2_goodbye(struct http_connection *c)
{
	size_t n = 0;
	if (!c->h2 || c->running || connection_unsent(c) > 0 || h2_session_is_over(c->h2->session)) {
		return;
	}
	h2_session_close(c->h2->session, false);
	if (h2_session_output(c->h2->session, &c->out, GATHER_BYTES) == RC_OK && c->out.n > 0) {
		(void)!transport_write(c->transport, c->out.p, c->out.n, &n, NULL);
	}
	buf_fini(&c->out);
}

static void h2_end(struct http_connection *c)
{
	if (!c->h2) {
		return;
	}
	if (c->h2->session) {
		abort_all(c);
		h2_goodbye(c);
		h2_session_mute(c->h2->session);
	}
	loop_defer(c->server->loop, session_free, TAKE(c->h2));
}

static void h2_drain(struct http_connection *c)
{
	if (!c->h2) {
		return;
	}
	h2_session_drain(c->h2->session);
	connection_schedule(c);
}

const struct connection_protocol H2_PROTOCOL = {
	.step = h2_step,
	.timed_out = h2_timed_out,
	.refuse = h2_answer_refuse,
	.drain = h2_drain,
	.goodbye = h2_goodbye,
	.end = h2_end,
};
