/* SPDX-License-Identifier: Apache-2.0
 * Properties of a destination, read as a call. */
#include "outbound/plan.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"

#include <stdio.h>

#define URL_MAX ((size_t)16 * 1024)
#define PROPERTY_HEADER "URL.headers."
#define PROPERTY_QUERY "URL.queries."

/* One plan while it is made. */
struct planning {
	const struct value *found, *configuration;
	const struct outbound_wish *wish;
	struct value *request, *headers;
};

static struct str property(const struct planning *p, const char *name)
{
	return value_get_str(p->configuration, name);
}

static bool property_is(const struct planning *p, const char *name, const char *text)
{
	return str_equal_nocase(property(p, name), str_of(text));
}

struct str outbound_certificate(const struct value *found, const char *name)
{
	return value_get_str(value_find(value_get(found, "certificates"), "Name", str_of(name)), "Content");
}

struct value *outbound_evidence(const struct value *configuration)
{
	struct value *evidence = value_object();
	struct str url = value_get_str(configuration, "URL"),
		   file = value_get_str(configuration, "KeyStoreLocation");
	value_set_str(evidence, "destination", value_get_str(configuration, "Name"));
	if (file.n > 0) {
		value_set_str(evidence, "file", file);
	}
	if (str_starts_with(url, STR("http://"))) {
		AUTO_FREE char *https = mem_printf("https://%.*s", STR_ARG(str_skip(url, 7)));
		value_set_c(evidence, "url", https);
	}
	return evidence;
}

static enum rc refuse(const struct value *configuration, enum reason reason, struct err *reterr)
{
	AUTO_VALUE *evidence = outbound_evidence(configuration);
	return reason_err(reterr, RC_INVALID, reason, evidence);
}

enum rc outbound_plan_trust(const struct value *found, struct str own_ca, struct value *request,
			    struct err *reterr)
{
	const struct value *configuration = value_get(found, "destinationConfiguration");
	const char *location = value_get_c(configuration, "TrustStoreLocation");
	struct str password = value_get_str(configuration, "TrustStorePassword");
	bool named = location && *location;
	struct str trust = outbound_certificate(found, location);
	bool all = str_equal_nocase(value_get_str(configuration, "TrustAll"), STR("true"));
	if (named && !trust.p && !all) {
		AUTO_VALUE *evidence = outbound_evidence(configuration);
		value_set_c(evidence, "file", location);
		return reason_err(reterr, RC_INVALID, REASON_D412, evidence);
	}
	value_set_str(request, "anchors", own_ca);
	value_set_bool(request, "system_anchors", !named);
	value_set_bool(request, "trust_all", all);
	if (trust.p) {
		value_set_str(request, "trust", trust);
	}
	if (password.p) {
		value_set_str(request, "trust_password", password);
	}
	return RC_OK;
}

/* The key pair that is presented, with what is wrong about it told apart. */
static enum rc plan_key_store(struct planning *p, struct err *reterr)
{
	const char *location = value_get_c(p->configuration, "KeyStoreLocation");
	struct str content = outbound_certificate(p->found, location),
		   password = property(p, "KeyStorePassword");
	if (!str_starts_with(property(p, "URL"), STR("https://"))) {
		return refuse(p->configuration, REASON_D401, reterr);
	}
	if (!location || !*location) {
		return refuse(p->configuration, REASON_D411, reterr);
	}
	if (!content.p) {
		return refuse(p->configuration, REASON_D402, reterr);
	}
	value_set_str(p->request, "container", content);
	value_set_str(p->request, "password", password.p ? password : STR(""));
	return RC_OK;
}

/* The path goes before the query that the URL has; the destination's own queries behind everything. */
static enum rc plan_url(struct planning *p, struct err *reterr)
{
	struct str base = property(p, "URL");
	const char *path = p->wish->path, *name;
	struct value *member;
	struct uri uri;
	AUTO_BUF(url, URL_MAX);
	if (uri_parse(base, &uri, NULL) != RC_OK) {
		(void)refuse(p->configuration, REASON_D409, reterr);
		(void)err_set(reterr, RC_INVALID, "The destination's URL is none of http or https.");
		(void)err_reason(reterr, "D409");
		return err_fix(reterr, "`postern destination update %.*s --set URL=https://HOST/PATH`",
			       STR_ARG(property(p, "Name")));
	}
	while (path && *path && base.n && base.p[base.n - 1] == '/') {
		base.n--;
	}
	buf_add(&url, base);
	if (path && *path) {
		buf_printf(&url, "%s%s", *path == '/' || *path == '?' ? "" : "/", path);
	}
	for (size_t i = 0; value_member(p->configuration, i, &name, &member); i++) {
		if (strncmp(name, PROPERTY_QUERY, strlen(PROPERTY_QUERY)) != 0) {
			continue;
		}
		buf_add_char(&url, str_find(buf_str(&url), '?') < url.n ? '&' : '?');
		percent_encode(&url, str_of(name + strlen(PROPERTY_QUERY)));
		buf_add_char(&url, '=');
		percent_encode(&url, value_str(member));
	}
	if (url.overflow) {
		return err_set(reterr, RC_LIMIT, "The URL is longer than %zu characters.", URL_MAX);
	}
	value_set_str(p->request, "url", buf_str(&url));
	return RC_OK;
}

static bool brings_authorization(const struct outbound_wish *wish)
{
	static const struct str name = STR("authorization:");
	for (size_t i = 0; i < wish->n_headers; i++) {
		if (str_equal_nocase(str_first(str_of(wish->headers[i]), name.n), name)) {
			return true;
		}
	}
	return false;
}

/* What the destination's token, or user and password, give: SAP's clients send http_header as it stands. */
static enum rc plan_token(struct planning *p, struct err *reterr)
{
	const struct value *token = value_at(value_get(p->found, "authTokens"), 0);
	const struct value *header = value_get(token, "http_header");
	const char *error = value_get_c(token, "error");
	if (brings_authorization(p->wish)) {
		return RC_OK;
	}
	if (error) {
		(void)refuse(p->configuration, REASON_D423, reterr);
		if (reterr) {
			(void)snprintf(reterr->text, sizeof(reterr->text), "%s %s",
				       reason_info(REASON_D423)->title, error);
		}
		return RC_INVALID;
	}
	if (value_get_c(header, "key") && value_get_c(header, "value")) {
		value_set_str(p->headers, value_get_c(header, "key"), value_get_str(header, "value"));
	}
	return RC_OK;
}

static void plan_headers(struct planning *p)
{
	const char *name;
	struct value *member, *lines = value_array();
	for (size_t i = 0; value_member(p->configuration, i, &name, &member); i++) {
		if (strncmp(name, PROPERTY_HEADER, strlen(PROPERTY_HEADER)) == 0) {
			value_set(p->headers, name + strlen(PROPERTY_HEADER), value_ref(member));
		}
	}
	if (value_get_c(p->configuration, "sap-client")) {
		value_set_str(p->headers, "sap-client", property(p, "sap-client"));
	}
	for (size_t i = 0; i < p->wish->n_headers; i++) {
		value_append_c(lines, p->wish->headers[i]);
	}
	value_set(p->request, "lines", lines);
}

enum rc outbound_plan(const struct value *found, const struct outbound_wish *wish, struct value **ret,
		      struct err *reterr)
{
	AUTO_VALUE *request = value_object();
	struct planning p = { .found = found,
			      .configuration = value_get(found, "destinationConfiguration"),
			      .wish = wish,
			      .request = request,
			      .headers = value_object() };
	value_set(request, "headers", p.headers);
	value_set(request, "evidence", outbound_evidence(p.configuration));
	value_set_c(request, "method", wish->method);
	if (property_is(&p, "ProxyType", "OnPremise")) {
		return refuse(p.configuration, REASON_D407, reterr);
	}
	if (property_is(&p, "Authentication", "ClientCertificateAuthentication")) {
		TRY(plan_key_store(&p, reterr));
	}
	TRY(plan_url(&p, reterr));
	TRY(plan_token(&p, reterr));
	plan_headers(&p);
	TRY(outbound_plan_trust(found, wish->own_ca, request, reterr));
	*ret = TAKE(request);
	return RC_OK;
}
