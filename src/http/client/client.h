/* SPDX-License-Identifier: Apache-2.0
 * Outbound HTTP/1.1 on the loop, with connections kept for each receiver.
 * Bodies go in both directions whole or in parts; a part is held back at its sender while the reader is
 * busy. */
#pragma once

#include "http/head.h"
#include "os/loop.h"
#include "tls/context.h"

#include <stdint.h>

struct http_client;
struct http_call; /* one request under way */

/* Of an answer that comes in parts so much is held [bytes]; with its NUL it fills a power of two. */
#define HTTP_CALL_WINDOW ((size_t)128 * 1024 - 1)

/** Limits of a client; zeroed fields take the default in brackets. */
struct http_client_options {
	size_t max_idle;          /* connections kept in all [64] */
	size_t max_idle_per_host; /* [16] */
	uint32_t idle_timeout_ms; /* [30000] */
};

/** One request; everything is copied. */
struct http_client_request {
	struct str method;     /* "GET" when empty */
	struct str url;        /* absolute http or https URL */
	const char *unix_path; /* connect to this socket instead of the URL's host; may be NULL */
	/* Host, Content-Length, Connection are added and not taken from here */
	const struct http_field *fields;
	size_t n_fields;
	struct str body;
	bool body_follows;    /* http_client_stream() only: body is empty, http_call_write() brings it */
	uint64_t body_length; /* of a body that follows [bytes], or HTTP_LENGTH_UNKNOWN */
	struct tls_client_context *tls; /* for https; held until the call ended; pools are apart for each */
	uint32_t connect_timeout_ms;    /* name, connect and handshake [10000] */
	/* [60000] Whole: from the request's first byte to the answer's last.
	 * In parts: without a byte moving while it is the server's turn. */
	uint32_t response_timeout_ms;
	uint64_t max_response; /* body [bytes]; 0: HTTP_BODY_MAX whole, no limit in parts */
};

/** An answer. */
struct http_client_response {
	int status;
	const struct http_field *fields;
	size_t n_fields;
	struct str body;                       /* empty where it comes in parts */
	uint64_t length;                       /* of the body [bytes], or HTTP_LENGTH_UNKNOWN */
	struct tls_connection *connection_tls; /* what the server proved; NULL for plain */
	bool reused;                           /* a kept connection was used */
};

/**
 * Outcome. RC_OK: response is given, valid during the callback;
 * else err: RC_TIMEOUT, RC_CERT (server's chain or name), RC_IO (not reached, cut off), RC_NOT_FOUND (name),
 * RC_PROTO (malformed answer, TLS), RC_LIMIT (answer too large), RC_CLOSED (ended before the answer).
 */
typedef void (*http_client_fn)(void *context, enum rc rc, const struct http_client_response *response,
			       const struct err *err);

/** What happens to a call whose bodies come in parts. The call may be cancelled in each of them. */
struct http_call_handler {
	/** The answer's head is there; valid until on_end or http_call_cancel(). At most once. */
	void (*on_response)(void *context, const struct http_client_response *response);
	/** Of the answer's body more has arrived, or its end (http_call_body_complete()).
	 * Once right after on_response, with what came along with the head. */
	void (*on_body)(void *context);
	/** Write more: http_call_write() said false, and what was written has now left;
	 * or, once where a body follows, there is a connection to write to. */
	void (*on_writable)(void *context);
	/** The call is over, exactly once: RC_OK when the answer is whole and consumed, else err as of
	 * http_client_fn. RC_OK may come before the request's body was written:
	 * the server did not want to hear the rest. */
	void (*on_end)(void *context, enum rc rc, const struct err *err);
};

/** Make a client; options may be NULL. Free with http_client_free(). */
MUST_USE enum rc http_client_new(struct http_client **ret, struct loop *loop,
				 const struct http_client_options *options, struct err *reterr);
/** Free it; calls under way are cancelled without their callback. Not inside a callback. Accepts NULL. */
void http_client_free(struct http_client *client);
DEFINE_CLEANUP(struct http_client, http_client_free);

/**
 * Make a call; fn runs once, never inside this function. A kept connection that turns out to be closed is
 * replaced by a fresh one only where nothing of the request was sent;
 * else the caller learns that the outcome is not known. ret_call (may be NULL) lives until fn ran or
 * http_call_cancel(). RC_INVALID for a bad URL or field.
 */
MUST_USE enum rc http_client_call(struct http_client *client, const struct http_client_request *request,
				  http_client_fn fn, void *context, struct http_call **ret_call,
				  struct err *reterr);
/** The same with bodies in parts; handler is borrowed and never runs inside this function.
 * ret_call lives until on_end ran or http_call_cancel(). */
MUST_USE enum rc http_client_stream(struct http_client *client, const struct http_client_request *request,
				    const struct http_call_handler *handler, void *context,
				    struct http_call **ret_call, struct err *reterr);
/** Forget it: nothing is called any more, its connection is closed. Accepts NULL. */
void http_call_cancel(struct http_call *call);

/** Write a part of the request's body, copied as far as it cannot leave at once; never above body_length.
 * False: wait for on_writable, also before there is a connection.
 * What is written after the server stopped listening is dropped. */
bool http_call_write(struct http_call *call, struct str bytes);
/** The request's body is written to its end; with a known length, all of it. */
void http_call_finish(struct http_call *call);
/** What has arrived of the answer's body and was not consumed;
 * valid until then or until the callback returns. */
struct str http_call_body(const struct http_call *call);
/** Whether the answer's body has arrived to its end; http_call_body() may still hold bytes of it. */
bool http_call_body_complete(const struct http_call *call);
/** The first n [bytes] of http_call_body() are done with; makes room for more. */
void http_call_consume(struct http_call *call, size_t n);
