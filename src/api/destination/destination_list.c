/* SPDX-License-Identifier: Apache-2.0
 * Lists of the Destination service: filtered, names only, in pages. */
#include "api/destination/destination_call.h"
#include "api/destination/destination_filter.h"
#include "base/memory.h"

#define PAGE_SIZE_MAX 1000
#define PAGE_SIZE 10
#define PAGE_MAX 1000000

/* A number from 1 to max; otherwise where the query has none. RC_INVALID any other text. */
static enum rc query_number(const struct call *call, const char *name, uint64_t max, uint64_t otherwise,
			    uint64_t *ret, struct err *reterr)
{
	AUTO_FREE char *text = call_query(call, name);
	*ret = otherwise;
	if (!text || (str_parse_uint(str_of(text), max, ret) == RC_OK && *ret > 0)) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_INVALID, "%s is a number from 1 to %llu.", name, (unsigned long long)max);
	return err_field(reterr, name);
}

/* Only the names, when $select=Name asks for them. */
static struct value *select_names(const struct value *list)
{
	struct value *names = value_array();
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *one = value_object();
		value_set_str(one, "Name", value_get_str(value_at(list, i), "Name"));
		if (value_get(value_at(list, i), "$metadata")) {
			value_set(one, "$metadata", value_ref(value_get(value_at(list, i), "$metadata")));
		}
		value_append(names, one);
	}
	return names;
}

static void link_add(struct buf *out, const char *list, uint64_t page, uint64_t size, const char *rel)
{
	buf_printf(out, "%s</%s?$page=%llu&$pageSize=%llu>; rel='%s'", out->n ? ", " : "", list,
		   (unsigned long long)page, (unsigned long long)size, rel);
}

static void answer_page(struct call *call, const struct value *list, uint64_t page, uint64_t size)
{
	uint64_t n = value_count(list);
	uint64_t pages = (n + size - 1) / size, first = (page - 1) * size;
	struct value *part = value_array();
	for (uint64_t i = first; i < first + size && i < n; i++) {
		value_append(part, value_ref(value_at(list, i)));
	}
	const char *slash = strrchr(call->route->path, '/');
	AUTO_BUF(links, 1024);
	if (page > 1) {
		link_add(&links, slash + 1, page - 1, size, "previous");
	}
	if (page < pages) {
		link_add(&links, slash + 1, page + 1, size, "next");
	}
	AUTO_FREE char *page_count = mem_printf("%llu", (unsigned long long)pages);
	AUTO_FREE char *entity_count = mem_printf("%llu", (unsigned long long)n);
	const struct http_field fields[] = {
		{ STR("Page-Count"), str_of(page_count) },
		{ STR("Entity-Count"), str_of(entity_count) },
		{ STR("Link"), buf_str(&links) },
	};
	call_answer_fields(call, 200, fields, links.n ? 3 : 2, part);
}

/* Those that were changed in the last minutes. */
static struct value *select_modified(const struct value *list, uint64_t minutes)
{
	struct value *kept = value_array();
	int64_t since = wall_seconds(wall_now()) - (int64_t)minutes * 60;
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *one = value_at(list, i);
		struct wall modified;
		if (wall_parse(value_get_str(value_get(one, "$metadata"), "modification_time"), &modified) ==
			    RC_OK &&
		    wall_seconds(modified) >= since) {
			value_append(kept, value_ref(one));
		}
	}
	return kept;
}

/* Each element's metadata, as far as $includeMetadata=modification_time;etag asks for it. */
static void metadata_trim(const struct call *call, const struct value *list)
{
	static const char *const names[] = { "modification_time", "etag" };
	AUTO_FREE char *asked = call_query(call, "$includeMetadata");
	struct str wanted = str_of(asked);
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *metadata = value_get(value_at(list, i), "$metadata");
		bool any = false;
		for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
			if (str_find_str(wanted, str_of(names[k])) < wanted.n) {
				any = true;
			} else if (metadata) {
				value_remove(metadata, names[k]);
			}
		}
		if (!any && metadata) {
			value_remove(value_at(list, i), "$metadata");
		}
	}
}

/* What $filter keeps of a list; owned. */
static enum rc filter_apply(const struct call *call, const char *filter, const struct value *list,
			    struct value **ret, struct err *reterr)
{
	uint64_t minutes = 0;
	struct str path = str_of(call->route->path);
	bool certificates = str_ends_with(path, STR("Certificates"));
	if (!certificates && destination_filter_minutes(str_of(filter), &minutes)) {
		*ret = select_modified(list, minutes);
		return RC_OK;
	}
	return destination_filter_apply(str_of(filter), list, ret, reterr);
}

static enum rc select_apply(const char *select, struct value **list, struct err *reterr)
{
	if (strcmp(select, "Name") != 0) {
		(void)err_set(reterr, RC_INVALID, "$select takes Name, nothing else.");
		return err_field(reterr, "$select");
	}
	struct value *names = select_names(*list);
	value_free(*list);
	*list = names;
	return RC_OK;
}

/* The parameters are exclusive by the book; clients combine them, so they are applied one after the other. */
static enum rc list_narrow(const struct call *call, struct value **list, struct err *reterr)
{
	AUTO_FREE char *filter = call_query(call, "$filter");
	AUTO_FREE char *select = call_query(call, "$select");
	if (filter) {
		struct value *kept = NULL;
		TRY(filter_apply(call, filter, *list, &kept, reterr));
		value_free(*list);
		*list = kept;
	}
	metadata_trim(call, *list);
	return select ? select_apply(select, list, reterr) : RC_OK;
}

void destination_list_answer(struct call *call, struct value *take_list)
{
	AUTO_VALUE *list = take_list;
	struct err err = { 0 };
	uint64_t page = 0, size = 0;
	enum rc rc = list_narrow(call, &list, &err);
	if (rc == RC_OK) {
		rc = query_number(call, "$page", PAGE_MAX, 0, &page, &err);
	}
	if (rc == RC_OK) {
		rc = query_number(call, "$pageSize", PAGE_SIZE_MAX, PAGE_SIZE, &size, &err);
	}
	if (rc != RC_OK) {
		destination_call_fail(call, &err);
	} else if (page > 0) {
		answer_page(call, list, page, size);
	} else {
		call_answer(call, 200, TAKE(list));
	}
}
