/* SPDX-License-Identifier: Apache-2.0
 * HTTP/1.1 heads and chunks, read strictly and without side effects. */
#pragma once

#include "base/buf.h"
#include "http/head.h"

#include <stdint.h>

enum h1_form { H1_ORIGIN, H1_ABSOLUTE, H1_HOST_PORT, H1_ASTERISK };
enum h1_framing { H1_BODY_NONE, H1_BODY_LENGTH, H1_BODY_CHUNKED, H1_BODY_UNTIL_CLOSE };

/** Limits of a head. */
struct h1_limits {
	size_t max_head;   /* [bytes] from the first line to the empty line */
	size_t max_fields; /* at most HTTP_FIELDS_MAX */
};

/** A request's head; slices point into the bytes it was read from. */
struct h1_request {
	struct str method;
	struct str target; /* as sent */
	enum h1_form form;
	struct str path;  /* raw, begins with "/"; "*" or "" for asterisk and authority forms */
	struct str query; /* after "?"; p is NULL when there is none */
	struct str host;  /* authority: of an absolute target, else of the Host field */
	int minor;        /* 1 of HTTP/1.1, 0 of HTTP/1.0 */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t n_fields;
	enum h1_framing framing;
	uint64_t length; /* [bytes] when framing is H1_BODY_LENGTH */
	bool keep_alive;
	bool expect_continue;
};

/** A response's head; slices point into the bytes it was read from. */
struct h1_response {
	int status;
	struct str reason;
	int minor;
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t n_fields;
	enum h1_framing framing;
	uint64_t length;
	bool keep_alive;
};

/**
 * Find the end of a head in what has arrived so far, looking at each byte once.
 *
 * scanned  [bytes] looked at by earlier calls on the same bytes; start with 0, updated here
 * ret_end  [bytes] up to and including the empty line
 *
 * RC_AGAIN incomplete; RC_LIMIT more than max [bytes]; RC_PROTO a NUL, a bare CR or a bare LF.
 */
MUST_USE enum rc h1_find_end(struct str in, size_t max, size_t *scanned, size_t *ret_end, struct err *reterr);

/**
 * Read a whole request head, as h1_find_end() delimited it.
 *
 * ret_status  status to refuse with: 400, 431, 501, 505; written on failure only
 *
 * RC_LIMIT too many fields (431); RC_UNSUPPORTED transfer coding or version not served (501, 505);
 * RC_PROTO anything else that RFC 9112 does not allow, or that two readers could take differently.
 * Pure. Source: RFC 9112 §2 to §6, RFC 9110 §7.2.
 */
MUST_USE enum rc h1_parse_request(struct str head, const struct h1_limits *limits, struct h1_request *ret,
				  int *ret_status, struct err *reterr);
/** Read a whole response head. to_head: it answers a HEAD request, so that no body follows.
 * RC_PROTO, RC_LIMIT. */
MUST_USE enum rc h1_parse_response(struct str head, const struct h1_limits *limits, bool to_head,
				   struct h1_response *ret, struct err *reterr);

/** Decoder of a chunked body; storage of the caller, zeroed but for max.
 * Limits: size line 256, trailers 8 KiB [bytes]. */
struct h1_chunks {
	uint64_t max; /* [bytes] of body in all */
	int state;
	uint64_t left;   /* [bytes] of the current chunk */
	size_t line;     /* [bytes] of the current line */
	size_t trailers; /* [bytes] of the trailer section, which is read and dropped */
	char name[20];   /* beginning of the current trailer's name */
	size_t name_n;   /* [bytes] of it, also of what has no room */
	uint64_t total;  /* [bytes] of decoded body so far */
};

/**
 * Decode what has arrived, as far as it goes.
 *
 * ret_used  [bytes] of in that are consumed, also on RC_AGAIN; what follows the body is left
 * out       decoded bytes are appended as far as it has room
 *
 * RC_OK body complete; RC_AGAIN more is needed, or, with something left of in, more room;
 * RC_LIMIT above chunks->max or a line too long; RC_PROTO malformed.
 * Source: RFC 9112 §7.1.
 */
MUST_USE enum rc h1_chunks_decode(struct h1_chunks *chunks, struct str in, size_t *ret_used, struct buf *out,
				  struct err *reterr);
