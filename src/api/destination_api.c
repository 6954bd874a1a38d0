/* SPDX-License-Identifier: Apache-2.0
 * The Destination service's REST API, v1: shapes, statuses and texts as clients expect them. */
#include "api/destination_api.h"

#include "api/api.h"
#include "api/destination_filter.h"
#include "base/memory.h"
#include "service/destination.h"

#define BULK_MAX 1000
#define PAGE_SIZE_MAX 1000
#define PAGE_SIZE 10

/* The level that the path names: "" for the subaccount, else the id of the caller's instance. NULL: answered. */
static const char *level_of(struct call *call)
{
	if (str_find_str(str_of(call->route->path), STR("/instance")) == strlen(call->route->path))
		return "";
	if (call->login.instance)
		return call->login.instance;
	struct err err = { 0 };
	(void)err_set(&err, RC_INVALID, "The instance level needs a token of a destination instance.");
	call_fail(call, &err);
	return NULL;
}

static struct value *count_of(int64_t n)
{
	struct value *v = value_object();
	value_set_int(v, "Count", n);
	return v;
}

static uint64_t query_number(const struct call *call, const char *name, uint64_t max)
{
	AUTO_FREE char *text = call_query(call, name);
	uint64_t n = 0;
	return text && str_parse_uint(str_of(text), max, &n) == RC_OK ? n : 0;
}

/* Only the names, when $select=Name asks for them. */
static struct value *select_names(const struct value *list)
{
	struct value *names = value_array();
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *one = value_object();
		value_set_str(one, "Name", value_get_str(value_at(list, i), "Name"));
		if (value_get(value_at(list, i), "$metadata"))
			value_set(one, "$metadata", value_ref(value_get(value_at(list, i), "$metadata")));
		value_append(names, one);
	}
	return names;
}

static void link_add(struct buf *out, const char *list, uint64_t page, uint64_t size, const char *rel)
{
	buf_printf(out, "%s</%s?$page=%llu&$pageSize=%llu>; rel='%s'", out->n ? ", " : "", list,
		   (unsigned long long)page, (unsigned long long)size, rel);
}

static void answer_page(struct call *call, const struct value *list, uint64_t page)
{
	uint64_t size = query_number(call, "$pageSize", PAGE_SIZE_MAX), n = value_count(list);
	size = size ? size : PAGE_SIZE;
	uint64_t pages = (n + size - 1) / size, first = (page - 1) * size;
	struct value *part = value_array();
	for (uint64_t i = first; i < first + size && i < n; i++)
		value_append(part, value_ref(value_at(list, i)));
	const char *slash = strrchr(call->route->path, '/');
	AUTO_BUF(links, 1024);
	if (page > 1)
		link_add(&links, slash + 1, page - 1, size, "previous");
	if (page < pages)
		link_add(&links, slash + 1, page + 1, size, "next");
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
		    wall_seconds(modified) >= since)
			value_append(kept, value_ref(one));
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
			if (str_find_str(wanted, str_of(names[k])) < wanted.n)
				any = true;
			else if (metadata)
				value_remove(metadata, names[k]);
		}
		if (!any && metadata)
			value_remove(value_at(list, i), "$metadata");
	}
}

/* A whole list: filtered, names only, or one page of it, as the query asks. */
static void answer_list(struct call *call, struct value *take_list)
{
	AUTO_VALUE *list = take_list;
	AUTO_FREE char *filter = call_query(call, "$filter"), *select = call_query(call, "$select");
	struct err err = { 0 };
	uint64_t minutes = 0;
	if (filter && call->route->handle == destination_api_list &&
	    destination_filter_minutes(str_of(filter), &minutes)) {
		struct value *kept = select_modified(list, minutes);
		value_free(list);
		list = kept;
	} else if (filter) {
		struct value *kept = NULL;
		if (destination_filter_apply(str_of(filter), list, &kept, &err) != RC_OK) {
			call_fail(call, &err);
			return;
		}
		value_free(list);
		list = kept;
	}
	metadata_trim(call, list);
	if (select && strcmp(select, "Name") == 0) {
		struct value *names = select_names(list);
		value_free(list);
		list = names;
	}
	uint64_t page = query_number(call, "$page", 1000000);
	if (page > 0)
		answer_page(call, list, page);
	else
		call_answer(call, 200, TAKE(list));
}

void destination_api_list(struct call *call)
{
	const char *level = level_of(call);
	struct err err = { 0 };
	struct value *list = NULL;
	if (!level)
		return;
	if (service_destination_list(call->service, call->tenant, level, &list, &err) != RC_OK)
		call_fail(call, &err);
	else
		answer_list(call, list);
}

void destination_api_certificate_list(struct call *call)
{
	const char *level = level_of(call);
	struct err err = { 0 };
	struct value *list = NULL;
	if (!level)
		return;
	if (service_destination_certificate_list(call->service, call->tenant, level, &list, &err) != RC_OK)
		call_fail(call, &err);
	else
		answer_list(call, list);
}

/* 200 with ETag, 304 when the caller has it already, 412 when it expects another. */
static void answer_tagged(struct call *call, struct value *take_body, const char *etag)
{
	AUTO_VALUE *body = take_body;
	struct str none = http_exchange_field(call->exchange, "If-None-Match");
	struct str match = http_exchange_field(call->exchange, "If-Match");
	const struct http_field field = { STR("ETag"), str_of(etag) };
	if (match.n > 0 && !str_is(match, "*") && str_find_str(match, str_of(etag)) == match.n) {
		struct err err = { 0 };
		(void)err_set(&err, RC_CONFLICT, "The configuration was changed meanwhile.");
		call_fail_status(call, 412, &err);
	} else if (str_is(none, "*") || (none.n > 0 && str_find_str(none, str_of(etag)) < none.n)) {
		call_answer_fields(call, 304, &field, 1, NULL);
	} else {
		call_answer_fields(call, 200, &field, 1, TAKE(body));
	}
}

void destination_api_get(struct call *call)
{
	const char *level = level_of(call);
	char etag[DESTINATION_ETAG_SIZE] = "";
	struct err err = { 0 };
	struct value *v = NULL;
	if (!level)
		return;
	if (service_destination_get(call->service, call->tenant, level, call->params[0], &v, etag, &err) !=
	    RC_OK)
		call_fail(call, &err);
	else
		answer_tagged(call, v, etag);
}

void destination_api_certificate_get(struct call *call)
{
	const char *level = level_of(call);
	char etag[DESTINATION_ETAG_SIZE] = "";
	struct err err = { 0 };
	struct value *v = NULL;
	if (!level)
		return;
	if (service_destination_certificate_get(call->service, call->tenant, level, call->params[0], &v, etag,
						&err) != RC_OK)
		call_fail(call, &err);
	else
		answer_tagged(call, v, etag);
}

void destination_api_find(struct call *call)
{
	char etag[DESTINATION_ETAG_SIZE] = "";
	struct err err = { 0 };
	struct value *v = NULL;
	AUTO_FREE char *skip = call_query(call, "$skipCredentials");
	const char *instance = call->login.instance ? call->login.instance : "";
	if (service_destination_find(call->service, call->tenant, instance, call->params[0],
				     skip && strcmp(skip, "true") == 0, &v, etag, &err) != RC_OK)
		call_fail(call, &err);
	else
		answer_tagged(call, v, etag);
}

/* Do something with one element of a body; warning may be set to an owned sentence. */
typedef enum rc (*write_fn)(struct call *call, const char *level, const struct value *input, char *etag,
			    char **warning, struct err *reterr);

/* What is too large is wrong input here, and a foreign change is a failed If-Match. */
static int write_status(const struct err *err)
{
	if (err->code == RC_LIMIT)
		return 400;
	return err->code == RC_CONFLICT ? 412 : call_status(err);
}

static struct value *bulk_element(const struct value *input, enum rc rc, int good, const char *etag,
				  const struct err *err)
{
	struct value *v = value_object();
	const char *name = value_get_c(input, "Name");
	value_set_c(v, "name", name ? name : "");
	value_set_int(v, "status", rc == RC_OK ? good : write_status(err));
	value_set_c(v, rc == RC_OK ? "etag" : "cause", rc == RC_OK ? etag : err->text);
	return v;
}

static void write_many(struct call *call, const char *level, write_fn write, int good)
{
	struct value *answers = value_array();
	bool all = true;
	for (size_t i = 0; i < value_count(call->body) && i < BULK_MAX; i++) {
		char etag[DESTINATION_ETAG_SIZE] = "";
		struct err err = { 0 };
		AUTO_FREE char *warning = NULL;
		const struct value *input = value_at(call->body, i);
		enum rc rc = write(call, level, input, etag, &warning, &err);
		all = all && rc == RC_OK;
		value_append(answers, bulk_element(input, rc, good, etag, &err));
	}
	call_answer(call, all ? good : 207, answers);
}

static void write_any(struct call *call, write_fn write, int good, bool counts)
{
	const char *level = level_of(call);
	char etag[DESTINATION_ETAG_SIZE] = "";
	struct err err = { 0 };
	AUTO_FREE char *warning = NULL;
	if (!level)
		return;
	if (value_is_array(call->body)) {
		write_many(call, level, write, good);
		return;
	}
	if (write(call, level, call->body, etag, &warning, &err) != RC_OK) {
		call_fail_status(call, write_status(&err), &err);
		return;
	}
	const struct http_field fields[] = { { STR("ETag"), str_of(etag) },
					     { STR("x-postern-warning"), str_of(warning) } };
	call_answer_fields(call, good, fields, warning ? 2 : 1, counts ? count_of(1) : NULL);
}

static enum rc create_one(struct call *call, const char *level, const struct value *input, char *etag,
			  char **warning, struct err *reterr)
{
	return service_destination_create(call->service, call->tenant, level, input, etag, reterr);
}

static enum rc update_one(struct call *call, const char *level, const struct value *input, char *etag,
			  char **warning, struct err *reterr)
{
	struct str match = http_exchange_field(call->exchange, "If-Match");
	AUTO_FREE char *if_match = match.n > 0 && !str_is(match, "*") ? str_dup(match) : NULL;
	return service_destination_update(call->service, call->tenant, level, input, if_match, etag, reterr);
}

static enum rc certificate_create_one(struct call *call, const char *level, const struct value *input,
				      char *etag, char **warning, struct err *reterr)
{
	return service_destination_certificate_put(call->service, call->tenant, level, input, false, etag,
						   warning, reterr);
}

static enum rc certificate_update_one(struct call *call, const char *level, const struct value *input,
				      char *etag, char **warning, struct err *reterr)
{
	return service_destination_certificate_put(call->service, call->tenant, level, input, true, etag,
						   warning, reterr);
}

void destination_api_create(struct call *call)
{
	write_any(call, create_one, 201, false);
}

void destination_api_update(struct call *call)
{
	write_any(call, update_one, 200, true);
}

void destination_api_certificate_create(struct call *call)
{
	write_any(call, certificate_create_one, 201, false);
}

void destination_api_certificate_update(struct call *call)
{
	write_any(call, certificate_update_one, 200, true);
}

void destination_api_patch(struct call *call)
{
	const char *level = level_of(call);
	struct err err = { 0 };
	if (!level)
		return;
	enum rc rc = service_destination_patch(call->service, call->tenant, level, call->body, &err);
	call_finish(call, rc, 200, count_of(1), &err);
}

typedef enum rc (*delete_fn)(struct service *service, const char *tenant, const char *instance,
			     const char *name, struct err *reterr);

static void delete_one(struct call *call, delete_fn delete_)
{
	const char *level = level_of(call);
	struct err err = { 0 };
	if (!level)
		return;
	enum rc rc = delete_(call->service, call->tenant, level, call->params[0], &err);
	call_finish(call, rc, 200, count_of(1), &err);
}

static void delete_many(struct call *call, delete_fn delete_)
{
	const char *level = level_of(call);
	AUTO_FREE char *filter = level ? call_query(call, "$filter") : NULL;
	AUTO_VALUE *names = NULL;
	struct err err = { 0 };
	if (!level)
		return;
	if (destination_filter_names(str_of(filter), &names, &err) != RC_OK) {
		call_fail(call, &err);
		return;
	}
	struct value *summary = value_array();
	int64_t n = 0;
	for (size_t i = 0; i < value_count(names); i++) {
		const char *name = value_c(value_at(names, i));
		enum rc rc = delete_(call->service, call->tenant, level, name ? name : "", &err);
		struct value *one = value_object();
		value_set_c(one, "name", name);
		value_set_c(one, "status", rc == RC_OK ? "DELETED" : "NOT_FOUND");
		if (rc == RC_OK)
			n++;
		else
			value_set_c(one, "reason", "Could not find configuration");
		value_append(summary, one);
	}
	struct value *answer = count_of(n);
	value_set(answer, "Summary", summary);
	call_answer(call, 200, answer);
}

void destination_api_delete(struct call *call)
{
	delete_one(call, service_destination_delete);
}

void destination_api_delete_many(struct call *call)
{
	delete_many(call, service_destination_delete);
}

void destination_api_certificate_delete(struct call *call)
{
	delete_one(call, service_destination_certificate_delete);
}

void destination_api_certificate_delete_many(struct call *call)
{
	delete_many(call, service_destination_certificate_delete);
}
