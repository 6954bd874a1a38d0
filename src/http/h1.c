/* SPDX-License-Identifier: Apache-2.0
 * Reads HTTP/1.1 heads so that there is one way to understand them, and refuses the rest. */
#include "http/h1.h"

#include "http/uri.h"

enum rc h1_find_end(struct str in, size_t max, size_t *scanned, size_t *ret_end, struct err *reterr)
{
	size_t most = in.n < max ? in.n : max;
	for (size_t i = *scanned; i < most; i++) {
		char before = i > 0 ? in.p[i - 1] : '\0';
		while (before != '\r' && most - i > 8 && str_eight_printable(in.p + i)) {
			before = in.p[i + 7];
			i += 8;
		}
		*scanned = i + 1;
		if (in.p[i] == '\0') {
			return err_set(reterr, RC_PROTO, "a NUL in the head");
		}
		if (before == '\r' && in.p[i] != '\n') {
			return err_set(reterr, RC_PROTO, "a CR without LF in the head");
		}
		if (in.p[i] != '\n') {
			continue;
		}
		if (before != '\r') {
			return err_set(reterr, RC_PROTO, "a LF without CR in the head");
		}
		if (i == 1 || (i >= 3 && in.p[i - 2] == '\n')) {
			*ret_end = i + 1;
			return RC_OK;
		}
	}
	if (in.n >= max) {
		return err_set(reterr, RC_LIMIT, "the head is larger than %zu bytes", max);
	}
	return RC_AGAIN;
}

/* The next line without its CRLF; false at the empty line or the end.
 * h1_find_end() has checked all line ends. */
static bool next_line(struct str *rest, struct str *ret)
{
	size_t n = str_find(*rest, '\n');
	if (n == rest->n || n < 2) {
		return false;
	}
	*ret = str_first(*rest, n - 1);
	*rest = str_skip(*rest, n + 1);
	return true;
}

static struct str trim_blanks(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s = str_skip(s, 1);
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
		s.n--;
	}
	return s;
}

/* = RFC 9112 §5: no white space before the colon (§5.1), no folded lines (§5.2). */
static enum rc parse_field(struct str line, struct http_field *ret, struct err *reterr)
{
	size_t colon = str_find(line, ':');
	if (line.p[0] == ' ' || line.p[0] == '\t') {
		return err_set(reterr, RC_PROTO, "a folded field line");
	}
	if (colon == line.n) {
		return err_set(reterr, RC_PROTO, "a field line without a colon");
	}
	ret->name = str_first(line, colon);
	ret->value = trim_blanks(str_skip(line, colon + 1));
	if (!http_field_name_ok(ret->name)) {
		return err_set(reterr, RC_PROTO, "a field name with a byte that may not stand there");
	}
	if (!http_field_value_ok(ret->value)) {
		return err_set(reterr, RC_PROTO, "a field value with a control byte");
	}
	return RC_OK;
}

static enum rc parse_fields(struct str rest, size_t max, struct http_field *fields, size_t *ret_n,
			    struct err *reterr)
{
	struct str line;
	size_t n = 0;
	while (next_line(&rest, &line)) {
		if (n == max || n == HTTP_FIELDS_MAX) {
			return err_set(reterr, RC_LIMIT, "more than %zu fields", max);
		}
		TRY(parse_field(line, &fields[n++], reterr));
	}
	*ret_n = n;
	return RC_OK;
}

/* What the fields say about the body's end. */
struct framing {
	bool chunked;
	bool has_length;
	uint64_t length;
};

/* = RFC 9112 §6.3: the two ways to end a body never together; doubled lengths are refused even when equal. */
static enum rc read_framing(const struct http_field *fields, size_t n, int minor, struct framing *ret,
			    struct err *reterr)
{
	size_t codings = http_fields_count(fields, n, "transfer-encoding");
	size_t lengths = http_fields_count(fields, n, "content-length");
	*ret = (struct framing){ .chunked = codings > 0, .has_length = lengths > 0 };
	if (codings && lengths) {
		return err_set(reterr, RC_PROTO, "Content-Length together with Transfer-Encoding");
	}
	if (lengths > 1) {
		return err_set(reterr, RC_PROTO, "more than one Content-Length");
	}
	if (codings && minor == 0) {
		return err_set(reterr, RC_PROTO, "Transfer-Encoding in HTTP/1.0");
	}
	if (lengths &&
	    str_parse_uint(http_fields_get(fields, n, "content-length"), INT64_MAX, &ret->length) != RC_OK) {
		return err_set(reterr, RC_PROTO, "a Content-Length that is no number");
	}
	if (codings > 1) {
		return err_set(reterr, RC_PROTO, "more than one Transfer-Encoding");
	}
	if (codings && !str_equal_nocase(http_fields_get(fields, n, "transfer-encoding"), STR("chunked"))) {
		return err_set(reterr, RC_UNSUPPORTED, "a transfer coding other than chunked");
	}
	return RC_OK;
}

static bool keeps_alive(const struct http_field *fields, size_t n, int minor)
{
	if (http_fields_has_token(fields, n, "connection", "close")) {
		return false;
	}
	return minor == 1 || http_fields_has_token(fields, n, "connection", "keep-alive");
}

/* "HTTP/1.0", "HTTP/1.1", or a later minor version, which is taken for 1.1:
 * the highest spoken of the same major one. RC_UNSUPPORTED another version, RC_PROTO none. = RFC 9110 §6.2 */
static enum rc parse_version(struct str text, int *ret_minor, struct err *reterr)
{
	if (text.n != 8 || !str_starts_with(text, STR("HTTP/")) || !char_is_digit(text.p[5]) ||
	    text.p[6] != '.' || !char_is_digit(text.p[7])) {
		return err_set(reterr, RC_PROTO, "no HTTP version");
	}
	if (text.p[5] != '1') {
		return err_set(reterr, RC_UNSUPPORTED, "an HTTP version that is not served");
	}
	*ret_minor = text.p[7] == '0' ? 0 : 1;
	return RC_OK;
}

static enum rc split_path(struct str text, struct h1_request *ret, struct err *reterr)
{
	size_t mark = str_find(text, '?');
	ret->path = str_first(text, mark);
	ret->query = mark < text.n ? str_skip(text, mark + 1) : STR_NONE;
	TRY(uri_check_path(ret->path, reterr));
	return uri_check_query(ret->query, reterr);
}

/* = RFC 9112 §3.2: the four forms of a target. An absolute one is normalised into path, query and host. */
static enum rc parse_target(struct h1_request *ret, struct err *reterr)
{
	struct uri uri;
	struct host host;
	if (str_is(ret->method, "CONNECT")) {
		ret->form = H1_HOST_PORT;
		ret->path = STR("");
		ret->host = ret->target;
		if (host_split(ret->target, &host) != RC_OK || host.port == 0) {
			return err_set(reterr, RC_PROTO, "a CONNECT target that is no host and port");
		}
		return RC_OK;
	}
	if (str_is(ret->target, "*")) {
		ret->form = H1_ASTERISK;
		ret->path = ret->target;
		return str_is(ret->method, "OPTIONS")
			       ? RC_OK
			       : err_set(reterr, RC_PROTO, "the target * without OPTIONS");
	}
	if (ret->target.n > 0 && ret->target.p[0] == '/') {
		ret->form = H1_ORIGIN;
		return split_path(ret->target, ret, reterr);
	}
	ret->form = H1_ABSOLUTE;
	TRY(uri_parse(ret->target, &uri, reterr));
	struct str after = str_skip(ret->target, uri.https ? 8 : 7);
	size_t n = 0;
	while (n < after.n && after.p[n] != '/' && after.p[n] != '?') {
		n++;
	}
	ret->host = str_first(after, n);
	ret->path = uri.path;
	ret->query = uri.query;
	return RC_OK;
}

static enum rc parse_request_line(struct str line, struct h1_request *ret, struct err *reterr)
{
	size_t first = str_find(line, ' ');
	struct str rest = str_skip(line, first + 1);
	size_t second = str_find(rest, ' ');
	if (first == line.n || second == rest.n) {
		return err_set(reterr, RC_PROTO, "a request line without three parts");
	}
	ret->method = str_first(line, first);
	ret->target = str_first(rest, second);
	if (!http_field_name_ok(ret->method)) {
		return err_set(reterr, RC_PROTO, "a method that is no token");
	}
	return parse_version(str_skip(rest, second + 1), &ret->minor, reterr);
}

/* = RFC 9112 §3.2: exactly one Host, valid, may be empty; an absolute target stands above it. */
static enum rc read_host(struct h1_request *ret, struct err *reterr)
{
	size_t hosts = http_fields_count(ret->fields, ret->n_fields, "host");
	struct str host = http_fields_get(ret->fields, ret->n_fields, "host");
	struct host ignored;
	if (hosts > 1 || (hosts == 0 && ret->minor == 1)) {
		return err_set(reterr, RC_PROTO, "not exactly one Host field");
	}
	if (host.n > 0 && host_split(host, &ignored) != RC_OK) {
		return err_set(reterr, RC_PROTO, "a Host field that is no host");
	}
	if (ret->form == H1_ORIGIN || ret->form == H1_ASTERISK) {
		ret->host = host;
	}
	return RC_OK;
}

static enum rc parse_request(struct str head, const struct h1_limits *limits, struct h1_request *ret,
			     struct err *reterr)
{
	struct str line;
	struct framing framing;
	if (!next_line(&head, &line)) {
		return err_set(reterr, RC_PROTO, "no request line");
	}
	TRY(parse_request_line(line, ret, reterr));
	TRY(parse_fields(head, limits->max_fields, ret->fields, &ret->n_fields, reterr));
	if (parse_target(ret, reterr) != RC_OK) {
		return RC_PROTO;
	}
	TRY(read_host(ret, reterr));
	TRY(read_framing(ret->fields, ret->n_fields, ret->minor, &framing, reterr));
	ret->framing = framing.chunked ? H1_BODY_CHUNKED : framing.length > 0 ? H1_BODY_LENGTH : H1_BODY_NONE;
	ret->length = framing.length;
	ret->keep_alive = keeps_alive(ret->fields, ret->n_fields, ret->minor) && ret->form != H1_HOST_PORT;
	ret->expect_continue = ret->minor == 1 &&
			       http_fields_has_token(ret->fields, ret->n_fields, "expect", "100-continue");
	return RC_OK;
}

enum rc h1_parse_request(struct str head, const struct h1_limits *limits, struct h1_request *ret,
			 int *ret_status, struct err *reterr)
{
	*ret = (struct h1_request){ .method = STR_NONE };
	if (head.n > limits->max_head) {
		*ret_status = 431;
		return err_set(reterr, RC_LIMIT, "the head is larger than %zu bytes", limits->max_head);
	}
	enum rc rc = parse_request(head, limits, ret, reterr);
	if (rc == RC_LIMIT) {
		*ret_status = 431;
	} else if (rc == RC_UNSUPPORTED) {
		*ret_status = http_fields_count(ret->fields, ret->n_fields, "transfer-encoding") ? 501 : 505;
	} else if (rc != RC_OK) {
		*ret_status = 400;
	}
	return rc;
}

/* "HTTP/1.1 200 OK"; the reason may be missing with its space. */
static enum rc parse_status_line(struct str line, struct h1_response *ret, struct err *reterr)
{
	uint64_t status = 0;
	struct str rest = str_skip(line, 9);
	TRY(parse_version(str_first(line, 8), &ret->minor, reterr));
	if (line.n < 12 || line.p[8] != ' ' || str_parse_uint(str_first(rest, 3), 999, &status) != RC_OK ||
	    status < HTTP_STATUS_MIN || status > HTTP_STATUS_MAX || (rest.n > 3 && rest.p[3] != ' ')) {
		return err_set(reterr, RC_PROTO, "a status line without a status");
	}
	ret->status = (int)status;
	ret->reason = str_skip(rest, 4);
	if (!http_field_value_ok(ret->reason)) {
		return err_set(reterr, RC_PROTO, "a status text with a control byte");
	}
	return RC_OK;
}

enum rc h1_parse_response(struct str head, const struct h1_limits *limits, bool to_head,
			  struct h1_response *ret, struct err *reterr)
{
	struct str line;
	struct framing framing;
	*ret = (struct h1_response){ .status = 0 };
	if (head.n > limits->max_head) {
		return err_set(reterr, RC_LIMIT, "the head is larger than %zu bytes", limits->max_head);
	}
	if (!next_line(&head, &line) || parse_status_line(line, ret, reterr) != RC_OK) {
		return err_set(reterr, RC_PROTO, "the answer is not HTTP/1.1");
	}
	TRY(parse_fields(head, limits->max_fields, ret->fields, &ret->n_fields, reterr));
	enum rc rc = read_framing(ret->fields, ret->n_fields, ret->minor, &framing, reterr);
	if (rc != RC_OK) {
		return RC_PROTO;
	}
	ret->keep_alive = keeps_alive(ret->fields, ret->n_fields, ret->minor);
	ret->length = framing.length;
	/* = RFC 9112 §6.3-2: these never have a body, whatever their fields say. */
	if (to_head || ret->status < 200 || ret->status == 204 || ret->status == 304) {
		ret->framing = H1_BODY_NONE;
	} else if (framing.chunked) {
		ret->framing = H1_BODY_CHUNKED;
	} else if (framing.has_length) {
		ret->framing = framing.length ? H1_BODY_LENGTH : H1_BODY_NONE;
	} else {
		ret->framing = H1_BODY_UNTIL_CLOSE;
	}
	if (ret->framing == H1_BODY_UNTIL_CLOSE) {
		ret->keep_alive = false;
	}
	return RC_OK;
}
