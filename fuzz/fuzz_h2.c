/* SPDX-License-Identifier: Apache-2.0
 * Any frames to an HTTP/2 session whose program answers, streams, cuts or rests:
 * each stream ends once, no limit is passed.
 * First byte: what the program does. Second byte: into how large portions the rest is cut. */
#include "http/h2.h"

#include "base/memory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

enum { ANSWER = 1, REST = 2, CUT = 4, EARLY = 8, DRAIN = 16, RAW = 32, STREAMED = 64 };

struct program {
	unsigned what;
	size_t open;
};

/* Of one stream. */
struct state {
	size_t unconsumed;
	bool begun, sent;
};

static void answer(struct program *p, struct h2_stream *stream, int status)
{
	static const struct http_field fields[] = { { { "Content-Type", 12 }, { "text/plain", 10 } } };
	struct state *state = h2_stream_user(stream);
	if (state->begun) {
		return;
	}
	state->begun = true;
	h2_stream_begin(stream, status, fields, 1, status != 204);
	h2_stream_write(stream, STR("hello"));
	if (!(p->what & STREAMED)) {
		h2_stream_finish(stream);
	}
	if (p->what & CUT) {
		h2_stream_reset(stream);
	}
}

static void check_request(const struct h1_request *r)
{
	if (r->n_fields > HTTP_FIELDS_MAX || r->method.n == 0 || r->path.n == 0 || r->host.n == 0) {
		abort();
	}
	for (size_t i = 0; i < r->n_fields; i++) {
		if (!http_field_name_ok(r->fields[i].name) || !http_field_value_ok(r->fields[i].value)) {
			abort();
		}
	}
	if (http_fields_count(r->fields, r->n_fields, "host") != 1 ||
	    http_fields_count(r->fields, r->n_fields, "content-length") > 1 ||
	    http_fields_count(r->fields, r->n_fields, "transfer-encoding") > 0) {
		abort();
	}
}

static void on_head(void *ctx, struct h2_stream *stream)
{
	struct program *p = ctx;
	static struct h1_request r;
	int status = 0;
	AUTO_BUF(bytes, 0);
	h2_stream_set_user(stream, mem_alloc(sizeof(struct state)));
	if (++p->open > 100) {
		abort();
	}
	if (h2_stream_read_head(stream, &bytes, &r, &status, NULL) != RC_OK) {
		if (status < 400) {
			abort();
		}
		if (p->what & ANSWER) {
			answer(p, stream, status);
		}
		return;
	}
	check_request(&r);
	if (r.expect_continue) {
		h2_stream_continue(stream);
	}
	if (r.framing == H1_BODY_NONE || p->what & EARLY) {
		answer(p, stream, r.framing == H1_BODY_NONE ? 200 : 401);
	} else if (p->what & STREAMED) {
		h2_stream_widen(stream);
	}
}

static void on_data(void *ctx, struct h2_stream *stream, struct str bytes)
{
	struct program *p = ctx;
	struct state *state = h2_stream_user(stream);
	state->unconsumed += bytes.n;
	if (state->unconsumed > H2_STREAM_WINDOW) {
		abort();
	}
	if (p->what & REST) {
		return;
	}
	h2_stream_consume(stream, state->unconsumed);
	state->unconsumed = 0;
}

static void on_end(void *ctx, struct h2_stream *stream)
{
	answer(ctx, stream, 204);
}

static void on_malformed(void *ctx, struct h2_stream *stream, const char *why)
{
	struct program *p = ctx;
	if (p->what & ANSWER) {
		answer(p, stream, 400);
	}
}

static void on_sent(void *ctx, struct h2_stream *stream)
{
	struct state *state = h2_stream_user(stream);
	if (state->sent || !state->begun) {
		abort();
	}
	state->sent = true;
}

static void on_closed(void *ctx, struct h2_stream *stream)
{
	struct program *p = ctx;
	p->open--;
	mem_free(h2_stream_user(stream));
}

static void on_failed(void *ctx, const char *why)
{
	if (!why[0]) {
		abort();
	}
}

static const struct h2_events EVENTS = {
	on_head, on_data, on_end, on_malformed, on_sent, on_closed, on_failed
};

/* As the server does: what came goes in, what is ready goes out, what was written in parts is ended. */
static bool turn(struct h2_session *session, struct str bytes)
{
	AUTO_BUF(out, (size_t)1 << 24);
	struct h2_stream *next = NULL;
	if (h2_session_input(session, bytes, NULL) != RC_OK && !h2_session_has_output(session)) {
		return false;
	}
	for (struct h2_stream *s = h2_session_first_stream(session); s; s = next) {
		struct state *state = h2_stream_user(s);
		next = h2_stream_next(s);
		if (state && state->begun && !state->sent) {
			h2_stream_finish(s);
		}
	}
	return h2_session_output(session, &out, (size_t)1 << 20) == RC_OK && !h2_session_is_over(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct h2_session *session = NULL;
	struct h2_options options = { .control_burst = 100 };
	struct program program = { 0 };
	struct mono now = { US_PER_SECOND };
	if (size < 2) {
		return 0;
	}
	program.what = data[0];
	size_t portion = data[1] ? data[1] : SIZE_MAX;
	struct str rest = str_from(data + 2, size - 2);
	if (h2_session_new(&session, &options, &EVENTS, &program, NULL) != RC_OK) {
		abort();
	}
	h2_session_set_time(session, now);
	bool going = program.what & RAW || turn(session, STR(PREFACE "\0\0\0\4\0\0\0\0\0"));
	for (; going && rest.n > 0; rest = str_skip(rest, portion)) {
		now.us += 1000;
		h2_session_set_time(session, now);
		going = turn(session, str_first(rest, portion));
		if (program.what & DRAIN) {
			h2_session_drain(session);
		}
	}
	for (struct h2_stream *s = h2_session_first_stream(session); s; s = h2_stream_next(s)) {
		mem_free(h2_stream_user(s));
	}
	h2_session_free(session);
	return 0;
}
