/* SPDX-License-Identifier: Apache-2.0
 * Reading a list of entity tags: a comma inside of quotes parts nothing. */
#include "http/etag.h"

#include <string.h>

#define WEAK "W/"

/* Bytes until the comma that ends the first one; behind a quote there is none before the next. */
static size_t first_length(struct str list)
{
	bool quoted = false;
	size_t n = 0;
	for (; n < list.n && (quoted || list.p[n] != ','); n++) {
		quoted ^= list.p[n] == '"';
	}
	return n;
}

static bool is_named(struct str one, const char *tag)
{
	bool in_quotes = one.n >= 2 && one.p[0] == '"' && one.p[one.n - 1] == '"';
	return str_is(one, tag) ||
	       (tag[0] != '"' && in_quotes && str_is(str_skip(str_first(one, one.n - 1), 1), tag));
}

bool http_etag_listed(struct str list, const char *tag, bool weak)
{
	if (!tag[0]) {
		return false;
	}
	if (str_is(str_trim(list), "*")) {
		return true;
	}
	while (list.n > 0) {
		size_t n = first_length(list);
		struct str one = str_trim(str_first(list, n));
		if (weak && str_starts_with(one, STR(WEAK))) {
			one = str_skip(one, strlen(WEAK));
		}
		if (is_named(one, tag)) {
			return true;
		}
		list = str_skip(list, n < list.n ? n + 1 : n);
	}
	return false;
}
