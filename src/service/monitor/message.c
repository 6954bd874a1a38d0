/* SPDX-License-Identifier: Apache-2.0
 * The monitor: journal records become rows, rows become answers. */
#include "service/monitor/message.h"

#include "base/memory.h"
#include "log/log.h"
#include "model/reason.h"
#include "service/publish/change.h"
#include "service/core/input.h"
#include "service/monitor/repair.h"
#include "store/content/message.h"
#include "store/subaccount/tenant.h"

/* At once for somebody who waits: a change that comes meanwhile waits for no more than one of them. */
#define SLICE 500
/* At once in the background, five times a second: some percent of a core at most.
 * A query takes over the rest. */
#define SOME 100
/* Trimming walks over all that is kept. */
#define TRIM_EVERY 10000
/* A query does not run after gateways that write faster than it reads. */
#define MAX_AT_ONCE ((size_t)2 * MESSAGE_KEEP)
#define MAX_FIX 2048

static const char *text_of(const struct value *v, const char *name)
{
	const char *c = value_get_c(v, name);
	return c ? c : "";
}

/* A record that cannot be read is logged and left out; it must not hold up those behind it. */
static enum rc take_record(void *context, struct str record, struct err *reterr)
{
	struct session *session = context;
	AUTO_VALUE *v = NULL;
	AUTO_FREE char *text = str_dup(record);
	struct wall time = { 0 };
	const char *tenant;
	enum rc rc;
	if (value_parse(&v, record, JOURNAL_MAX_RECORD, NULL) != RC_OK || !value_get_c(v, "id")) {
		log_event(LOG_ERROR, "journal_record_unreadable", "size=%zu", record.n);
		return RC_OK;
	}
	if (wall_parse(value_get_str(v, "time"), &time) != RC_OK) {
		time = wall_now();
	}
	tenant = value_get_c(v, "tenant");
	struct store_message row = {
		.tenant = tenant && tenant[0] ? tenant : SERVICE_TENANT_DEFAULT,
		.id = text_of(v, "id"),
		.time = time,
		.artifact = text_of(v, "artifact"),
		.address = text_of(v, "address"),
		.status = text_of(v, "status"),
		.probe = value_get_bool(v, "probe", false),
		.http_status = value_get_int(v, "http_status", 0),
		.code = text_of(v, "code"),
		.client = text_of(v, "client"),
		.subject = text_of(v, "subject"),
		.sha256 = text_of(v, "sha256"),
		.tls = text_of(v, "tls"),
		.duration_us = value_get_int(v, "duration_us", 0),
		.record = text,
	};
	/* An answer in parts that broke off after its line was written: what became of it comes later. */
	rc = value_get_bool(v, "amends", false) ? store_message_replace(session->store, &row, reterr)
						: store_message_add(session->store, &row, reterr);
	if (rc == RC_CONFLICT) {
		log_event(LOG_WARNING, "journal_record_without_tenant", "id=%s", row.id);
		return RC_OK;
	}
	session->ingested += rc == RC_OK;
	return rc;
}

static enum rc trim(struct session *session, struct err *reterr)
{
	AUTO(store_tenant_list_fini) struct store_tenant_list tenants = { 0 };
	if (session->ingested < TRIM_EVERY) {
		return RC_OK;
	}
	TRY(store_tenant_list_all(session->store, &tenants, reterr));
	for (size_t i = 0; i < tenants.n; i++) {
		TRY(store_message_trim(session->store, tenants.items[i].name, MESSAGE_KEEP, reterr));
	}
	session->ingested = 0;
	return RC_OK;
}

/* Records as the journal had them; they are copied, so that nobody waits for the store who only looks at the
 * journal. */
struct records {
	struct record {
		char *bytes;
		size_t n;
	} *items;
	size_t n;
};

static void records_fini(struct records *records)
{
	for (size_t i = 0; i < records->n; i++) {
		mem_free(records->items[i].bytes);
	}
	mem_free(records->items);
}

static enum rc collect(void *context, struct str record, struct err *reterr)
{
	struct records *records = context;
	records->items[records->n++] = (struct record){ mem_dup(record.p, record.n), record.n };
	return RC_OK;
}

static enum rc collect_some(struct session *session, size_t limit, struct records *ret, struct err *reterr)
{
	size_t n = 0;
	ret->items = mem_array(limit, sizeof(*ret->items));
	monitor_enter(&session->service->journal_monitor);
	(void)journal_reader_drop(session->service->journal, MESSAGE_KEEP);
	enum rc rc = journal_reader_read(session->service->journal, limit, collect, ret, &n, reterr);
	monitor_leave(&session->service->journal_monitor);
	return rc;
}

/* An idle server writes nothing. */
static enum rc store_records(struct session *session, const struct records *records, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	if (records->n == 0) {
		return RC_OK;
	}
	TRY(store_transaction_begin(&transaction, session->store, reterr));
	for (size_t i = 0; i < records->n; i++) {
		TRY(take_record(session, str_from(records->items[i].bytes, records->items[i].n), reterr));
	}
	TRY(trim(session, reterr));
	return store_transaction_commit(&transaction, reterr);
}

static void collected_end(struct session *session, bool stored)
{
	monitor_enter(&session->service->journal_monitor);
	if (stored) {
		journal_reader_commit(session->service->journal);
	} else {
		journal_reader_rollback(session->service->journal);
	}
	monitor_leave(&session->service->journal_monitor);
}

static enum rc take_over(struct session *session, size_t limit, bool *ret_more, struct err *reterr)
{
	AUTO(records_fini) struct records records = { 0 };
	enum rc rc = collect_some(session, limit, &records, reterr);
	if (rc == RC_OK) {
		rc = store_records(session, &records, reterr);
	}
	collected_end(session, rc == RC_OK);
	*ret_more = records.n == limit;
	return rc;
}

void service_message_take_slice(struct session *session, struct message_slice *slice)
{
	slice->err = (struct err){ 0 };
	slice->rc = take_over(session, slice->many ? SLICE : SOME, &slice->more, &slice->err);
}

bool service_message_waits(struct session *session)
{
	monitor_enter(&session->service->journal_monitor);
	bool waits = journal_reader_waits(session->service->journal);
	monitor_leave(&session->service->journal_monitor);
	return waits;
}

enum rc service_message_ingest_some(struct session *session, struct err *reterr)
{
	bool more;
	return take_over(session, SOME, &more, reterr);
}

enum rc service_message_ingest(struct session *session, struct err *reterr)
{
	bool more = true;
	for (size_t all = 0; more && all < MAX_AT_ONCE; all += SLICE) {
		TRY(take_over(session, SLICE, &more, reterr));
	}
	return RC_OK;
}

static struct value *message_value(const struct store_message *row)
{
	struct value *v = value_object();
	char time[WALL_TEXT_SIZE];
	value_set_c(v, "id", row->id);
	value_set_c(v, "time", wall_format_ms(row->time, time));
	value_set_c(v, "artifact", row->artifact);
	value_set_c(v, "address", row->address);
	value_set_c(v, "status", row->status);
	value_set_bool(v, "probe", row->probe);
	value_set_int(v, "http_status", row->http_status);
	value_set_c(v, "code", row->code);
	value_set_c(v, "client", row->client);
	value_set_c(v, "subject", row->subject);
	value_set_c(v, "sha256", row->sha256);
	value_set_c(v, "tls", row->tls);
	value_set_int(v, "duration_us", row->duration_us);
	return v;
}

enum rc service_message_list(struct session *session, const char *tenant, const struct value *query,
			     struct value **ret, struct err *reterr)
{
	AUTO(store_message_list_fini) struct store_message_list list = { 0 };
	int64_t limit = 0;
	TRY(field_integer(field_find(&object_message_filter, "limit"), query, &limit, reterr));
	struct store_message_filter filter = { .after = value_get_c(query, "after"),
					       .status = value_get_c(query, "status"),
					       .artifact = value_get_c(query, "artifact"),
					       .code = value_get_c(query, "code"),
					       .limit = (uint32_t)limit };
	TRY(store_message_list_newest(session->store, tenant, &filter, &list, reterr));
	*ret = value_array();
	for (size_t i = 0; i < list.n; i++) {
		value_append(*ret, message_value(&list.items[i]));
	}
	return RC_OK;
}

/* Everything the record has beyond the row: evidence, method, path, error of the flow, ... */
static void add_record(struct value *v, const struct value *record)
{
	const char *name = NULL;
	struct value *member = NULL;
	for (size_t i = 0; value_member(record, i, &name, &member); i++) {
		if (!value_get(v, name) && strcmp(name, "tenant") != 0) {
			value_set(v, name, value_copy(member));
		}
	}
	if (!value_get(v, "presented")) {
		value_set(v, "presented", value_object());
	}
	if (!value_get(v, "expected")) {
		value_set(v, "expected", value_object());
	}
}

static void add_members(struct value *evidence, const struct value *from)
{
	const char *name = NULL;
	struct value *member = NULL;
	for (size_t i = 0; value_member(from, i, &name, &member); i++) {
		value_set(evidence, name, value_copy(member));
	}
}

/* A fix is filled in from what is expected first (the key, the roles), then from what was presented, then the
 * message. */
static struct value *evidence_of(const struct value *v)
{
	struct value *evidence = value_object();
	const char *members[] = { "id", "artifact", "address", "client", "subject", "sha256" };
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const char *c = value_get_c(v, members[i]);
		if (c && c[0]) {
			value_set_c(evidence, members[i], c);
		}
	}
	value_set_c(evidence, "request", value_get_c(v, "id"));
	add_members(evidence, value_get(v, "presented"));
	add_members(evidence, value_get(v, "expected"));
	add_members(evidence, value_get(v, "evidence"));
	return evidence;
}

/* What this server knows beyond the gateway: whose certificate it was, and which endpoint was probably
 * meant. */
static void add_knowledge(struct session *session, const char *tenant, struct value *v, enum reason reason)
{
	AUTO_BUF(fix, MAX_FIX);
	AUTO_BUF(path, 8192);
	struct value *presented = value_get(v, "presented");
	if (repair_own_certificate(session, tenant, reason, value_get_str(presented, "issuer"),
				   value_get_str(presented, "subject"), &fix)) {
		value_set_str(v, "fix", buf_str(&fix));
	}
	if (reason == REASON_R501 &&
	    repair_path(session, tenant, value_get_str(presented, "address"), &path)) {
		AUTO_FREE char *text =
			mem_printf("%s. Meant is probably %s", value_get_c(v, "text"), buf_c(&path));
		value_set_c(v, "text", text);
		value_set_str(value_get(v, "expected"), "address", buf_str(&path));
	}
}

static void add_reason(struct value *v, const char *code)
{
	enum reason reason = reason_find(str_of(code));
	AUTO_VALUE *evidence = evidence_of(v);
	AUTO_BUF(fix, MAX_FIX);
	const char *text = value_get_c(v, "text");
	const char *given = value_get_c(v, "fix");
	if (!text || !text[0]) {
		value_set_c(v, "text", reason == REASON_NONE ? "" : reason_info(reason)->title);
	}
	if (!given || !given[0]) {
		if (reason != REASON_NONE) {
			reason_format_fix(reason, evidence, &fix);
		}
		value_set_c(v, "fix", buf_c(&fix));
	}
}

enum rc service_message_get(struct session *session, const char *tenant, const char *id, struct value **ret,
			    struct err *reterr)
{
	AUTO(store_message_fini) struct store_message row = { 0 };
	AUTO_VALUE *record = NULL;
	enum rc rc;
	rc = store_message_get(session->store, tenant, id, &row, reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[64];
		(void)err_set(reterr, RC_NOT_FOUND, "There is no message %s.",
			      str_printable(str_of(id), shown, sizeof(shown)));
		return err_field(reterr, "id");
	}
	TRY(rc);
	TRY(value_parse(&record, str_of(row.record), JOURNAL_MAX_RECORD, reterr));
	*ret = message_value(&row);
	add_record(*ret, record);
	add_reason(*ret, row.code);
	add_knowledge(session, tenant, *ret, reason_find(str_of(row.code)));
	return RC_OK;
}
