/* SPDX-License-Identifier: Apache-2.0
 * A list is cut by a member that no two have, so that pages fit together whatever comes and goes
 * meanwhile. */
#include "api/core/list.h"

#include "base/encoding.h"
#include "base/memory.h"

#include <stdlib.h>

#define LINK_MAX ((size_t)16 * 1024)

/* The messages' use case pages by itself, newest first, also where no limit is asked for. */
static bool pages_itself(const struct route *route)
{
	return route->query == &object_message_filter;
}

bool list_is(const struct route *route)
{
	return route && route->key && route->query;
}

/* The path asked for, with what else was asked, after another key. */
static char *link_to(const struct call_request *request, struct str after)
{
	AUTO_BUF(out, LINK_MAX);
	struct str rest = request->query, pair;
	(void)buf_add_char(&out, '<');
	(void)buf_add(&out, request->path);
	(void)buf_add_char(&out, '?');
	while (rest.p && str_split(&rest, '&', &pair)) {
		if (pair.n > 0 && !str_starts_with(pair, STR("after="))) {
			(void)buf_add(&out, pair);
			(void)buf_add_char(&out, '&');
		}
	}
	(void)buf_add_c(&out, "after=");
	(void)percent_encode(&out, after);
	(void)buf_add_c(&out, ">; rel=\"next\"");
	return out.overflow ? NULL : buf_take(&out);
}

/* One element, where it goes. */
struct place {
	struct str key;
	size_t at;
};

static int compare_keys(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;
	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return compare_keys(x->key, y->key);
}

/* Those behind the page's beginning, in order. Owned. */
static struct place *places_of(const struct value *array, const char *key, const struct page *page,
			       size_t *ret_n)
{
	size_t n = 0;
	struct place *places = mem_alloc(value_count(array) * sizeof(*places) + 1);
	for (size_t i = 0; i < value_count(array); i++) {
		struct str own = value_get_str(value_at(array, i), key);
		if (!page->after || compare_keys(own, str_of(page->after)) > 0) {
			places[n++] = (struct place){ own, i };
		}
	}
	if (n > 0) {
		qsort(places, n, sizeof(*places), compare);
	}
	*ret_n = n;
	return places;
}

static struct value *cut(const struct list_asked *asked, const struct value *array, const char *key,
			 char **ret_link)
{
	size_t n = 0, limit = asked->page->limit;
	AUTO_FREE struct place *places = places_of(array, key, asked->page, &n);
	struct value *page = value_array();
	for (size_t i = 0; i < n && (limit == 0 || i < limit); i++) {
		value_append(page, value_ref(value_at(array, places[i].at)));
	}
	if (limit > 0 && n > limit) {
		*ret_link = link_to(asked->request, places[limit - 1].key);
	}
	return page;
}

struct value *list_cut(const struct list_asked *asked, struct value *take_answer, char **ret_link)
{
	AUTO_VALUE *answer = take_answer;
	const struct route *route = asked->route;
	size_t n = value_count(answer);
	if (!list_is(route) || !value_is_array(answer) || !page_is_part(asked->page)) {
		return TAKE(answer);
	}
	if (!pages_itself(route)) {
		return cut(asked, answer, route->key, ret_link);
	}
	if (n == asked->page->limit) {
		*ret_link = link_to(asked->request, value_get_str(value_at(answer, n - 1), route->key));
	}
	return TAKE(answer);
}
