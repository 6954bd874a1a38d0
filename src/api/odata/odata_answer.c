/* SPDX-License-Identifier: Apache-2.0
 * How operations of the OData API answer: JSON or Atom, counts, files, errors. */
#include "api/odata/odata_answer.h"
#include "api/odata/odata_csrf.h"
#include "base/memory.h"

#define ANSWER_MAX ((size_t)48 * 1024 * 1024)
#define TYPE_ATOM "application/atom+xml;charset=utf-8"

static const struct http_field version = { { "DataServiceVersion", 18 }, { "2.0", 3 } };

static struct odata_document document_of(const struct odata_call *oc, const char *set)
{
	return (struct odata_document){ oc->root, odata_entity_find(set), &oc->query, wall_now() };
}

/* The fields that every answer has: the version, and the CSRF token where it is fetched. */
static size_t common_fields(struct odata_call *oc, struct odata_csrf_fields *csrf, struct http_field out[4])
{
	out[0] = version;
	return 1 + odata_csrf_fetch(oc, csrf, out + 1);
}

static void answer_json(struct odata_call *oc, int status, struct value *take_v)
{
	AUTO(odata_csrf_fields_fini) struct odata_csrf_fields csrf = { 0 };
	struct http_field fields[4];
	size_t n = common_fields(oc, &csrf, fields);
	call_answer_fields(oc->call, status, fields, n, take_v);
}

static void answer_text(struct odata_call *oc, int status, const char *type, struct str text,
			struct http_field further)
{
	AUTO(odata_csrf_fields_fini) struct odata_csrf_fields csrf = { 0 };
	struct http_field fields[6];
	size_t n = common_fields(oc, &csrf, fields);
	fields[n++] = (struct http_field){ STR("Content-Type"), str_of(type) };
	if (further.name.n > 0) {
		fields[n++] = further;
	}
	call_answer_bytes(oc->call, status, fields, n, text);
}

static void answer_too_large(struct odata_call *oc)
{
	struct err err = { 0 };
	(void)err_set(&err, RC_LIMIT, "The answer is too large; ask for less with $top.");
	odata_fail(oc, &err);
}

static void answer_count(struct odata_call *oc, uint64_t count)
{
	AUTO_FREE char *text = mem_printf("%llu", (unsigned long long)count);
	answer_text(oc, 200, "text/plain;charset=utf-8", str_of(text), (struct http_field){ 0 });
}

void odata_answer_one(struct odata_call *oc, int status, const char *set, struct value *take_entity)
{
	AUTO_VALUE *entity = take_entity;
	struct odata_document document = document_of(oc, set);
	if (!odata_check(oc, set)) {
		return;
	}
	if (oc->counting) {
		answer_count(oc, 1);
		return;
	}
	if (!oc->xml) {
		answer_json(oc, status, odata_document_one(&document, entity));
		return;
	}
	AUTO_BUF(out, ANSWER_MAX);
	if (odata_document_entry(&document, entity, &out) != RC_OK) {
		answer_too_large(oc);
	} else {
		answer_text(oc, status, TYPE_ATOM, buf_str(&out), (struct http_field){ 0 });
	}
}

void odata_answer_page(struct odata_call *oc, const char *set, struct value *take_page, uint64_t count)
{
	AUTO_VALUE *page = take_page;
	struct odata_document document = document_of(oc, set);
	if (oc->counting) {
		answer_count(oc, count);
		return;
	}
	if (!oc->xml) {
		struct value *v = odata_document_many(&document, page, oc->query.count, count);
		if (oc->next) {
			value_set_c(value_get(v, "d"), "__next", oc->next);
		}
		answer_json(oc, 200, v);
		return;
	}
	AUTO_BUF(out, ANSWER_MAX);
	if (odata_document_feed(&document, page, oc->query.count, count, &out) != RC_OK) {
		answer_too_large(oc);
	} else {
		answer_text(oc, 200, TYPE_ATOM, buf_str(&out), (struct http_field){ 0 });
	}
}

void odata_answer_many(struct odata_call *oc, const char *set, struct value *take_entities)
{
	uint64_t count = 0;
	if (!odata_check(oc, set)) {
		value_free(take_entities);
		return;
	}
	struct value *page = odata_query_apply(&oc->query, take_entities, &count);
	odata_answer_page(oc, set, page, count);
}

void odata_answer_file(struct odata_call *oc, const char *type, const char *name, struct str bytes)
{
	char shown[200];
	AUTO_FREE char *disposition = name ? mem_printf("attachment; filename=\"%s\"",
							str_printable(str_of(name), shown, sizeof(shown)))
					   : NULL;
	for (char *c = disposition ? disposition + strlen("attachment; filename=\"") : NULL; c && *c; c++) {
		if ((*c == '"' || *c == '\\') && c[1]) {
			*c = '_';
		}
	}
	answer_text(oc, 200, type, bytes,
		    name ? (struct http_field){ STR("Content-Disposition"), str_of(disposition) }
			 : (struct http_field){ 0 });
}

void odata_answer_text(struct odata_call *oc, int status, const char *text)
{
	answer_text(oc, status, "text/plain;charset=utf-8", str_of(text), (struct http_field){ 0 });
}

void odata_answer_empty(struct odata_call *oc, int status)
{
	answer_json(oc, status, NULL);
}

void odata_fail_status(struct odata_call *oc, int status, const struct err *err)
{
	call_fail_status(oc->call, status, err);
}

/* What is not served is said to be wrong input: tools know 400, and hardly 422. */
void odata_fail(struct odata_call *oc, const struct err *err)
{
	int status = call_status(err);
	odata_fail_status(oc, status == 422 ? 400 : status, err);
}

const char *odata_key(struct odata_call *oc, size_t segment, const char *name)
{
	const char *key = odata_path_key(&oc->path, segment, name);
	if (key) {
		return key;
	}
	struct err err = { 0 };
	(void)err_set(&err, RC_INVALID, "The key %s is missing.", name);
	(void)err_field(&err, name);
	odata_fail_status(oc, 400, &err);
	return NULL;
}

bool odata_check(struct odata_call *oc, const char *set)
{
	struct err err = { 0 };
	if (odata_entity_check(odata_entity_find(set), &oc->query, &err) == RC_OK) {
		return true;
	}
	odata_fail(oc, &err);
	return false;
}

struct odata_call *odata_job_ended(void *context, const struct value *answer, const struct err *err)
{
	struct call *call = context;
	if (!answer) {
		call_fail(call, err);
	}
	return answer ? call->state : NULL;
}
