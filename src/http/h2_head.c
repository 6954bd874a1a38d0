/* SPDX-License-Identifier: Apache-2.0
 * Takes an HTTP/2 request's fields so that there is one way to understand them, and refuses the rest. */
#include "http/h2_head.h"

#include "http/uri.h"

/* = RFC 9113 §6.5.2. */
#define FIELD_OVERHEAD ((size_t)32)

static const char *const PSEUDO[H2_PSEUDOS] = {
	[H2_METHOD] = ":method",
	[H2_SCHEME] = ":scheme",
	[H2_HOST] = ":authority",
	[H2_PATH] = ":path",
};

void h2_head_init(struct h2_head *head, const struct h1_limits *limits)
{
	*head = (struct h2_head){ .limits = *limits };
	/* Twice: cookies are joined behind what came. */
	buf_init(&head->bytes, 2 * limits->max_head);
}

void h2_head_fini(struct h2_head *head)
{
	buf_fini(&head->bytes);
}

static void wrong(struct h2_head *head, int status, const char *why)
{
	head->status = status;
	head->why = why;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* = RFC 9113 §8.2.2. */
static bool is_of_one_connection(struct str name)
{
	static const char *const names[] = { "connection", "proxy-connection", "keep-alive",
					     "transfer-encoding", "upgrade" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_is(name, names[i])) {
			return true;
		}
	}
	return false;
}

const char *h2_field_check(struct str name, struct str value)
{
	for (size_t i = 0; i < name.n; i++) {
		if (char_is_upper(name.p[i])) {
			return "a field name with an upper case letter";
		}
	}
	if (!http_field_name_ok(name)) {
		return "a field name with a byte that may not stand there";
	}
	if (!http_field_value_ok(value)) {
		return "a field value with a control byte";
	}
	if (value.n > 0 && (is_blank(value.p[0]) || is_blank(value.p[value.n - 1]))) {
		return "a field value with white space around it";
	}
	if (is_of_one_connection(name)) {
		return "a field that belongs to a connection of HTTP/1.1";
	}
	if (str_is(name, "te") && !str_equal_nocase(value, STR("trailers"))) {
		return "a TE field other than trailers";
	}
	return NULL;
}

static struct h2_span keep(struct h2_head *head, struct str name, struct str value)
{
	struct h2_span span = { .name = (uint32_t)head->bytes.n, .name_n = (uint32_t)name.n };
	(void)buf_add(&head->bytes, name);
	span.value = (uint32_t)head->bytes.n;
	span.value_n = (uint32_t)value.n;
	(void)buf_add(&head->bytes, value);
	return span;
}

static void add_pseudo(struct h2_head *head, struct str name, struct str value)
{
	size_t i = 0;
	while (i < H2_PSEUDOS && !str_is(name, PSEUDO[i])) {
		i++;
	}
	if (i == H2_PSEUDOS) {
		wrong(head, 400, "a pseudo-header field that is not served");
	} else if (head->regular) {
		wrong(head, 400, "a pseudo-header field behind an ordinary one");
	} else if (head->seen & 1u << i) {
		wrong(head, 400, "a pseudo-header field that came twice");
	} else {
		head->pseudo[i] = keep(head, STR(""), value);
	}
	head->seen |= 1u << i;
}

void h2_head_add(struct h2_head *head, struct str name, struct str value)
{
	head->size += name.n + value.n + FIELD_OVERHEAD;
	if (head->status != 431 && head->size > head->limits.max_head) {
		wrong(head, 431, "the head is larger than allowed");
	}
	if (head->status) {
		return;
	}
	if (name.n > 0 && name.p[0] == ':') {
		add_pseudo(head, name, value);
		return;
	}
	const char *why = h2_field_check(name, value);
	head->regular = true;
	if (why) {
		wrong(head, 400, why);
	} else if (head->n_fields == head->limits.max_fields || head->n_fields == HTTP_FIELDS_MAX) {
		wrong(head, 431, "more fields than allowed");
	} else {
		head->n_cookies += str_is(name, "cookie");
		head->fields[head->n_fields++] = keep(head, name, value);
	}
}

static struct str value_of(const struct h2_head *head, struct h2_span span)
{
	return str_from(head->bytes.p + span.value, span.value_n);
}

static struct str name_of(const struct h2_head *head, struct h2_span span)
{
	return str_from(head->bytes.p + span.name, span.name_n);
}

/* = RFC 9113 §8.2.3: a cookie may come in crumbs; who reads the request knows of one field. */
static void join_cookies(struct h2_head *head)
{
	size_t kept = 0;
	struct h2_span joined = { .name_n = 0 };
	if (head->n_cookies < 2) {
		return;
	}
	/* Room first: the crumbs are read from the bytes they are added to. */
	(void)!buf_reserve(&head->bytes, head->bytes.n + 2 * head->n_cookies);
	for (size_t i = 0; i < head->n_fields; i++) {
		struct h2_span span = head->fields[i];
		if (!str_is(name_of(head, span), "cookie")) {
			head->fields[kept++] = span;
			continue;
		}
		if (joined.name_n == 0) {
			joined = (struct h2_span){ span.name, span.name_n, (uint32_t)head->bytes.n, 0 };
		} else {
			(void)buf_add(&head->bytes, STR("; "));
		}
		(void)buf_add(&head->bytes, value_of(head, span));
	}
	joined.value_n = (uint32_t)head->bytes.n - joined.value;
	head->fields[kept++] = joined;
	head->n_fields = kept;
}

static bool came(const struct h2_head *head, enum h2_pseudo which)
{
	return head->seen & 1u << which;
}

/* The slices, now that the bytes move no more; a Host field like that of an HTTP/1.1 request stands among
 * them. */
static enum rc read_fields(const struct h2_head *head, struct h1_request *ret, struct err *reterr)
{
	bool has_host = came(head, H2_HOST);
	size_t hosts = 0, n = 0;
	ret->host = value_of(head, head->pseudo[H2_HOST]);
	if (has_host) {
		ret->fields[n++] = (struct http_field){ STR("host"), ret->host };
	}
	for (size_t i = 0; i < head->n_fields; i++) {
		struct http_field f = { name_of(head, head->fields[i]), value_of(head, head->fields[i]) };
		if (str_is(f.name, "host")) {
			if (++hosts > 1) {
				return err_set(reterr, RC_PROTO, "more than one Host field");
			}
			/* = RFC 9113 §8.3.1: both name the same host, or the request is malformed. */
			if (has_host && !str_equal_nocase(f.value, ret->host)) {
				return err_set(reterr, RC_PROTO, "a Host field other than :authority");
			}
			if (has_host) {
				continue;
			}
			ret->host = f.value;
		}
		if (n == head->limits.max_fields || n == HTTP_FIELDS_MAX) {
			return err_set(reterr, RC_LIMIT, "more fields than allowed");
		}
		ret->fields[n++] = f;
	}
	ret->n_fields = n;
	return hosts > 0 || has_host ? RC_OK
				     : err_set(reterr, RC_PROTO, "neither :authority nor a Host field");
}

static enum rc check_host(const struct h1_request *r, struct err *reterr)
{
	struct host ignored;
	return host_split(r->host, &ignored) == RC_OK
		       ? RC_OK
		       : err_set(reterr, RC_PROTO, "an authority that is no host");
}

static enum rc read_target(struct h1_request *ret, struct err *reterr)
{
	size_t mark = str_find(ret->target, '?');
	ret->query = STR_NONE;
	if (str_is(ret->target, "*")) {
		ret->form = H1_ASTERISK;
		ret->path = ret->target;
		return str_is(ret->method, "OPTIONS")
			       ? RC_OK
			       : err_set(reterr, RC_PROTO, "the path * without OPTIONS");
	}
	ret->form = H1_ORIGIN;
	ret->path = str_first(ret->target, mark);
	if (mark < ret->target.n) {
		ret->query = str_skip(ret->target, mark + 1);
	}
	if (uri_check_path(ret->path, reterr) != RC_OK || uri_check_query(ret->query, reterr) != RC_OK) {
		return RC_PROTO;
	}
	return RC_OK;
}

/* = RFC 9113 §8.1.1: the length declared must be that of the DATA; the DATA itself is counted as it comes. */
static enum rc read_framing(struct h1_request *ret, bool end, struct err *reterr)
{
	size_t lengths = http_fields_count(ret->fields, ret->n_fields, "content-length");
	struct str length = http_fields_get(ret->fields, ret->n_fields, "content-length");
	ret->length = 0;
	if (lengths > 1) {
		return err_set(reterr, RC_PROTO, "more than one Content-Length");
	}
	if (lengths == 1 && str_parse_uint(length, INT64_MAX, &ret->length) != RC_OK) {
		return err_set(reterr, RC_PROTO, "a Content-Length that is no number");
	}
	if (end && ret->length > 0) {
		return err_set(reterr, RC_PROTO, "a Content-Length without a body");
	}
	ret->framing = end ? H1_BODY_NONE : ret->length > 0 ? H1_BODY_LENGTH : H1_BODY_CHUNKED;
	return RC_OK;
}

static enum rc read_pseudo(const struct h2_head *head, struct h1_request *ret, struct err *reterr)
{
	static const enum h2_pseudo needed[] = { H2_METHOD, H2_SCHEME, H2_PATH };
	ret->method = value_of(head, head->pseudo[H2_METHOD]);
	ret->target = value_of(head, head->pseudo[H2_PATH]);
	struct str scheme = value_of(head, head->pseudo[H2_SCHEME]);
	/* = RFC 9113 §8.5: it has no :scheme and no :path, and makes a tunnel. */
	if (str_is(ret->method, "CONNECT")) {
		return err_set(reterr, RC_UNSUPPORTED, "CONNECT is not served");
	}
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!came(head, needed[i])) {
			return err_set(reterr, RC_PROTO, "no %s", PSEUDO[needed[i]]);
		}
	}
	if (!http_field_name_ok(ret->method)) {
		return err_set(reterr, RC_PROTO, "a method that is no token");
	}
	if (!str_equal_nocase(scheme, STR("https")) && !str_equal_nocase(scheme, STR("http"))) {
		return err_set(reterr, RC_PROTO, "a scheme that is neither https nor http");
	}
	return RC_OK;
}

static enum rc read_request(struct h2_head *head, bool end, struct h1_request *ret, struct err *reterr)
{
	ret->minor = 1;
	ret->keep_alive = true;
	ret->n_fields = 0;
	TRY(read_pseudo(head, ret, reterr));
	TRY(read_fields(head, ret, reterr));
	TRY(read_target(ret, reterr));
	TRY(check_host(ret, reterr));
	TRY(read_framing(ret, end, reterr));
	ret->expect_continue = http_fields_has_token(ret->fields, ret->n_fields, "expect", "100-continue");
	return RC_OK;
}

enum rc h2_head_read(struct h2_head *head, bool end, struct buf *bytes, struct h1_request *ret,
		     int *ret_status, struct err *reterr)
{
	enum rc rc;
	if (head->status) {
		rc = err_set(reterr, head->status == 431 ? RC_LIMIT : RC_PROTO, "%s", head->why);
	} else {
		(void)!buf_reserve(&head->bytes, 0); /* so that there is something to point into */
		join_cookies(head);
		rc = read_request(head, end, ret, reterr);
	}
	buf_fini(bytes);
	*bytes = head->bytes;
	buf_init(&head->bytes, 0);
	if (rc != RC_OK) {
		*ret_status = rc == RC_LIMIT ? 431 : rc == RC_UNSUPPORTED ? 501 : 400;
	}
	return rc;
}
