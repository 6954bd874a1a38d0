/* SPDX-License-Identifier: Apache-2.0
 * Reads a server's answer: its head, and its body in whichever way it is framed. */
#include "http/client/client_internal.h"

#define READ_BYTES ((size_t)16 * 1024)
#define BODY_READ_BYTES ((size_t)64 * 1024)
#define INTERIM_MAX 16
/* Reads in one turn, so that others have theirs. */
#define READS_PER_RUN 16

/* RC_AGAIN nothing now, noted. */
static enum rc connection_read(struct client_connection *c, char *out, size_t size, size_t *ret_n,
			       struct err *reterr)
{
	if (!c->readable && !transport_pending(c->transport)) {
		return client_connection_rest(c, LOOP_READ);
	}
	enum rc rc = transport_read(c->transport, out, size, ret_n, reterr);
	if (rc == RC_AGAIN) {
		c->readable = false;
		return client_connection_rest(c, c->transport->want);
	}
	return rc;
}

static enum rc read_in(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	size_t room = call->in.max - call->in.n;
	size_t size = room < READ_BYTES ? room : READ_BYTES;
	size_t n = 0;
	char *place;
	if (!c->readable && !transport_pending(c->transport)) {
		return client_connection_rest(c, LOOP_READ);
	}
	place = size ? buf_reserve(&call->in, size) : NULL;
	if (!place) {
		return err_set(reterr, RC_PROTO, "the answer's head is too large");
	}
	enum rc rc = connection_read(c, place, size, &n, reterr);
	if (rc == RC_OK) {
		buf_added(&call->in, n);
	}
	/* A short read emptied the socket; what comes now is announced by the loop. */
	if (rc == RC_OK && n < size) {
		c->readable = false;
	}
	return rc;
}

static enum rc parse_head(struct http_call *call, size_t end, struct err *reterr)
{
	static const struct h1_limits limits = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };
	buf_clear(&call->head);
	(void)buf_add(&call->head, str_from(call->in.p, end));
	buf_drop(&call->in, end);
	call->scanned = 0;
	TRY(h1_parse_response(buf_str(&call->head), &limits, call->is_head, &call->response, reterr));
	if (call->response.status == 101) {
		return err_set(reterr, RC_PROTO, "the server changes the protocol unasked");
	}
	if (call->response.status < 200) {
		return ++call->n_interim <= INTERIM_MAX
			       ? RC_OK
			       : err_set(reterr, RC_PROTO, "the server sends interim answers only");
	}
	if (call->response.framing == H1_BODY_LENGTH && call->response.length > call->max_response) {
		return err_set(reterr, RC_LIMIT, "the answer is larger than %llu bytes",
			       (unsigned long long)call->max_response);
	}
	call->head_read = true;
	return RC_OK;
}

enum rc client_answer_read_head(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	while (!call->head_read) {
		size_t end = 0;
		enum rc rc = h1_find_end(buf_str(&call->in), HTTP_HEAD_MAX, &call->scanned, &end, reterr);
		if (rc == RC_OK) {
			rc = parse_head(call, end, reterr);
		} else if (rc == RC_AGAIN) {
			rc = read_in(c, reterr);
		}
		if (rc == RC_CLOSED) {
			return err_set(reterr, call->in.n ? RC_PROTO : RC_CLOSED,
				       "the server closed the connection %s",
				       call->in.n ? "in the middle of its answer" : "without an answer");
		}
		if (rc != RC_OK) {
			return rc;
		}
	}
	return RC_OK;
}

static enum rc too_large(const struct http_call *call, struct err *reterr)
{
	return err_set(reterr, RC_LIMIT, "the answer is larger than %llu bytes",
		       (unsigned long long)call->max_response);
}

/* A body of known length, or one that ends with the connection, straight into its place. left [bytes]. */
static enum rc read_plain(struct client_connection *c, uint64_t left, struct err *reterr)
{
	struct http_call *call = c->call;
	uint64_t allowed = call->max_response - call->received;
	size_t room = call->body.max - call->body.n;
	uint64_t most = left < BODY_READ_BYTES ? left : BODY_READ_BYTES;
	size_t n = call->in.n;
	if (allowed == 0) {
		/* One byte more than is allowed shows that it is too large. */
		char spare;
		enum rc rc = n > 0 ? RC_OK : connection_read(c, &spare, 1, &n, reterr);
		return rc == RC_OK ? too_large(call, reterr) : rc;
	}
	most = most < room ? most : room;
	most = most < allowed ? most : allowed;
	if (most == 0) {
		return RC_AGAIN; /* the window is full */
	}
	if (n > 0) {
		n = n < most ? n : (size_t)most;
		if (!buf_add(&call->body, str_from(call->in.p, n))) {
			return err_set(reterr, RC_LIMIT, "there is no memory for the answer");
		}
		buf_drop(&call->in, n);
		call->received += n;
		return RC_OK;
	}
	char *place = buf_reserve(&call->body, (size_t)most);
	if (!place) {
		return err_set(reterr, RC_LIMIT, "there is no memory for the answer");
	}
	enum rc rc = connection_read(c, place, (size_t)most, &n, reterr);
	if (rc == RC_OK) {
		buf_added(&call->body, n);
		call->received += n;
	}
	return rc;
}

static enum rc read_chunks(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	size_t used = 0;
	size_t before = call->body.n;
	enum rc rc = h1_chunks_decode(&call->chunks, buf_str(&call->in), &used, &call->body, reterr);
	buf_drop(&call->in, used);
	call->received += call->body.n - before;
	call->whole = rc == RC_OK;
	if (rc != RC_AGAIN) {
		return rc;
	}
	return call->in.n > 0 ? RC_AGAIN : read_in(c, reterr);
}

static enum rc read_some_body(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	switch (call->response.framing) {
	case H1_BODY_LENGTH:
		call->whole = call->received == call->response.length;
		return call->whole ? RC_OK : read_plain(c, call->response.length - call->received, reterr);
	case H1_BODY_CHUNKED: return read_chunks(c, reterr);
	case H1_BODY_UNTIL_CLOSE: {
		enum rc rc = read_plain(c, UINT64_MAX, reterr);
		call->whole = rc == RC_CLOSED;
		return rc == RC_CLOSED ? RC_OK : rc;
	}
	case H1_BODY_NONE:
	default: call->whole = true; return RC_OK;
	}
}

enum rc client_answer_read_body(struct client_connection *c, struct err *reterr)
{
	struct http_call *call = c->call;
	enum rc rc = RC_OK;
	for (int i = 0; rc == RC_OK && !call->whole; i++) {
		if (i == READS_PER_RUN && call->in.n == 0 && !transport_pending(c->transport)) {
			return client_connection_rest(c, LOOP_READ);
		}
		rc = read_some_body(c, reterr);
	}
	if (rc == RC_CLOSED) {
		return err_set(reterr, RC_PROTO,
			       "the server closed the connection in the middle of its answer");
	}
	return rc;
}
