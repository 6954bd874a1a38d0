/* SPDX-License-Identifier: Apache-2.0
 * Takes http URLs apart and refuses paths that two readers could take differently. */
#include "http/uri.h"

#include "base/encoding.h"

/* = RFC 3986 §2.3, §2.2: unreserved and sub-delims, with ':' and '@' they are pchar. */
static bool is_path_byte(char c)
{
	return char_is_letter_or_digit(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@", c));
}

/* The byte that the escape at the front of s stands for; -1 when it is not whole. */
static int escaped(struct str s)
{
	if (s.n < 3 || hex_digit(s.p[1]) < 0 || hex_digit(s.p[2]) < 0) {
		return -1;
	}
	return hex_digit(s.p[1]) * 16 + hex_digit(s.p[2]);
}

static bool is_dots(struct str segment)
{
	size_t dots = 0;
	while (segment.n > 0) {
		bool plain = segment.p[0] == '.';
		if (!plain && !(segment.p[0] == '%' && escaped(segment) == '.')) {
			return false;
		}
		segment = str_skip(segment, plain ? 1 : 3);
		dots++;
	}
	return dots == 1 || dots == 2;
}

bool uri_next_segment(struct str *rest, struct str *ret_segment)
{
	if (rest->n == 0 || rest->p[0] != '/') {
		return false;
	}
	struct str after = str_skip(*rest, 1);
	size_t n = str_find(after, '/');
	*ret_segment = str_first(after, n);
	*rest = str_skip(after, n);
	return true;
}

enum rc uri_check_path(struct str path, struct err *reterr)
{
	struct str rest = path;
	struct str segment;
	if (path.n == 0 || path.p[0] != '/') {
		return err_set(reterr, RC_INVALID, "a path that does not begin with a slash");
	}
	while (uri_next_segment(&rest, &segment)) {
		if (is_dots(segment)) {
			return err_set(reterr, RC_INVALID, "a path with a dot segment");
		}
		while (segment.n > 0) {
			bool escape = segment.p[0] == '%';
			if (escape && escaped(segment) <= 0) {
				return err_set(reterr, RC_INVALID,
					       "a path with a broken or NUL percent escape");
			}
			if (!escape && !is_path_byte(segment.p[0])) {
				return err_set(reterr, RC_INVALID,
					       "a path with a byte that may not stand there");
			}
			segment = str_skip(segment, escape ? 3 : 1);
		}
	}
	return RC_OK;
}

/* Browsers leave these raw in queries, and no reader takes them for anything else. */
static bool is_query_byte(char c)
{
	return is_path_byte(c) || (c != '\0' && strchr("/?[]{}|^\\`", c));
}

enum rc uri_check_query(struct str query, struct err *reterr)
{
	while (query.n > 0) {
		bool escape = query.p[0] == '%';
		if (escape ? escaped(query) < 0 : !is_query_byte(query.p[0])) {
			return err_set(reterr, RC_INVALID, "a query with a byte that may not stand there");
		}
		query = str_skip(query, escape ? 3 : 1);
	}
	return RC_OK;
}

static size_t authority_end(struct str s)
{
	size_t n = 0;
	while (n < s.n && s.p[n] != '/' && s.p[n] != '?') {
		n++;
	}
	return n;
}

enum rc uri_parse(struct str text, struct uri *ret, struct err *reterr)
{
	struct uri u = { .https = false };
	struct host host;
	if (text.n >= 8 && str_equal_nocase(str_first(text, 8), STR("https://"))) {
		u.https = true;
	} else if (text.n < 7 || !str_equal_nocase(str_first(text, 7), STR("http://"))) {
		return err_set(reterr, RC_INVALID, "a URL that begins with neither http:// nor https://");
	}
	struct str rest = str_skip(text, u.https ? 8 : 7);
	size_t n = authority_end(rest);
	if (host_split(str_first(rest, n), &host) != RC_OK) {
		return err_set(reterr, RC_INVALID, "a URL whose host is not valid");
	}
	u.host = host.name;
	u.host_is_ip6 = host.kind == HOST_IP6;
	u.has_port = host.port != 0;
	u.port = host.port ? host.port : u.https ? 443 : 80;
	rest = str_skip(rest, n);
	size_t mark = str_find(rest, '?');
	u.path = mark > 0 ? str_first(rest, mark) : STR("/");
	u.query = mark < rest.n ? str_skip(rest, mark + 1) : STR_NONE;
	TRY(uri_check_path(u.path, reterr));
	TRY(uri_check_query(u.query, reterr));
	*ret = u;
	return RC_OK;
}

enum rc uri_query_get(struct str query, const char *name, struct buf *out)
{
	struct str pair;
	while (query.p && str_split(&query, '&', &pair)) {
		size_t equals = str_find(pair, '=');
		AUTO_BUF(decoded, 1024);
		enum rc rc = percent_decode(&decoded, str_first(pair, equals), true);
		if (rc != RC_OK || !str_equal(buf_str(&decoded), str_of(name))) {
			continue;
		}
		return percent_decode(out, str_skip(pair, equals + 1), true);
	}
	return RC_NOT_FOUND;
}
