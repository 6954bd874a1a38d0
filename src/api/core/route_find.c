/* SPDX-License-Identifier: Apache-2.0
 * Matching a request with the table of routes. */
#include "api/core/route.h"

#include "http/uri.h"

static bool path_matches(const char *pattern, struct str path, struct str ret_params[3])
{
	struct str want = str_of(pattern), got = path, want_segment, got_segment;
	size_t n = 0;
	size_t fixed = want.n > 4 && str_ends_with(want, STR("/{*}")) ? want.n - 4 : 0;
	if (fixed > 0) {
		return str_starts_with(path, str_first(want, fixed)) &&
		       (path.n == fixed || path.p[fixed] == '/');
	}
	if (path.n > 1 && path.p[path.n - 1] == '/') {
		return false;
	}
	for (;;) {
		bool more = uri_next_segment(&want, &want_segment),
		     more_got = uri_next_segment(&got, &got_segment);
		if (more != more_got) {
			return false;
		}
		if (!more) {
			return true;
		}
		if (want_segment.n > 0 && want_segment.p[0] == '{') {
			if (got_segment.n == 0 || n == 3) {
				return false;
			}
			ret_params[n++] = got_segment;
		} else if (!str_equal(want_segment, got_segment)) {
			return false;
		}
	}
}

const struct route *route_find(struct str method, struct str path, struct str ret_params[3],
			       bool *ret_other_method)
{
	*ret_other_method = false;
	struct str params[3] = { { 0 } };
	for (const struct route *route = route_table; route->method; route++) {
		if (!path_matches(route->path, path, params)) {
			continue;
		}
		if (str_is(method, route->method) ||
		    (str_is(method, "HEAD") && strcmp(route->method, "GET") == 0)) {
			memcpy(ret_params, params, sizeof(params));
			return route;
		}
		*ret_other_method = true;
	}
	return NULL;
}

bool route_is_of_admin(const struct route *route)
{
	return str_starts_with(str_of(route->path), STR("/admin/v1/"));
}

bool route_is_tagged(const struct route *route)
{
	return route_is_of_admin(route) && strcmp(route->method, "GET") == 0;
}
