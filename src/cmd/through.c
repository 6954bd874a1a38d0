/* SPDX-License-Identifier: Apache-2.0
 * One HTTP call through a destination, with its certificate, as an app would make it. */
#include "cmd/through.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "cmd/output.h"
#include "keystore/container.h"
#include "model/reason.h"

#include <curl/curl.h>
#include <stdio.h>

#define STORE_MAX ((size_t)4 * 1024 * 1024)
#define PEM_MAX ((size_t)2 * 1024 * 1024)
#define SYSTEM_ANCHORS "/etc/ssl/certs/ca-certificates.crt"
#define CONNECT_TIMEOUT_S 10L
#define TIMEOUT_S 120L

struct through {
	const struct through_request *request;
	const struct value *configuration;
	CURL *curl;
	struct curl_slist *headers;
	struct buf url, chain, key, anchors;
	struct through_answer *answer;
	char problem[CURL_ERROR_SIZE];
};

static void through_fini(struct through *t)
{
	curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->headers);
	buf_fini(&t->url);
	buf_fini(&t->chain);
	buf_fini(&t->key);
	buf_fini(&t->anchors);
}

static enum rc fail(const struct through *t, enum rc code, enum reason reason, struct err *reterr)
{
	AUTO_VALUE *evidence = value_object();
	const char *name = value_get_c(t->configuration, "Name"),
		   *store = value_get_c(t->configuration, "KeyStoreLocation");
	value_set_c(evidence, "destination", name ? name : "");
	if (store)
		value_set_c(evidence, "file", store);
	return reason_err(reterr, code, reason, evidence);
}

static bool is(const struct through *t, const char *property, const char *value)
{
	return str_equal_nocase(value_get_str(t->configuration, property), str_of(value));
}

/* The uploaded file of that name, decoded. */
static enum rc find_file(const struct through *t, const char *name, struct buf *out)
{
	const struct value *certificates = value_get(t->request->found, "certificates");
	for (size_t i = 0; i < value_count(certificates); i++) {
		const char *one = value_get_c(value_at(certificates, i), "Name");
		if (one && strcmp(one, name) == 0)
			return base64_decode(out, value_get_str(value_at(certificates, i), "Content"), true);
	}
	return RC_NOT_FOUND;
}

static enum rc use_key_store(struct through *t, struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, STORE_MAX);
	AUTO(container_free_cleanup) struct container *container = NULL;
	struct err err = { 0 };
	const char *location = value_get_c(t->configuration, "KeyStoreLocation");
	if (!location || !*location)
		return fail(t, RC_INVALID, REASON_D411, reterr);
	if (find_file(t, location, &bytes) != RC_OK)
		return fail(t, RC_INVALID, REASON_D402, reterr);
	struct str password = value_get_str(t->configuration, "KeyStorePassword");
	enum rc rc = container_open(&container, buf_str(&bytes), password, &err);
	if (rc == RC_DENIED)
		return fail(t, RC_INVALID, REASON_D403, reterr);
	if (rc != RC_OK) {
		if (reterr)
			*reterr = err;
		return rc;
	}
	for (size_t i = 0; i < container->n; i++) {
		const struct container_entry *e = &container->entries[i];
		if (!e->key || e->chain.n == 0)
			continue;
		TRY(key_format_pem(e->key, STR_NONE, &t->key));
		for (size_t c = 0; c < e->chain.n; c++)
			TRY(cert_format_pem(e->chain.items[c], &t->chain));
		return RC_OK;
	}
	return fail(t, RC_INVALID, REASON_P104, reterr);
}

static void add_system_anchors(struct buf *out)
{
	FILE *file = fopen(SYSTEM_ANCHORS, "re");
	char part[8192];
	size_t n;
	while (file && (n = fread(part, 1, sizeof(part), file)) > 0)
		if (!buf_add(out, str_from(part, n)))
			break;
	if (file)
		fclose(file);
}

/* Postern's own CA and the destination's trust store; the system's where the destination names none. */
static enum rc use_anchors(struct through *t, struct err *reterr)
{
	const char *location = value_get_c(t->configuration, "TrustStoreLocation");
	buf_add(&t->anchors, t->request->own_ca);
	if (!location || !*location) {
		add_system_anchors(&t->anchors);
		return RC_OK;
	}
	AUTO_BUF(bytes, STORE_MAX);
	AUTO(container_free_cleanup) struct container *container = NULL;
	if (find_file(t, location, &bytes) != RC_OK)
		return fail(t, RC_INVALID, REASON_D406, reterr);
	TRY(container_open(&container, buf_str(&bytes), value_get_str(t->configuration, "TrustStorePassword"),
			   reterr));
	for (size_t i = 0; i < container->n; i++)
		for (size_t c = 0; c < container->entries[i].chain.n; c++)
			TRY(cert_format_pem(container->entries[i].chain.items[c], &t->anchors));
	return RC_OK;
}

static void add_query(struct buf *url, const char *name, struct str value)
{
	buf_add_char(url, str_find(buf_str(url), '?') < url->n ? '&' : '?');
	percent_encode(url, str_of(name));
	buf_add_char(url, '=');
	percent_encode(url, value);
}

static enum rc make_url(struct through *t, struct err *reterr)
{
	struct str base = value_get_str(t->configuration, "URL");
	const char *path = t->request->path, *name;
	struct value *member;
	while (path && *path && base.n && base.p[base.n - 1] == '/')
		base.n--;
	buf_add(&t->url, base);
	if (path && *path)
		buf_printf(&t->url, "%s%s", *path == '/' || *path == '?' ? "" : "/", path);
	for (size_t i = 0; value_member(t->configuration, i, &name, &member); i++)
		if (strncmp(name, "URL.queries.", 12) == 0)
			add_query(&t->url, name + 12, value_str(member));
	return t->url.n ? RC_OK : err_set(reterr, RC_INVALID, "The destination has no URL.");
}

static void add_header(struct through *t, const char *name, const char *value)
{
	AUTO_FREE_SECRET char *line = mem_printf("%s: %s", name, value);
	if (!strpbrk(line, "\r\n"))
		t->headers = curl_slist_append(t->headers, line);
}

static void make_headers(struct through *t)
{
	const struct value *token = value_at(value_get(t->request->found, "authTokens"), 0);
	const struct value *header = value_get(token, "http_header");
	const char *name;
	struct value *member;
	for (size_t i = 0; value_member(t->configuration, i, &name, &member); i++)
		if (strncmp(name, "URL.headers.", 12) == 0 && value_c(member))
			add_header(t, name + 12, value_c(member));
	if (value_get_c(header, "key") && value_get_c(header, "value"))
		add_header(t, value_get_c(header, "key"), value_get_c(header, "value"));
	if (value_get_c(t->configuration, "sap-client"))
		add_header(t, "sap-client", value_get_c(t->configuration, "sap-client"));
	for (size_t i = 0; i < t->request->n_headers; i++)
		t->headers = curl_slist_append(t->headers, t->request->headers[i]);
	t->headers = curl_slist_append(t->headers, "Expect:");
}

static size_t on_header(char *bytes, size_t size, size_t n, void *context)
{
	struct through *t = context;
	struct str line = str_trim(str_from(bytes, size * n)), name, value = line;
	char shown[2048];
	if (t->request->verbose)
		output_say("< %s", str_printable(line, shown, sizeof(shown)));
	if (str_split(&value, ':', &name) && str_equal_nocase(name, STR("x-request-id")))
		str_printable(str_trim(value), t->answer->request_id, sizeof(t->answer->request_id));
	return size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
	output_bytes(str_from(bytes, size * n));
	return size * n;
}

/* Only what is sent as head is told, never key or token. */
static int on_debug(CURL *curl, curl_infotype type, char *bytes, size_t n, void *context)
{
	struct str text = str_from(bytes, n), line;
	char shown[2048];
	while (type == CURLINFO_HEADER_OUT && text.p && str_split(&text, '\n', &line)) {
		line = str_trim(line);
		bool secret = str_starts_with(line, STR("Authorization:")) ||
			      str_starts_with(line, STR("authorization:"));
		if (line.n)
			output_say("> %s", secret ? "Authorization: ********"
						  : str_printable(line, shown, sizeof(shown)));
	}
	return 0;
}

static void set_blob(CURL *curl, CURLoption option, const struct buf *b)
{
	struct curl_blob blob = { .data = b->p, .len = b->n, .flags = CURL_BLOB_NOCOPY };
	if (b->n)
		curl_easy_setopt(curl, option, &blob);
}

static void set_options(struct through *t)
{
	CURL *c = t->curl;
	bool head = strcmp(t->request->method, "HEAD") == 0;
	curl_easy_setopt(c, CURLOPT_URL, buf_c(&t->url));
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "postern/" POSTERN_VERSION);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->problem);
	if (t->request->verbose) {
		curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
		curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, on_debug);
	}
	if (t->request->body.p) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, t->request->body.p);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request->body.n);
	}
	if (head)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, t->request->method);
	set_blob(c, CURLOPT_CAINFO_BLOB, &t->anchors);
	set_blob(c, CURLOPT_SSLCERT_BLOB, &t->chain);
	set_blob(c, CURLOPT_SSLKEY_BLOB, &t->key);
	if (is(t, "TrustAll", "true")) {
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (is(t, "Authentication", "BasicAuthentication")) {
		curl_easy_setopt(c, CURLOPT_USERNAME, value_get_c(t->configuration, "User"));
		curl_easy_setopt(c, CURLOPT_PASSWORD, value_get_c(t->configuration, "Password"));
	}
}

static enum rc perform(struct through *t, struct err *reterr)
{
	CURLcode done = curl_easy_perform(t->curl);
	curl_off_t total = 0, tls = 0;
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->answer->status);
	curl_easy_getinfo(t->curl, CURLINFO_TOTAL_TIME_T, &total);
	curl_easy_getinfo(t->curl, CURLINFO_APPCONNECT_TIME_T, &tls);
	output_flush();
	if (t->request->verbose)
		output_say("* TLS after %.1f ms, whole %.1f ms", (double)tls / 1000.0,
			   (double)total / 1000.0);
	if (done == CURLE_OK)
		return RC_OK;
	enum rc rc = done == CURLE_PEER_FAILED_VERIFICATION ? fail(t, RC_CERT, REASON_D406, reterr)
							    : fail(t, RC_IO, REASON_D409, reterr);
	if (reterr) {
		char text[sizeof(reterr->text)];
		snprintf(text, sizeof(text), "%.240s (%.240s)", reterr->text,
			 t->problem[0] ? t->problem : curl_easy_strerror(done));
		snprintf(reterr->text, sizeof(reterr->text), "%s", text);
	}
	return rc;
}

static enum rc prepare(struct through *t, struct err *reterr)
{
	if (is(t, "ProxyType", "OnPremise"))
		return fail(t, RC_INVALID, REASON_D407, reterr);
	TRY(make_url(t, reterr));
	if (is(t, "Authentication", "ClientCertificateAuthentication")) {
		if (!str_starts_with(buf_str(&t->url), STR("https://"))) {
			AUTO_VALUE *evidence = value_object();
			struct str url = value_get_str(t->configuration, "URL");
			AUTO_FREE char *secure =
				mem_printf("https%.*s", STR_ARG(str_skip(url, str_find(url, ':'))));
			value_set_c(evidence, "destination", value_get_c(t->configuration, "Name"));
			value_set_c(evidence, "url", secure);
			return reason_err(reterr, RC_INVALID, REASON_D401, evidence);
		}
		TRY(use_key_store(t, reterr));
	}
	TRY(use_anchors(t, reterr));
	make_headers(t);
	t->curl = curl_easy_init();
	if (!t->curl)
		return err_set(reterr, RC_BUG, "libcurl does not start.");
	set_options(t);
	return RC_OK;
}

enum rc through_call(const struct through_request *request, struct through_answer *ret, struct err *reterr)
{
	*ret = (struct through_answer){ 0 };
	AUTO(through_fini)
	struct through t = {
		.request = request,
		.configuration = value_get(request->found, "destinationConfiguration"),
		.url = BUF(16384),
		.chain = BUF(PEM_MAX),
		.key = BUF_SECRET(PEM_MAX),
		.anchors = BUF(PEM_MAX * 2),
		.answer = ret,
	};
	TRY(prepare(&t, reterr));
	return perform(&t, reterr);
}
