/* SPDX-License-Identifier: Apache-2.0
 * Message processing logs: listed as the query asks, with their errors. */
#include "api/odata/odata_answer.h"
#include "api/odata/odata_handler.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "service/monitor/message_entity.h"

#define SET "MessageProcessingLogs"
/* Most logs of one answer, and most that are held to be sorted otherwise than by time. */
#define PAGE_MAX 1000
#define SORT_MAX 20000

/* A list being collected. */
struct collection {
	const struct odata_query *query;
	struct value *entities;
	uint64_t passed;      /* those that passed the filter so far */
	uint64_t first, most; /* the window that is kept; everything when sorting */
	bool whole;           /* walk to the end, for the count or for sorting */
	bool too_many;
};

/* The order in which messages are walked anyway. */
static bool is_natural_order(const struct odata_query *query)
{
	return query->n_orders == 0 || (query->n_orders == 1 && query->orders[0].descending &&
					strcmp(query->orders[0].member, "LogEnd") == 0);
}

static bool collect(void *context, struct value *take_entity)
{
	struct collection *c = context;
	AUTO_VALUE *entity = take_entity;
	if (c->query->filter && !odata_filter_match(c->query->filter, entity)) {
		return true;
	}
	uint64_t place = c->passed++;
	if (place >= c->first && value_count(c->entities) < c->most) {
		value_append(c->entities, TAKE(entity));
	}
	c->too_many = c->most == SORT_MAX && c->passed > SORT_MAX;
	/* One more than the window is looked for, so that it is known whether there is a next page. */
	return !c->too_many && (c->whole || c->passed <= c->first + c->most);
}

/* What $expand asks for and no message has. */
static void add_empty(const struct odata_query *query, struct value *entity)
{
	static const char *const names[] = { "CustomHeaderProperties", "MessageStoreEntries", "Attachments" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (odata_query_expands(query, names[i])) {
			value_set(entity, names[i], value_array());
		}
	}
}

static struct value *error_entity(const struct value *message)
{
	const struct value *error = value_get(message, "error");
	if (!error) {
		return value_null();
	}
	struct value *v = value_object();
	value_set_str(v, "MessageGuid", value_get_str(message, "MessageGuid"));
	value_set_c(v, "Type", "text/plain");
	value_set_str(v, "LastErrorModelStepId", value_get_str(error, "step"));
	return v;
}

static void expand(struct odata_call *oc, struct value *entity)
{
	bool attributes = odata_query_expands(&oc->query, "AdapterAttributes");
	add_empty(&oc->query, entity);
	if (!attributes && !odata_query_expands(&oc->query, "ErrorInformation")) {
		return;
	}
	AUTO_VALUE *whole = NULL;
	struct err err = { 0 };
	if (service_message_entity(oc->call->session, oc->call->tenant, value_get_c(entity, "MessageGuid"),
				   &whole, &err) != RC_OK) {
		return;
	}
	value_set(entity, "ErrorInformation", error_entity(whole));
	value_set(entity, "AdapterAttributes", value_ref(value_get(whole, "AdapterAttributes")));
}

/* The same request with another $skip. */
static char *next_link(const struct odata_call *oc, uint64_t skip)
{
	AUTO_BUF(out, 32768);
	struct str query = oc->call->request.query, pair;
	(void)buf_printf(&out, "%s/" SET "?$skip=%llu", oc->root, (unsigned long long)skip);
	while (query.p && query.n > 0 && str_split(&query, '&', &pair)) {
		AUTO_BUF(name, 256);
		struct str raw = str_first(pair, str_find(pair, '='));
		if (percent_decode(&name, raw, true) == RC_OK && !str_is(buf_str(&name), "$skip") &&
		    !str_is(buf_str(&name), "$top")) {
			(void)buf_printf(&out, "&%.*s", STR_ARG(pair));
		}
	}
	return buf_take(&out);
}

static void refuse_sorting(struct odata_call *oc)
{
	struct err err = { 0 };
	(void)err_set(&err, RC_INVALID,
		      "More than %d logs would have to be sorted; narrow $filter, or order by LogEnd desc.",
		      SORT_MAX);
	(void)err_field(&err, "$orderby");
	odata_fail(oc, &err);
}

void odata_message_list(struct odata_call *oc)
{
	const struct odata_query *query = &oc->query;
	bool natural = oc->counting || is_natural_order(query);
	struct err err = { 0 };
	if (!odata_check(oc, SET)) {
		return;
	}
	uint64_t most = query->has_top && query->top < PAGE_MAX ? query->top : PAGE_MAX;
	struct collection c = { .query = query,
				.entities = value_array(),
				.first = natural ? query->skip : 0,
				.most = natural ? most : SORT_MAX,
				.whole = !natural || query->count || oc->counting };
	const char *artifact = odata_filter_required(query->filter, "IntegrationArtifact/Id");
	if (!artifact) {
		artifact = odata_filter_required(query->filter, "IntegrationFlowName");
	}
	enum rc rc = service_message_walk(oc->call->session, oc->call->tenant, artifact,
					  odata_filter_required(query->filter, "Status"), collect, &c, &err);
	AUTO_VALUE *entities = c.entities;
	if (rc != RC_OK) {
		odata_fail(oc, &err);
		return;
	}
	if (c.too_many && !oc->counting) {
		refuse_sorting(oc);
		return;
	}
	if (!natural) {
		struct odata_query sorted = *query;
		uint64_t ignored = 0;
		sorted.filter = NULL;
		sorted.has_top = true;
		sorted.top = most;
		entities = odata_query_apply(&sorted, entities, &ignored);
	}
	for (size_t i = 0; i < value_count(entities); i++) {
		expand(oc, value_at(entities, i));
	}
	bool capped = !query->has_top || query->top > PAGE_MAX;
	if (capped && c.passed > query->skip + value_count(entities)) {
		oc->next = next_link(oc, query->skip + value_count(entities));
	}
	odata_answer_page(oc, SET, TAKE(entities), c.passed);
}

/* The message in the path; NULL: answered. */
static struct value *message_named(struct odata_call *oc)
{
	const char *id = odata_key(oc, 0, "MessageGuid");
	struct err err = { 0 };
	struct value *v = NULL;
	if (!id) {
		return NULL;
	}
	if (service_message_entity(oc->call->session, oc->call->tenant, id, &v, &err) == RC_OK) {
		return v;
	}
	odata_fail(oc, &err);
	return NULL;
}

void odata_message_get(struct odata_call *oc)
{
	struct value *v = message_named(oc);
	if (!v) {
		return;
	}
	add_empty(&oc->query, v);
	value_set(v, "ErrorInformation", error_entity(v));
	odata_answer_one(oc, 200, SET, v);
}

void odata_message_error(struct odata_call *oc)
{
	AUTO_VALUE *v = message_named(oc);
	if (!v) {
		return;
	}
	if (value_get(v, "error")) {
		odata_answer_one(oc, 200, "MessageProcessingLogErrorInformations", error_entity(v));
	} else {
		odata_answer_empty(oc, 204);
	}
}

void odata_message_error_value(struct odata_call *oc)
{
	AUTO_VALUE *v = message_named(oc);
	if (!v) {
		return;
	}
	if (value_get(v, "error")) {
		odata_answer_text(oc, 200, value_get_c(value_get(v, "error"), "text"));
	} else {
		odata_answer_empty(oc, 204);
	}
}

static void answer_none(struct odata_call *oc, const char *set)
{
	AUTO_VALUE *v = message_named(oc);
	if (v) {
		odata_answer_many(oc, set, value_array());
	}
}

void odata_message_headers(struct odata_call *oc)
{
	answer_none(oc, "MessageProcessingLogCustomHeaderProperties");
}

void odata_message_attributes(struct odata_call *oc)
{
	AUTO_VALUE *v = message_named(oc);
	if (v) {
		odata_answer_many(oc, "MessageProcessingLogAdapterAttributes",
				  value_ref(value_get(v, "AdapterAttributes")));
	}
}

void odata_message_attachments(struct odata_call *oc)
{
	answer_none(oc, "MessageProcessingLogAttachments");
}

void odata_message_store(struct odata_call *oc)
{
	answer_none(oc, "MessageStoreEntries");
}
