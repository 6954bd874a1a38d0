/* SPDX-License-Identifier: Apache-2.0
 * One line in the monitor, as JSON for the journal. */
#include "gateway/monitor.h"

#include "base/random.h"
#include "identity/identity.h"
#include "json/text.h"
#include "log/log.h"
#include "policy/policy.h"

#include <stdio.h>

/* Longest text taken from an outsider into one member [bytes]. */
#define TEXT_MAX 1024

const char *monitor_id(struct gateway *g, char out[MONITOR_ID_SIZE])
{
	static const char digits[] = CHAR_LETTERS_DIGITS "-_";
	_Static_assert(GATEWAY_RANDOM_BYTES % (MONITOR_ID_SIZE - 2) == 0, "no byte of a pool is left over");
	if (g->n_random == 0) {
		random_fill(g->random, sizeof(g->random));
		g->n_random = sizeof(g->random);
	}
	out[0] = 'A';
	for (size_t i = 1; i < MONITOR_ID_SIZE - 1; i++) {
		out[i] = digits[g->random[--g->n_random] & 63];
	}
	out[MONITOR_ID_SIZE - 1] = '\0';
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

static void add_cut(struct buf *out, const char *name, struct str text)
{
	json_text_member(out, name, str_first(text, TEXT_MAX));
}

static void add_text(struct buf *out, const char *name, const char *text)
{
	add_cut(out, name, str_of(text));
}

static void add_value(struct buf *out, const char *name, const struct value *v)
{
	AUTO_BUF(json, JOURNAL_MAX_RECORD);
	if (v && value_format(v, &json) != RC_OK) {
		out->overflow = true;
		return;
	}
	json_text_member_json(out, name, buf_str(&json));
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

static void add_reason(struct buf *out, const struct monitor_entry *entry)
{
	AUTO_BUF(text, 4096);
	AUTO_BUF(fix, 4096);
	if (entry->text) {
		(void)buf_add(&text, str_first(str_of(entry->text), 4000));
	} else if (entry->reason != REASON_NONE) {
		policy_format_text(entry->reason, entry->presented, entry->expected, &text);
	}
	if (entry->fix) {
		(void)buf_add_c(&fix, entry->fix);
	} else if (entry->reason != REASON_NONE) {
		AUTO_VALUE *evidence = evidence_of(entry);
		reason_format_fix(entry->reason, evidence, &fix);
	}
	json_text_member(out, "text", buf_str(&text));
	json_text_member(out, "fix", buf_str(&fix));
}

static void add_caller(struct buf *out, const struct monitor_entry *e)
{
	add_text(out, "client", e->client);
	add_text(out, "service_key", e->service_key);
	add_text(out, "instance", e->instance);
	add_text(out, "authentication", e->how);
	add_text(out, "subject", e->subject);
	add_text(out, "sha256", e->sha256);
	json_text_member_bool(out, "verified", e->anchored);
}

void monitor_format_caller(const struct monitor_entry *entry, struct buf *out)
{
	add_caller(out, entry);
}

static void add_entry(struct buf *out, const struct monitor_entry *e, bool with_evidence)
{
	char time[WALL_TEXT_SIZE];
	(void)buf_add_char(out, '{');
	add_text(out, "id", e->id);
	add_text(out, "tenant", e->tenant);
	add_text(out, "time", wall_format_ms(wall_now(), time));
	add_text(out, "artifact", e->artifact);
	add_cut(out, "address", e->address);
	add_text(out, "status", e->status);
	json_text_member_bool(out, "probe", e->probe);
	json_text_member_int(out, "http_status", e->http_status);
	add_text(out, "code", reason_info(e->reason)->code);
	add_text(out, "tls", e->tls);
	json_text_member_int(out, "duration_us", e->duration_us);
	add_text(out, "peer", e->peer);
	add_cut(out, "method", e->method);
	add_cut(out, "host", e->host);
	add_text(out, "sni", e->sni);
	add_cut(out, "user_agent", e->user_agent);
	json_text_member_int(out, "request_bytes", (int64_t)e->request_bytes);
	json_text_member_int(out, "response_bytes", (int64_t)e->response_bytes);
	if (e->amends) {
		json_text_member_bool(out, "amends", true);
	}
	if (e->count) {
		json_text_member_int(out, "count", (int64_t)e->count);
	}
	if (e->caller.n) {
		(void)buf_add_char(out, ',');
		(void)buf_add(out, e->caller);
	} else {
		add_caller(out, e);
	}
	/* What was presented and expected says why somebody was refused. */
	if (e->reason != REASON_NONE && with_evidence) {
		add_value(out, "presented", e->presented);
		add_value(out, "expected", e->expected);
	}
	if (e->reason != REASON_NONE || e->text) {
		add_reason(out, e);
	}
	(void)buf_add_char(out, '}');
}

enum rc monitor_record(struct gateway *g, const struct monitor_entry *entry, struct err *reterr)
{
	for (int with_evidence = 1; with_evidence >= 0; with_evidence--) {
		buf_clear(&g->line);
		add_entry(&g->line, entry, with_evidence != 0);
		if (!g->line.overflow) {
			return journal_append(g->journal, str_of(entry->tenant), buf_str(&g->line), reterr);
		}
	}
	return err_set(reterr, RC_LIMIT, "A message's record is longer than the journal takes.");
}

enum rc monitor_record_stranger(struct gateway *g, const struct monitor_entry *entry, struct err *reterr)
{
	return quota_try(&g->quota, loop_now(g->loop)) ? monitor_record(g, entry, reterr) : RC_OK;
}

void monitor_flush_strangers(struct gateway *g, struct mono now)
{
	char id[MONITOR_ID_SIZE];
	char text[160];
	uint64_t dropped = quota_take_dropped(&g->quota, now);
	if (dropped == 0) {
		return;
	}
	(void)snprintf(text, sizeof(text), "%llu more refusals of unknown callers, not recorded one by one.",
		       (unsigned long long)dropped);
	const struct monitor_entry entry = { .id = monitor_id(g, id),
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
