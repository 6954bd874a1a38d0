/* SPDX-License-Identifier: Apache-2.0
 * The borders of a message: nothing that proves identity or frames HTTP crosses them. */
#include "flow/message.h"

#include "base/memory.h"

void message_fini(struct message_fields *fields)
{
	for (size_t i = 0; i < fields->n; i++) {
		mem_free((void *)(uintptr_t)fields->items[i].name.p);
		mem_free((void *)(uintptr_t)fields->items[i].value.p);
	}
	mem_free(fields->items);
	*fields = (struct message_fields){ .nocase = fields->nocase };
}

static bool same_name(const struct message_fields *fields, struct str a, struct str b)
{
	return fields->nocase ? str_equal_nocase(a, b) : str_equal(a, b);
}

static size_t find(const struct message_fields *fields, struct str name)
{
	size_t i = 0;
	while (i < fields->n && !same_name(fields, fields->items[i].name, name)) {
		i++;
	}
	return i;
}

struct str message_get(const struct message_fields *fields, struct str name)
{
	size_t i = find(fields, name);
	return i < fields->n ? fields->items[i].value : STR_NONE;
}

static bool has_room(struct message_fields *fields, size_t more)
{
	if (more > FLOW_MAX_BODY || fields->bytes + more > FLOW_MAX_BODY) {
		fields->overflow = true;
		return false;
	}
	return true;
}

static void add(struct message_fields *fields, struct str name, struct str value)
{
	if (fields->n >= FLOW_MAX_FIELDS || !has_room(fields, name.n + value.n)) {
		fields->overflow = true;
		return;
	}
	if (fields->n == fields->size) {
		fields->size = fields->size ? fields->size * 2 : 16;
		fields->items = mem_resize(fields->items, fields->size, sizeof(*fields->items));
	}
	fields->items[fields->n++] =
		(struct flow_field){ { str_dup(name), name.n }, { str_dup(value), value.n } };
	fields->bytes += name.n + value.n;
}

static void replace(struct message_fields *fields, size_t i, char *take_value, size_t n)
{
	struct str *value = &fields->items[i].value;
	fields->bytes = fields->bytes - value->n + n;
	mem_free((void *)(uintptr_t)value->p);
	*value = (struct str){ take_value, n };
}

void message_set(struct message_fields *fields, struct str name, struct str value)
{
	size_t i = find(fields, name);
	if (i == fields->n) {
		add(fields, name, value);
	} else if (has_room(fields, value.n)) {
		replace(fields, i, str_dup(value), value.n);
	}
}

void message_append(struct message_fields *fields, struct str name, struct str value)
{
	size_t i = find(fields, name);
	struct str old;
	char *joined;
	if (i == fields->n || str_equal_nocase(name, STR("Set-Cookie"))) {
		add(fields, name, value);
		return;
	}
	old = fields->items[i].value;
	if (!has_room(fields, value.n + 2)) {
		return;
	}
	joined = mem_alloc(old.n + value.n + 3);
	memcpy(joined, old.p, old.n);
	memcpy(joined + old.n, ", ", 2);
	if (value.n > 0) {
		memcpy(joined + old.n + 2, value.p, value.n);
	}
	replace(fields, i, joined, old.n + 2 + value.n);
}

static void remove_at(struct message_fields *fields, size_t i)
{
	fields->bytes -= fields->items[i].name.n + fields->items[i].value.n;
	mem_free((void *)(uintptr_t)fields->items[i].name.p);
	mem_free((void *)(uintptr_t)fields->items[i].value.p);
	memmove(&fields->items[i], &fields->items[i + 1], (fields->n - i - 1) * sizeof(*fields->items));
	fields->n--;
}

void message_remove(struct message_fields *fields, struct str name)
{
	bool prefix = name.n > 0 && name.p[name.n - 1] == '*';
	struct str begin = prefix ? str_first(name, name.n - 1) : name;
	for (size_t i = fields->n; i-- > 0;) {
		struct str its = fields->items[i].name;
		if (prefix ? same_name(fields, str_first(its, begin.n), begin)
			   : same_name(fields, its, name)) {
			remove_at(fields, i);
		}
	}
}

static bool is_one_of(struct str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str its = str_of(names[i]);
		if (its.p[its.n - 1] == '*') {
			its.n--;
			if (str_equal_nocase(str_first(name, its.n), its)) {
				return true;
			}
		} else if (str_equal_nocase(name, its)) {
			return true;
		}
	}
	return false;
}

/** They frame or route one hop and are made anew for the next. Source: RFC 9110 §7.6.1. */
static const char *const HOP[] = { "Connection", "Keep-Alive",        "Proxy-*",       "TE",
				   "Trailer",    "Upgrade",           "Host",          "Expect",
				   "HTTP2-*",    "Transfer-Encoding", "Content-Length" };
/** They are set by the runtime alone; a flow reads them, nobody sends or gets them. */
static const char *const RUNTIME[] = { "Camel*", "SapAuthenticatedUserName" };
/** A caller who sends one of these claims to be somebody, or to be a proxy in front of us. */
static const char *const CREDENTIALS[] = { "Authorization",
					   "Cookie",
					   "X-CSRF-Token",
					   "X-SSL-*",
					   "SSL-Client-*",
					   "SSL_CLIENT_*",
					   "X-Client-Cert*",
					   "Client-Cert*",
					   "X-Forwarded-Client-Cert",
					   "X-Postern-*",
					   "SAP_MessageProcessingLogID",
					   "SAP_MplCorrelationId",
					   "SAP_PregeneratedMplId",
					   "X-ARR-ClientCert" };
/** They speak about a request; in an answer they would only repeat what the caller said. */
static const char *const REQUEST_ONLY[] = { "Accept",        "Accept-*",    "Authorization", "Cookie",
					    "User-Agent",    "From",        "Referer",       "Range",
					    "If-*",          "Origin",      "X-CSRF-Token",  "Forwarded",
					    "X-Forwarded-*", "Max-Forwards" };
/** The gateway sets them itself. */
static const char *const GATEWAY[] = { "Date", "Server", "X-Request-Id" };

static bool is_token(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      str_find(STR("!#$%&'*+-.^_`|~"), c) < 15)) {
			return false;
		}
	}
	return name.n > 0;
}

/** What a flow made could hold line ends; on the wire they would begin another field. */
static bool is_sendable(struct flow_field field)
{
	for (size_t i = 0; i < field.value.n; i++) {
		unsigned char c = (unsigned char)field.value.p[i];
		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return is_token(field.name) && !is_one_of(field.name, HOP, ARRAY_SIZE(HOP)) &&
	       !is_one_of(field.name, RUNTIME, ARRAY_SIZE(RUNTIME));
}

bool message_may_enter(struct str name)
{
	return name.n > 0 && !is_one_of(name, HOP, ARRAY_SIZE(HOP)) &&
	       !is_one_of(name, RUNTIME, ARRAY_SIZE(RUNTIME)) &&
	       !is_one_of(name, CREDENTIALS, ARRAY_SIZE(CREDENTIALS)) &&
	       !str_equal_nocase(name, STR("Accept-Encoding"));
}

bool message_may_call(struct flow_field field)
{
	return is_sendable(field);
}

bool message_may_return(struct str name)
{
	return is_token(name) && !is_one_of(name, HOP, ARRAY_SIZE(HOP)) &&
	       !is_one_of(name, RUNTIME, ARRAY_SIZE(RUNTIME)) &&
	       !is_one_of(name, GATEWAY, ARRAY_SIZE(GATEWAY));
}

bool message_may_leave(struct flow_field field)
{
	return is_sendable(field) && !is_one_of(field.name, REQUEST_ONLY, ARRAY_SIZE(REQUEST_ONLY)) &&
	       !is_one_of(field.name, GATEWAY, ARRAY_SIZE(GATEWAY));
}
