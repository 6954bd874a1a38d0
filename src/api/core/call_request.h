/* SPDX-License-Identifier: Apache-2.0
 * What a request says, copied out of its exchange, for whoever works on it elsewhere. */
#pragma once

#include "http/server/server.h"

/** All slices lie in memory of its own. */
struct call_request {
	struct str method, path, query, host; /* query.p NULL when there is none */
	struct http_field *fields;
	size_t n_fields;
	struct str body;
	const char *peer; /* "127.0.0.1:4711", "unix" */
	bool is_unix;
	char *text; /* where they lie */
	size_t text_size;
	char *body_text;
};

/** Copy the head of a request. Free with call_request_fini(). */
void call_request_init(struct call_request *request, struct http_exchange *exchange);
/** Copy its body, once that is whole; secret. */
void call_request_take_body(struct call_request *request, struct http_exchange *exchange);
/** Wipe and free. */
void call_request_fini(struct call_request *request);
/** First field of that name (any case); p is NULL when there is none. */
struct str call_request_field(const struct call_request *request, const char *name);
