/* SPDX-License-Identifier: Apache-2.0
 * Outbound HTTP/1.1 on the loop, with connections kept for the next call. */
#pragma once

#include "http/head.h"
#include "os/loop.h"
#include "tls/context.h"

#include <stdint.h>

struct http_client;
struct http_call; /* one request under way */

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
	const struct http_field
		*fields; /* Host, Content-Length, Connection are added and not taken from here */
	size_t n_fields;
	struct str body;
	struct tls_client_context *tls; /* for https; held until the call ended; pools are apart for each */
	uint32_t connect_timeout_ms;    /* name, connect and handshake [10000] */
	uint32_t response_timeout_ms;   /* from the request's first byte to the answer's last [60000] */
	size_t max_response;            /* body [HTTP_BODY_MAX bytes] */
};

/** An answer; valid during the callback. */
struct http_client_response {
	int status;
	const struct http_field *fields;
	size_t n_fields;
	struct str body;
	struct tls_connection *connection_tls; /* what the server proved; NULL for plain */
	bool reused;                           /* an idle connection was used */
};

/**
 * Outcome. RC_OK: response is given, else err: RC_TIMEOUT, RC_CERT (server's chain or name), RC_IO (not reached, cut off),
 * RC_NOT_FOUND (name), RC_PROTO (malformed answer, TLS), RC_LIMIT (answer too large), RC_CLOSED (ended before the answer).
 */
typedef void (*http_client_fn)(void *context, enum rc rc, const struct http_client_response *response,
			       const struct err *err);

/** Make a client; options may be NULL. Free with http_client_free(). */
MUST_USE enum rc http_client_new(struct http_client **ret, struct loop *loop,
				 const struct http_client_options *options, struct err *reterr);
/** Free it; calls under way are cancelled without their callback. Not inside a callback. Accepts NULL. */
void http_client_free(struct http_client *client);
DEFINE_CLEANUP(struct http_client, http_client_free);

/**
 * Make a call; fn runs once, never inside this function. A kept connection that turns out to be closed is replaced by a
 * fresh one only where nothing of the request was sent; else the caller learns that the outcome is not known.
 * ret_call (may be NULL) lives until fn ran or http_call_cancel(). RC_INVALID for a bad URL or field.
 */
MUST_USE enum rc http_client_call(struct http_client *client, const struct http_client_request *request,
				  http_client_fn fn, void *context, struct http_call **ret_call,
				  struct err *reterr);
/** Forget it: fn is not called any more, its connection is closed. */
void http_call_cancel(struct http_call *call);
