/* SPDX-License-Identifier: Apache-2.0
 * System query options, and what they make of a list of entities. */
#include "odata/query.h"

#include "base/encoding.h"
#include "base/memory.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 200
#define TOP_MAX UINT64_C(2147483647)

void odata_query_fini(struct odata_query *query)
{
	odata_filter_free(query->filter);
	for (size_t i = 0; i < query->n_orders; i++) {
		mem_free(query->orders[i].member);
	}
	for (size_t i = 0; i < query->n_expands; i++) {
		mem_free(query->expands[i]);
	}
	for (size_t i = 0; i < query->n_selects; i++) {
		mem_free(query->selects[i]);
	}
	*query = (struct odata_query){ 0 };
}

static enum rc invalid(struct err *reterr, const char *option, const char *what)
{
	return err_set(reterr, RC_INVALID, "%s %s.", option, what);
}

static bool is_member(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!(char_is_letter_or_digit(c) || c == '_' || (c == '/' && i > 0 && i + 1 < s.n))) {
			return false;
		}
	}
	return s.n > 0 && s.n <= NAME_MAX_BYTES;
}

/* A list of names with commas between them; "*" is a name too. */
static enum rc parse_names(struct str text, const char *option, char **names, size_t max, size_t *n,
			   struct err *reterr)
{
	struct str one;
	while (str_split(&text, ',', &one)) {
		one = str_trim(one);
		if (!is_member(one) && !str_is(one, "*")) {
			return invalid(reterr, option, "is a list of names with commas between them");
		}
		if (*n == max) {
			return err_set(reterr, RC_LIMIT, "%s has more than %zu names.", option, max);
		}
		names[(*n)++] = str_dup(one);
	}
	return RC_OK;
}

static enum rc parse_orders(struct str text, struct odata_query *query, struct err *reterr)
{
	struct str one;
	while (str_split(&text, ',', &one)) {
		one = str_trim(one);
		size_t blank = str_find(one, ' ');
		struct str name = str_first(one, blank), how = str_trim(str_skip(one, blank));
		bool descending = str_is(how, "desc");
		if (!is_member(name) || (how.n > 0 && !descending && !str_is(how, "asc"))) {
			return invalid(reterr, "$orderby",
				       "is a list of names, each with asc or desc behind it or nothing");
		}
		if (query->n_orders == ODATA_MAX_ORDERS) {
			return err_set(reterr, RC_LIMIT, "$orderby has more than %d names.",
				       ODATA_MAX_ORDERS);
		}
		query->orders[query->n_orders++] = (struct odata_order){ str_dup(name), descending };
	}
	return RC_OK;
}

static enum rc parse_number(struct str text, const char *option, uint64_t *ret, struct err *reterr)
{
	return str_parse_uint(text, TOP_MAX, ret) == RC_OK
		       ? RC_OK
		       : invalid(reterr, option, "is a whole number, not negative");
}

static enum rc parse_count(struct str text, struct odata_query *query, struct err *reterr)
{
	query->count = str_is(text, "allpages");
	return query->count || str_is(text, "none") ? RC_OK
						    : invalid(reterr, "$inlinecount", "is allpages or none");
}

static enum rc parse_format(struct str text, struct odata_query *query, struct err *reterr)
{
	if (str_is(text, "json")) {
		query->format = ODATA_FORMAT_JSON;
	} else if (str_is(text, "xml") || str_is(text, "atom")) {
		query->format = ODATA_FORMAT_XML;
	} else {
		return invalid(reterr, "$format", "is json or xml");
	}
	return RC_OK;
}

static enum rc parse_option(struct str name, struct str text, struct odata_query *query, struct err *reterr)
{
	if (text.n == 0) {
		return err_set(reterr, RC_INVALID, "A query option has no value.");
	}
	if (str_is(name, "$filter")) {
		return odata_filter_parse(&query->filter, text, reterr);
	}
	if (str_is(name, "$orderby")) {
		return parse_orders(text, query, reterr);
	}
	if (str_is(name, "$top")) {
		query->has_top = true;
		return parse_number(text, "$top", &query->top, reterr);
	}
	if (str_is(name, "$skip")) {
		return parse_number(text, "$skip", &query->skip, reterr);
	}
	if (str_is(name, "$inlinecount")) {
		return parse_count(text, query, reterr);
	}
	if (str_is(name, "$expand")) {
		return parse_names(text, "$expand", query->expands, ODATA_MAX_EXPANDS, &query->n_expands,
				   reterr);
	}
	if (str_is(name, "$select")) {
		return parse_names(text, "$select", query->selects, ODATA_MAX_SELECTS, &query->n_selects,
				   reterr);
	}
	if (str_is(name, "$format")) {
		return parse_format(text, query, reterr);
	}
	char shown[64];
	return err_set(reterr, RC_INVALID, "The query option %s is not known.",
		       str_printable(name, shown, sizeof(shown)));
}

/* Each option once: the bit of an option that was seen. */
static enum rc check_once(struct str name, unsigned *seen, struct err *reterr)
{
	static const char *const names[] = { "$filter",      "$orderby", "$top",    "$skip",
					     "$inlinecount", "$expand",  "$select", "$format" };
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (!str_is(name, names[i])) {
			continue;
		}
		if (*seen & (1U << i)) {
			return invalid(reterr, names[i], "stands twice");
		}
		*seen |= 1U << i;
	}
	return RC_OK;
}

enum rc odata_query_parse(struct odata_query *ret, struct str raw, struct err *reterr)
{
	AUTO(odata_query_fini) struct odata_query query = { 0 };
	struct str pair;
	unsigned seen = 0;
	while (raw.p && raw.n > 0 && str_split(&raw, '&', &pair)) {
		size_t equals = str_find(pair, '=');
		AUTO_BUF(name, NAME_MAX_BYTES);
		AUTO_BUF(text, ODATA_MAX_FILTER);
		if (percent_decode(&name, str_first(pair, equals), true) != RC_OK || name.n == 0 ||
		    name.p[0] != '$') {
			continue;
		}
		if (percent_decode(&text, str_skip(pair, equals + 1), true) != RC_OK) {
			return err_set(reterr, RC_INVALID, "A query option is malformed or too long.");
		}
		TRY(check_once(buf_str(&name), &seen, reterr));
		TRY(parse_option(buf_str(&name), str_trim(buf_str(&text)), &query, reterr));
	}
	*ret = query;
	query = (struct odata_query){ 0 };
	return RC_OK;
}

bool odata_query_expands(const struct odata_query *query, const char *navigation)
{
	for (size_t i = 0; i < query->n_expands; i++) {
		struct str first = str_of(query->expands[i]);
		if (str_is(str_first(first, str_find(first, '/')), navigation)) {
			return true;
		}
	}
	return false;
}

bool odata_query_selects(const struct odata_query *query, const char *property)
{
	for (size_t i = 0; i < query->n_selects; i++) {
		struct str first = str_of(query->selects[i]);
		if (str_is(first, "*") || str_is(str_first(first, str_find(first, '/')), property)) {
			return true;
		}
	}
	return query->n_selects == 0;
}

/* Sorting: an entity, its place before, and the options. */
struct item {
	struct value *entity;
	size_t place;
	const struct odata_query *query;
};

static const struct value *member_of(const struct value *entity, const char *member)
{
	struct str rest = str_of(member), part;
	while (entity && rest.p && str_split(&rest, '/', &part)) {
		AUTO_FREE char *name = str_dup(part);
		entity = value_get(entity, name);
	}
	return value_is_null(entity) ? NULL : entity;
}

static int value_order(const struct value *a, const struct value *b)
{
	if (!a || !b) {
		return a ? 1 : b ? -1 : 0; /* null comes first */
	}
	if (value_is_string(a) && value_is_string(b)) {
		return strcmp(value_c(a), value_c(b));
	}
	int64_t x = value_is_bool(a) ? value_to_bool(a, false) : value_to_int(a, 0);
	int64_t y = value_is_bool(b) ? value_to_bool(b, false) : value_to_int(b, 0);
	return x < y ? -1 : x > y;
}

static int item_order(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	for (size_t i = 0; i < a->query->n_orders; i++) {
		const struct odata_order *order = &a->query->orders[i];
		int n = value_order(member_of(a->entity, order->member), member_of(b->entity, order->member));
		if (n != 0) {
			return order->descending ? -n : n;
		}
	}
	return a->place < b->place ? -1 : a->place > b->place;
}

struct value *odata_query_apply(const struct odata_query *query, struct value *take_all, uint64_t *ret_count)
{
	AUTO_VALUE *all = take_all;
	size_t n = 0;
	struct item *items = mem_array(value_count(all) + 1, sizeof(*items));
	for (size_t i = 0; i < value_count(all); i++) {
		struct value *entity = value_at(all, i);
		if (!query->filter || odata_filter_match(query->filter, entity)) {
			items[n] = (struct item){ entity, n, query };
			n++;
		}
	}
	if (query->n_orders > 0) {
		qsort(items, n, sizeof(*items), item_order);
	}
	struct value *page = value_array();
	uint64_t most = query->has_top ? query->top : n;
	for (size_t i = query->skip < n ? (size_t)query->skip : n; i < n && value_count(page) < most; i++) {
		value_append(page, value_ref(items[i].entity));
	}
	mem_free(items);
	*ret_count = n;
	return page;
}
