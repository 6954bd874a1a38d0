/* SPDX-License-Identifier: Apache-2.0
 * Finding the repair that this very server can tell. */
#include "service/monitor/repair.h"

#include "base/memory.h"
#include "flow/address.h"
#include "http/uri.h"
#include "service/publish/authority_row.h"
#include "service/publish/own_gateway.h"
#include "service/core/published.h"

#define NAME_MAX_BYTES ((size_t)64)
#define URL_MAX ((size_t)8192)

/* The common name where `ca issue` takes it as it is; else a name to be replaced. */
static void name_of(struct str subject, struct buf *out)
{
	static const struct str plain = STR(CHAR_LOWER CHAR_DIGITS ".-");
	size_t at = str_starts_with(subject, STR("CN=")) ? 0 : str_find_str(subject, STR(",CN=")) + 1;
	struct str name = at < subject.n ? str_skip(subject, at + 3) : STR_NONE;
	name = str_first(name, str_find(name, ','));
	for (size_t i = 0; i < name.n && name.n <= NAME_MAX_BYTES; i++) {
		char c = char_lower(name.p[i]);
		(void)buf_add_char(out, str_find(plain, c) < plain.n ? c : '-');
	}
	if (out->n == 0) {
		(void)buf_add_c(out, "client");
	}
}

static bool is_own(struct session *session, const char *tenant, struct str issuer)
{
	AUTO_CERT_LIST own = { 0 };
	bool found = false;
	if (!issuer.p || service_authority_certs(session, tenant, &own, NULL) != RC_OK) {
		return false;
	}
	for (size_t i = 0; i < own.n; i++) {
		found |= str_is(issuer, cert_subject(own.items[i]));
	}
	return found;
}

bool repair_own_certificate(struct session *session, const char *tenant, enum reason reason,
			    struct str issuer, struct str subject, struct buf *out)
{
	AUTO_BUF(name, NAME_MAX_BYTES + 8);
	bool is_new_certificate = reason == REASON_P108 || reason == REASON_P109 || reason == REASON_P114 ||
				  reason == REASON_K207;
	if (!is_new_certificate || !is_own(session, tenant, issuer)) {
		return false;
	}
	name_of(subject, &name);
	return buf_printf(out, "`postern ca issue %s --out %s.p12`", buf_c(&name), buf_c(&name));
}

bool repair_path(struct session *session, const char *tenant, struct str raw_path, struct buf *out)
{
	struct view view;
	return published_view(session, tenant, &view, NULL) == RC_OK && view_nearest(view, raw_path, out);
}

static bool leads_somewhere(struct view view, struct str raw_path)
{
	AUTO_BUF(path, ADDRESS_PATH_MAX);
	struct registry_record record;
	return address_path(raw_path, &path) == RC_OK && view_endpoint(view, buf_str(&path), &record);
}

struct value *repair_url(struct session *session, const char *tenant, struct str url)
{
	struct view view;
	AUTO_BUF(path, URL_MAX);
	AUTO_BUF(meant, URL_MAX);
	struct uri uri;
	struct str raw;
	if (!own_gateway_path(session, tenant, url, &raw) || uri_parse(url, &uri, NULL) != RC_OK ||
	    published_view(session, tenant, &view, NULL) != RC_OK || leads_somewhere(view, raw) ||
	    !view_nearest(view, raw, &path)) {
		return NULL;
	}
	size_t front = str_find_str(url, STR("://")) + 3;
	front += str_find(str_skip(url, front), '/');
	(void)buf_add(&meant, str_first(url, front));
	(void)buf_add(&meant, buf_str(&path));
	if (uri.query.p) {
		(void)buf_add_char(&meant, '?');
		(void)buf_add(&meant, uri.query);
	}
	struct value *v = value_object();
	value_set_str(v, "url", buf_str(&meant));
	return v;
}
