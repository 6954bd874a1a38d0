/* SPDX-License-Identifier: Apache-2.0
 * The server's side of HTTP over any transport: accepts, reads requests, lets the program answer when it can.
 * Bodies go in both directions whole or in parts; a part is held back at its sender while the reader is
 * busy. */
#pragma once

#include "http/budget.h"
#include "http/head.h"
#include "metrics/metrics.h"
#include "os/loop.h"
#include "os/transport.h"
#include "tls/connection.h"

#include <stdint.h>
#include <sys/types.h>

/* Of a streamed body so much is held [bytes]; with its NUL it fills a power of two. */
#define HTTP_BODY_WINDOW ((size_t)128 * 1024 - 1)

struct http_server;
struct http_connection;
struct http_exchange; /* one request and its answer */

/** Limits; a zeroed field takes the default in brackets. */
struct http_server_options {
	size_t max_head;        /* [64 KiB] */
	size_t max_fields;      /* [101] */
	size_t max_connections; /* [10000]; at the limit the oldest idle one goes, else accepting rests */
	size_t max_handshakes;  /* [2000] in flight; above it the oldest goes */
	uint32_t handshake_timeout_ms; /* [10000] from accept */
	uint32_t head_timeout_ms; /* [15000] from the first byte of a head, and from the handshake's end */
	uint32_t idle_timeout_ms; /* [60000] between requests */
	uint32_t body_window_ms;  /* [10000] over which the least rate of a body counts */
	uint32_t write_window_ms; /* [30000] over which that of what the peer takes counts */
	uint32_t least_rate;      /* [1024 bytes/s] both ways */
	struct metrics *metrics;  /* may be NULL; must outlive the server */
	/* of the bytes of bodies that are held; may be NULL: no bound; must outlive the server */
	struct budget *budget;
};

/** What the embedding program does; each may be NULL but on_request.
 * ctx is the one given to http_server_new(). */
struct http_handler {
	/** A head was read: respond at once, http_exchange_accept_body(), http_exchange_stream_body(), or
	 * http_exchange_defer(). NULL, and none of these done:
	 * the body is accepted whole, up to HTTP_BODY_MAX. */
	void (*on_head)(void *ctx, struct http_exchange *exchange);
	/** The body is whole: respond now or later. Not called when on_head responded, nor for a streamed
	 * body. */
	void (*on_request)(void *ctx, struct http_exchange *exchange);
	/** Of a streamed body more has arrived, or its end (http_exchange_body_complete()).
	 * Called at least once for each streamed body, also an empty one, and never again after its end;
	 * not after the answer was finished. */
	void (*on_body)(void *ctx, struct http_exchange *exchange);
	/** http_exchange_write() said false, and what was written has now left: write more. */
	void (*on_writable)(void *ctx, struct http_exchange *exchange);
	/** It ended before the answer was out (peer gone, reset, cut, timed out, server freed):
	 * drop every pointer to exchange. Exactly one of on_sent and on_abort ends each exchange. */
	void (*on_abort)(void *ctx, struct http_exchange *exchange);
	/** A request's body went above what was accepted: respond (413 is sent if it does not).
	 * Where an answer has begun already, it is cut instead, and on_abort comes. */
	void (*on_body_limit)(void *ctx, struct http_exchange *exchange);
	/** What the body takes cannot be held, for the budget's sake or for want of memory (BUDGET_FULL):
	 * respond (429 or 503 with
	 * Retry-After is sent if it does not). Where an answer has begun already, it is cut instead, and
	 * on_abort comes. */
	void (*on_body_unheld)(void *ctx, struct http_exchange *exchange, enum budget_answer why);
	/** The body stopped being HTTP (status 400) or came too slowly (408): respond;
	 * else on_abort, then on_malformed.
	 * Where an answer has begun already, it is cut instead, and on_abort comes. */
	void (*on_body_malformed)(void *ctx, struct http_exchange *exchange, const char *why, int status);
	/** The head was not HTTP, or over a limit, or late (status 408):
	 * the server answers status and closes. http_connection_refuse() adds to that answer. */
	void (*on_malformed)(void *ctx, struct http_connection *connection, const char *why, int status);
	/** The TLS handshake failed; err says why. */
	void (*on_handshake_failed)(void *ctx, struct http_connection *connection, const struct err *err);
	/** The response's last byte was handed to the kernel; exchange is valid for this call for the last
	 * time. */
	void (*on_sent)(void *ctx, struct http_exchange *exchange);
	/** The connection ends. */
	void (*on_connection_end)(void *ctx, struct http_connection *connection);
};

/** Makes a transport of an accepted socket (taken, also on failure). */
typedef enum rc (*http_transport_fn)(void *context, int take_fd, struct transport **ret, struct err *reterr);

/** Make a server without listeners; options may be NULL, handler is copied. Free with http_server_free(). */
MUST_USE enum rc http_server_new(struct http_server **ret, struct loop *loop,
				 const struct http_server_options *options,
				 const struct http_handler *handler, void *ctx, struct err *reterr);
/** Accept from a listening socket (borrowed: open as long as the server). hook NULL: plain. */
MUST_USE enum rc http_server_listen(struct http_server *server, int listener, http_transport_fn hook,
				    void *hook_context, struct err *reterr);
/** Replace hook_context of every listener that uses hook, for the next connections (new server
 * certificates). */
void http_server_set_hook_context(struct http_server *server, http_transport_fn hook, void *hook_context);
/** Serve a connected, non-blocking socket (taken, also on failure). */
MUST_USE enum rc http_server_adopt(struct http_server *server, int take_fd, http_transport_fn hook,
				   void *hook_context, struct err *reterr);
/**
 * Accept no more and answer with Connection: close; after drain_ms [ms] let idle connections go;
 * done(ctx) when none is left.
 * Idle ones are closed in order, what the peer sends meanwhile is read.
 * May be told again, with another drain_ms.
 *
 * take_waiting  first accept those that wait in the listeners' queues: nobody else will
 */
void http_server_drain(struct http_server *server, bool take_waiting, uint32_t drain_ms,
		       void (*done)(void *ctx), void *done_ctx);
/** Connections open now. */
size_t http_server_count(const struct http_server *server);
/** End everything at once (on_abort for each open exchange); not inside a callback of the server.
 * Accepts NULL. */
void http_server_free(struct http_server *server);

/** Text of the peer's address: "127.0.0.1:4711", "unix". */
const char *http_connection_peer(const struct http_connection *connection);
/** Whether it came over a unix socket; *ret_uid (may be NULL) is then the peer's user id. */
bool http_connection_is_unix(const struct http_connection *connection, uid_t *ret_uid);
/** The connection's TLS side, or NULL. */
struct tls_connection *http_connection_tls(struct http_connection *connection);
/** In on_malformed, at most once: fields and body (copied) of the answer that the server is about to send. */
void http_connection_refuse(struct http_connection *connection, const struct http_field *fields,
			    size_t n_fields, struct str body);

/* The request. Slices live until on_sent or on_abort. */
struct str http_exchange_method(const struct http_exchange *exchange);
/** Raw path, checked by uri_check_path(); "*" for OPTIONS *, "" for CONNECT. */
struct str http_exchange_path(const struct http_exchange *exchange);
/** Raw query; p is NULL when there is none. */
struct str http_exchange_query(const struct http_exchange *exchange);
/** Host (with port) as the request names it. */
struct str http_exchange_host(const struct http_exchange *exchange);
/** First field of that name (any case); p is NULL when there is none. */
struct str http_exchange_field(const struct http_exchange *exchange, const char *name);
const struct http_field *http_exchange_fields(const struct http_exchange *exchange, size_t *ret_n);
/** What has arrived of the body and was not consumed: all of it from on_request on.
 * Valid until more is consumed or the callback returns; whole bodies until on_sent or on_abort. */
struct str http_exchange_body(const struct http_exchange *exchange);
/** Bytes of the body that have arrived so far, consumed or not [bytes]. */
uint64_t http_exchange_body_received(const struct http_exchange *exchange);
/** Whether the body has arrived to its end; http_exchange_body() may still hold bytes of it. */
bool http_exchange_body_complete(const struct http_exchange *exchange);
/** Content-Length [bytes] declared; false when there is none (no body, or chunked). */
bool http_exchange_declared_length(const struct http_exchange *exchange, uint64_t *ret);
struct http_connection *http_exchange_connection(const struct http_exchange *exchange);
/** When the head was complete. */
struct mono http_exchange_start(const struct http_exchange *exchange);
void http_exchange_set_user(struct http_exchange *exchange, void *user);
void *http_exchange_user(const struct http_exchange *exchange);

/** Seconds after which a caller may try again what could not be held, as a field's value. */
#define HTTP_RETRY_AFTER "5"

/** Whose the bytes are that are held for this exchange, those that are held already too;
 * before its body is accepted. Without it they are the peer's address's. */
void http_exchange_set_payer(struct http_exchange *exchange, struct str caller);
/** Hold n [bytes] more than the body itself (an answer that is gathered), until the exchange ends;
 * all or nothing. */
MUST_USE enum budget_answer http_exchange_hold(struct http_exchange *exchange, uint64_t n);

/** Held for this exchange now, its body included [bytes]. */
uint64_t http_exchange_held(const struct http_exchange *exchange);

/**
 * In on_head: what is to be done with the body will be said later, in any turn of the loop, by
 * http_exchange_accept_body(), http_exchange_stream_body() or an answer. Until then the body is not asked
 * for, on_request and on_body do not come, also where there is no body, and the peer is not blamed for
 * sending none. What it sends nevertheless stays with it, but for the 16 KiB (HTTP/1.1) or 64 KiB (HTTP/2)
 * that may be under way. on_abort comes as soon as the peer resets, or ends what it sends before the body is
 * whole; of HTTP/2 on_body_malformed and on_body_unheld may come, too.
 */
void http_exchange_defer(struct http_exchange *exchange);
/** Take the body whole, at most max_body [bytes]: it is asked for (100 Continue) if the caller waits for
 * that, then on_request (or on_body_limit) comes. */
void http_exchange_accept_body(struct http_exchange *exchange, size_t max_body);
/**
 * Take the body in parts, at most max_body [bytes] in all: on_body comes for each.
 * At most HTTP_BODY_WINDOW bytes are held; while they are not consumed, the peer is kept from sending more,
 * and is not blamed for being slow.
 */
void http_exchange_stream_body(struct http_exchange *exchange, uint64_t max_body);
/** The first n [bytes] of http_exchange_body() are done with; makes room for more.
 * In any callback or later. */
void http_exchange_consume(struct http_exchange *exchange, size_t n);

/**
 * Answer, in any callback or later, once an exchange. All is copied.
 * Date, Content-Length and Connection are added; fields with those names, and fields that are not valid, are
 * left out. HEAD, 204 and 304 get no body; for HEAD,
 * Content-Length is that of body. Answered before the body was read, the connection is closed after the
 * answer unless the rest of the body has arrived already.
 */
void http_exchange_respond(struct http_exchange *exchange, int status, const struct http_field *fields,
			   size_t n_fields, struct str body);
/**
 * Begin an answer whose body comes in parts; the rest as http_exchange_respond().
 * Nothing leaves before this turn of the loop has ended or enough was written, so that a small first part
 * travels with the head.
 *
 * length  of the body [bytes], or HTTP_LENGTH_UNKNOWN
 */
void http_exchange_begin(struct http_exchange *exchange, int status, const struct http_field *fields,
			 size_t n_fields, uint64_t length);
/**
 * Write a part of the body, copied as far as it cannot leave at once.
 * Everything is taken; false says that so much waits for the peer that on_writable should be waited for. More
 * than the length announced cuts the answer.
 */
bool http_exchange_write(struct http_exchange *exchange, struct str bytes);
/** Bytes written that have not left yet. */
size_t http_exchange_unsent(const struct http_exchange *exchange);
/** The body is written to its end; on_sent (or on_abort) follows, later.
 * Less than the length announced is a cut. */
void http_exchange_finish(struct http_exchange *exchange);
/** Whether an answer was begun, whole or in parts. */
bool http_exchange_begun(const struct http_exchange *exchange);
/**
 * End the exchange without the rest of its answer, or without any:
 * the caller sees a broken transfer, never a clean end (HTTP/1.1: the connection closes without the last
 * chunk; HTTP/2: the stream is reset). on_abort follows, later.
 */
void http_exchange_cut(struct http_exchange *exchange);
