/* SPDX-License-Identifier: Apache-2.0
 * One line in the monitor, as JSON for the journal. */
#include "gateway/monitor.h"

#include "base/memory.h"
#include "base/random.h"
#include "identity/identity.h"
#include "log/log.h"
#include "policy/policy.h"

#include <stdio.h>

/* Longest text taken from an outsider into one member [bytes]. */
#define TEXT_MAX 1024

const char *monitor_id(char out[MONITOR_ID_SIZE])
{
	out[0] = 'A';
	(void)random_text(out + 1, MONITOR_ID_SIZE - 2);
	return out;
}

const char *monitor_how_name(int how)
{
	switch ((enum identity_how)how) {
	case IDENTITY_CERTIFICATE: return "certificate";
	case IDENTITY_BEARER: return "bearer";
	case IDENTITY_BASIC: return "basic";
	case IDENTITY_NONE: return "none";
	}
	return "none";
}

static void set_cut(struct value *v, const char *name, struct str text)
{
	value_set_str(v, name, str_first(text, TEXT_MAX));
}

static void set_text(struct value *v, const char *name, const char *text)
{
	set_cut(v, name, str_of(text ? text : ""));
}

/* What the fix's placeholders are filled from: what would be right comes before what came. */
static struct value *evidence_of(const struct monitor_entry *entry)
{
	struct value *v = entry->expected ? value_copy(entry->expected) : value_object();
	const char *name;
	struct value *member;
	for (size_t i = 0; value_member(entry->presented, i, &name, &member); i++) {
		if (!value_get(v, name)) {
			value_set(v, name, value_copy(member));
		}
	}
	value_set_c(v, "request", entry->id);
	if (entry->instance && entry->instance[0]) {
		value_set_c(v, "instance", entry->instance);
	}
	return v;
}

static void set_reason(struct value *v, const struct monitor_entry *entry)
{
	AUTO_BUF(text, 4096);
	AUTO_BUF(fix, 4096);
	if (entry->text) {
		(void)buf_add(&text, str_first(str_of(entry->text), 4000));
	} else if (entry->reason != REASON_NONE) {
		policy_format_text(entry->reason, entry->presented, entry->expected, &text);
	}
	if (entry->reason != REASON_NONE) {
		AUTO_VALUE *evidence = evidence_of(entry);
		reason_format_fix(entry->reason, evidence, &fix);
	}
	value_set_str(v, "text", buf_str(&text));
	value_set_str(v, "fix", buf_str(&fix));
}

static struct value *entry_value(const struct monitor_entry *e, bool with_evidence)
{
	char time[WALL_TEXT_SIZE];
	struct value *v = value_object();
	set_text(v, "id", e->id);
	set_text(v, "tenant", e->tenant);
	value_set_c(v, "time", wall_format_ms(wall_now(), time));
	set_text(v, "artifact", e->artifact);
	set_cut(v, "address", e->address);
	set_text(v, "status", e->status);
	value_set_bool(v, "probe", e->probe);
	value_set_int(v, "http_status", e->http_status);
	set_text(v, "code", reason_info(e->reason)->code);
	set_text(v, "client", e->client);
	set_text(v, "service_key", e->service_key);
	set_text(v, "instance", e->instance);
	set_text(v, "authentication", e->how);
	set_text(v, "subject", e->subject);
	set_text(v, "sha256", e->sha256);
	value_set_bool(v, "verified", e->anchored);
	set_text(v, "tls", e->tls);
	value_set_int(v, "duration_us", e->duration_us);
	set_text(v, "peer", e->peer);
	set_cut(v, "method", e->method);
	set_cut(v, "host", e->host);
	set_text(v, "sni", e->sni);
	set_cut(v, "user_agent", e->user_agent);
	value_set_int(v, "request_bytes", (int64_t)e->request_bytes);
	value_set_int(v, "response_bytes", (int64_t)e->response_bytes);
	if (e->count) {
		value_set_int(v, "count", (int64_t)e->count);
	}
	value_set(v, "presented", with_evidence && e->presented ? value_copy(e->presented) : value_object());
	value_set(v, "expected", with_evidence && e->expected ? value_copy(e->expected) : value_object());
	set_reason(v, e);
	return v;
}

enum rc monitor_record(struct gateway *g, const struct monitor_entry *entry, struct err *reterr)
{
	for (int with_evidence = 1; with_evidence >= 0; with_evidence--) {
		AUTO_BUF(text, JOURNAL_MAX_RECORD);
		AUTO_VALUE *v = entry_value(entry, with_evidence != 0);
		if (value_format(v, &text) == RC_OK) {
			return journal_append(g->journal, buf_str(&text), reterr);
		}
	}
	return err_set(reterr, RC_LIMIT, "A message's record is longer than the journal takes.");
}

enum rc monitor_record_stranger(struct gateway *g, const struct monitor_entry *entry, struct err *reterr)
{
	return quota_try(&g->quota, loop_now(g->loop)) ? monitor_record(g, entry, reterr) : RC_OK;
}

void monitor_flush_strangers(struct gateway *g)
{
	char id[MONITOR_ID_SIZE];
	char text[160];
	uint64_t dropped = quota_take_dropped(&g->quota, loop_now(g->loop));
	if (dropped == 0) {
		return;
	}
	(void)snprintf(text, sizeof(text), "%llu more refusals of unknown callers, not recorded one by one.",
		       (unsigned long long)dropped);
	const struct monitor_entry entry = { .id = monitor_id(id),
					     .tenant = "default",
					     .status = "REFUSED",
					     .http_status = 401,
					     .reason = REASON_R504,
					     .how = "none",
					     .text = text,
					     .count = dropped };
	struct err err = { 0 };
	if (monitor_record(g, &entry, &err) != RC_OK) {
		log_err(LOG_ERROR, "journal_failed", &err);
	}
}
