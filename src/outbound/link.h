/* SPDX-License-Identifier: Apache-2.0
 * Calls without a destination, over a connection that is kept: what the command line has with its server. */
#pragma once

#include "base/buf.h"

struct outbound_link;

/** One request; all borrowed until the call returns, NULL where not given. */
struct outbound_link_request {
	const char *method;
	const char *url;
	const char *socket;         /* path of a Unix socket to go through */
	const char *login;          /* "user:password" */
	const char *ca_file;        /* PEM of the CAs to trust instead of the system's */
	const char *const *headers; /* "Name: value" lines; they may hold secrets */
	size_t n_headers;
	const struct buf *body; /* sent as it is */
};

/** Make one; nothing is connected yet. NULL: libcurl does not start. */
struct outbound_link *outbound_link_new(void);
/** Close and forget it; accepts NULL. */
void outbound_link_free(struct outbound_link *link);

/**
 * Ask and wait for the answer, at most 90 s.
 *
 * answer  its body is appended; one that is larger than the buffer's maximum is RC_IO
 *
 * RC_CLOSED nobody listens there; RC_CERT the server's certificate is not trusted; RC_IO another cause.
 * The text of the error is libcurl's word for it, the native code its.
 */
MUST_USE enum rc outbound_link_call(struct outbound_link *link, const struct outbound_link_request *request,
				    struct buf *answer, int *ret_status, struct err *reterr);
/** A field of the last answer; NULL where it has none. Borrowed until the next call. */
const char *outbound_link_header(const struct outbound_link *link, const char *name);
