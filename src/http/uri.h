/* SPDX-License-Identifier: Apache-2.0
 * URIs: http(s) URLs taken apart, and paths that mean one thing to everybody. */
#pragma once

#include "http/host.h"

/** An http or https URL; slices point into the text it was read from. */
struct uri {
	bool https;
	bool has_port;
	struct str host;  /* name or literal, without brackets */
	bool host_is_ip6; /* was in brackets */
	uint16_t port;    /* given or the scheme's own */
	struct str path;  /* raw; "/" when empty */
	struct str query; /* p is NULL when there is none */
};

/** Take an absolute http or https URL apart. RC_INVALID: other scheme, user info, fragment, bad host, port or
 * path. */
MUST_USE enum rc uri_parse(struct str text, struct uri *ret, struct err *reterr);
/**
 * Check a raw path: begins with "/", only path characters, whole percent escapes, no %00, and no "." or ".."
 * segment, plain or escaped, which two readers could resolve differently. RC_INVALID.
 * Source: RFC 3986 §3.3, §5.2.4.
 */
MUST_USE enum rc uri_check_path(struct str path, struct err *reterr);
/** Check a raw query: query characters and whole percent escapes.
 * A few characters browsers leave raw are let pass. */
MUST_USE enum rc uri_check_query(struct str query, struct err *reterr);
/** Next segment of a raw path: "/a/b" gives "a", then "b"; false at the end. Start with *rest = the path. */
bool uri_next_segment(struct str *rest, struct str *ret_segment);
/** Append the decoded value of a query's parameter. RC_NOT_FOUND, RC_INVALID, RC_LIMIT. */
MUST_USE enum rc uri_query_get(struct str query, const char *name, struct buf *out);
