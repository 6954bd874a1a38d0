/* SPDX-License-Identifier: Apache-2.0
 * What the files of HTTP/2 on a connection share. */
#pragma once

#include "http/h2.h"
#include "http/server/server_internal.h"

_Static_assert(H2_STREAM_WINDOW <= HTTP_BODY_WINDOW, "what a peer may send of a streamed body has its room");

/** What HTTP/2 keeps of a connection, c->h2. */
struct h2_connection {
	struct h2_session *session;
	/* Exchanges whose answer stands in the connection's out, or has left before the program finished
	 * it. */
	struct http_exchange *leaving; /* linked by next_spare */
	struct h2_stream *refusing;    /* what http_connection_refuse() answers, or NULL */
	bool opened;
	bool decided; /* the body of an exchange that had come before is wanted now */
};

static inline struct mono h2_connection_now(const struct http_connection *c)
{
	return loop_now(c->server->loop);
}

/** Whether the peer can send of a body: its window is opened anew whenever half of it is free. */
static inline bool h2_body_may_come(const struct http_exchange *x)
{
	return !x->streamed || x->body.n < H2_STREAM_WINDOW_FIRST / 2;
}

/* server_h2_answer.c */

/** An exchange of HTTP/2, from its accepted body to the end of its answer. */
extern const struct exchange_ops H2_EXCHANGE;
/** Answer the stream that is refused, c->h2->refusing, with status c->refusal: connection_protocol.refuse();
 * a connection that failed has none, and is told by GOAWAY. */
void h2_answer_refuse(struct http_connection *c, const struct http_field *fields, size_t n_fields,
		      struct str body);

/* server_h2_request.c */

/** What the peer's frames come to; their ctx is the struct http_connection. */
extern const struct h2_events H2_EVENTS;
/** Refuse what is no request, with status and why for people; its stream ends with it, the connection goes
 * on. stream NULL: it does not. */
void h2_request_refuse(struct http_connection *c, struct h2_stream *stream, int status, const char *why);
/** The same once the head was taken: the program knows whose request it is. May free the exchange. */
void h2_request_refuse_body(struct http_exchange *x, int status, const char *why);
