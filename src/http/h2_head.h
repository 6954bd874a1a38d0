/* SPDX-License-Identifier: Apache-2.0
 * The fields of an HTTP/2 request, read as strictly as an HTTP/1.1 head and into the same shape. */
#pragma once

#include "http/h1.h"

/** Where a field's name and value stand in the bytes gathered so far [bytes]. */
struct h2_span {
	uint32_t name, name_n;
	uint32_t value, value_n;
};

enum h2_pseudo { H2_METHOD, H2_SCHEME, H2_HOST, H2_PATH, H2_PSEUDOS };

/** A header block as it is decoded, field by field. Caller's storage: h2_head_init(), h2_head_fini(). */
struct h2_head {
	struct h1_limits limits;
	struct buf bytes;
	struct h2_span fields[HTTP_FIELDS_MAX];
	size_t n_fields;
	size_t n_cookies;
	struct h2_span pseudo[H2_PSEUDOS];
	unsigned seen;   /* bit of each pseudo-header field that came */
	bool regular;    /* an ordinary field has come */
	size_t size;     /* [bytes] as RFC 9113 §6.5.2 counts: 32 more a field */
	int status;      /* to refuse with, 0 as long as nothing is wrong */
	const char *why; /* static */
};

/** Begin a block; limits as for HTTP/1.1, max_head counted as SETTINGS_MAX_HEADER_LIST_SIZE is. */
void h2_head_init(struct h2_head *head, const struct h1_limits *limits);
/** Free what it holds; accepts a zeroed one. */
void h2_head_fini(struct h2_head *head);
/** One more field. What is wrong is kept for h2_head_read(); above a limit nothing more is kept. */
void h2_head_add(struct h2_head *head, struct str name, struct str value);

/**
 * The block is complete: take it as a request. Pseudo-header fields become method, target and host, cookie
 * fields become one, and a Host field is added where only :authority came.
 *
 * end         the stream ends with this block: no body
 * bytes       empty; what ret's slices point into is moved here, also on failure
 * ret         target and form as an HTTP/1.1 origin would have sent them;
 *             framing: NONE with end, LENGTH with a
 *             Content-Length above 0, else CHUNKED
 * ret_status  status to refuse with: 400, 431, 501; written on failure only
 *
 * RC_LIMIT too many or too large fields (431); RC_UNSUPPORTED CONNECT (501); RC_PROTO malformed (400).
 * Source: RFC 9113 §8.2, §8.3, §8.5.
 */
MUST_USE enum rc h2_head_read(struct h2_head *head, bool end, struct buf *bytes, struct h1_request *ret,
			      int *ret_status, struct err *reterr);

/** Check one ordinary field by RFC 9113 §8.2: lower case, valid bytes, not of one connection.
 * NULL, or what is wrong. */
const char *h2_field_check(struct str name, struct str value);
