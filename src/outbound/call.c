/* SPDX-License-Identifier: Apache-2.0
 * libcurl, told what to do and asked what happened. */
#include "outbound/call.h"

#include "base/memory.h"
#include "http/head.h"
#include "outbound/material.h"
#include "tls/client_note.h"

#include <curl/curl.h>

#define HEADERS_MAX 100
#define HEADER_VALUE_MAX ((size_t)8 * 1024)
#define URL_MAX ((size_t)16 * 1024)
#define CONNECT_MS 5000
#define TOTAL_MS 15000

/* One call while it is made. */
struct call {
	CURL *curl;
	struct curl_slist *headers;
	struct outbound_material material;
	struct tls_client_note note;
	bool in_tls; /* the connection is there and the handshake begins */
	const struct value *request;
	const struct outbound_watch *watch;
	struct outbound_answer *answer;
	char url[URL_MAX + 1];
};

static void call_free(struct call *c)
{
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	outbound_material_fini(&c->material);
	mem_free(c);
}
DEFINE_CLEANUP(struct call, call_free);

void outbound_answer_fini(struct outbound_answer *answer)
{
	value_free(answer->headers);
	*answer = (struct outbound_answer){ 0 };
}

static void keep_header(struct outbound_answer *answer, struct str name, struct str value)
{
	char lower[201];
	if (name.n == 0 || name.n >= sizeof(lower) || value_count(answer->headers) >= HEADERS_MAX) {
		return;
	}
	for (size_t i = 0; i < name.n; i++) {
		lower[i] = char_lower(name.p[i]);
	}
	lower[name.n] = '\0';
	value_set_str(answer->headers, lower, str_first(str_trim(value), HEADER_VALUE_MAX));
}

static size_t on_header(char *bytes, size_t size, size_t n, void *context)
{
	struct call *c = context;
	struct str line = str_trim(str_from(bytes, size * n)), value = line, name;
	if (str_starts_with(line, STR("HTTP/"))) {
		/* An interim answer (100) comes before the real one. */
		value_free(c->answer->headers);
		c->answer->headers = value_object();
	} else if (str_split(&value, ':', &name)) {
		keep_header(c->answer, name, value);
	}
	if (c->watch && c->watch->on_line) {
		c->watch->on_line(c->watch->context, line);
	}
	return size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
	struct call *c = context;
	bool good = !c->watch || !c->watch->on_body ||
		    c->watch->on_body(c->watch->context, str_from(bytes, size * n));
	return good ? size * n : 0;
}

static int on_debug(CURL *curl, curl_infotype type, char *bytes, size_t n, void *context)
{
	struct call *c = context;
	(void)curl;
	if (type == CURLINFO_HEADER_OUT) {
		c->watch->on_sent(c->watch->context, str_from(bytes, n));
	}
	return 0;
}

static CURLcode on_tls(CURL *curl, void *ssl_ctx, void *context)
{
	struct call *c = context;
	(void)curl;
	c->in_tls = true;
	tls_client_note_attach(ssl_ctx, &c->note);
	return CURLE_OK;
}

static void set_blob(CURL *curl, CURLoption option, const struct buf *b)
{
	struct curl_blob blob = { .data = b->p, .len = b->n, .flags = CURL_BLOB_NOCOPY };
	if (b->n > 0) {
		curl_easy_setopt(curl, option, &blob);
	}
}

static void set_tls(struct call *c)
{
	set_blob(c->curl, CURLOPT_CAINFO_BLOB, &c->material.anchors);
	set_blob(c->curl, CURLOPT_SSLCERT_BLOB, &c->material.chain);
	set_blob(c->curl, CURLOPT_SSLKEY_BLOB, &c->material.key);
	if (value_get_bool(c->request, "trust_all", false)) {
		curl_easy_setopt(c->curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c->curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	curl_easy_setopt(c->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c->curl, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(c->curl, CURLOPT_SSL_CTX_DATA, c);
}

static enum rc add_header(struct call *c, struct str name, struct str value, struct err *reterr)
{
	char shown[128];
	if (!http_field_name_ok(name) || !http_field_value_ok(value)) {
		return err_set(reterr, RC_INVALID, "The header field %s has no valid name or value.",
			       str_printable(name, shown, sizeof(shown)));
	}
	/* Without a value libcurl takes a field away instead of sending it empty;
	 * a semicolon says which is meant. */
	AUTO_FREE_SECRET char *line = value.n ? mem_printf("%.*s: %.*s", STR_ARG(name), STR_ARG(value))
					      : mem_printf("%.*s;", STR_ARG(name));
	c->headers = curl_slist_append(c->headers, line);
	return RC_OK;
}

static enum rc set_headers(struct call *c, struct err *reterr)
{
	const struct value *headers = value_get(c->request, "headers"),
			   *lines = value_get(c->request, "lines");
	const char *name;
	struct value *member;
	for (size_t i = 0; value_member(headers, i, &name, &member); i++) {
		TRY(add_header(c, str_of(name), value_str(member), reterr));
	}
	for (size_t i = 0; i < value_count(lines); i++) {
		struct str value = value_str(value_at(lines, i)), field = STR_NONE;
		(void)str_split(&value, ':', &field);
		TRY(add_header(c, field, str_trim(value), reterr));
	}
	c->headers = curl_slist_append(c->headers, "Expect:");
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	return RC_OK;
}

static void set_method(struct call *c, struct str body)
{
	const char *method = value_get_c(c->request, "method");
	bool head = !method || strcmp(method, "HEAD") == 0;
	if (head) {
		curl_easy_setopt(c->curl, CURLOPT_NOBODY, 1L);
	}
	if (body.p || (!head && strcmp(method, "POST") == 0)) {
		curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body.p ? body.p : "");
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	}
	if (!head) {
		curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
	}
}

static void set_limits(struct call *c)
{
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)value_get_int(c->request, "connect_ms", CONNECT_MS));
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)value_get_int(c->request, "total_ms", TOTAL_MS));
	curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "postern/" POSTERN_VERSION);
}

static void set_watch(struct call *c)
{
	curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
	if (c->watch && c->watch->on_sent) {
		curl_easy_setopt(c->curl, CURLOPT_VERBOSE, 1L);
		curl_easy_setopt(c->curl, CURLOPT_DEBUGFUNCTION, on_debug);
		curl_easy_setopt(c->curl, CURLOPT_DEBUGDATA, c);
	}
}

static bool is_https(const struct call *c)
{
	return strncmp(c->url, "https:", 6) == 0;
}

/* Whether the port of an http URL speaks TLS: a handshake is begun, nothing more. */
static bool speaks_tls(const struct call *c)
{
	struct call probe = { .request = c->request };
	CURL *curl = curl_easy_init();
	if (!curl) {
		return false;
	}
	(void)snprintf(probe.url, sizeof(probe.url), "https%.*s", (int)URL_MAX - 8, c->url + 4);
	curl_easy_setopt(curl, CURLOPT_URL, probe.url);
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &probe);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CONNECT_MS);
	(void)curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	return probe.note.began;
}

static enum outbound_problem say(struct call *c, enum outbound_problem problem, const char *said)
{
	(void)snprintf(c->answer->said, sizeof(c->answer->said), "%s", said);
	return problem;
}

static enum outbound_problem late_of(struct call *c, bool connected)
{
	char text[128];
	if (!connected) {
		return say(c, OUTBOUND_CONNECT, "Nothing answers at its address.");
	}
	bool in_handshake = is_https(c) && !c->note.done;
	long long limit = (long long)value_get_int(c->request, in_handshake ? "connect_ms" : "total_ms",
						   in_handshake ? CONNECT_MS : TOTAL_MS);
	(void)snprintf(text, sizeof(text), "%s within %lld s.",
		       in_handshake ? "It did not end the TLS handshake" : "It did not answer",
		       (limit + 999) / 1000);
	return say(c, OUTBOUND_LATE, text);
}

/* The server's certificate: verified in the handshake, its name compared by libcurl after that. */
static enum outbound_problem trust_of(struct call *c, long verify)
{
	if (!c->note.done) {
		return say(c, OUTBOUND_TRUST, tls_verify_words(verify));
	}
	char text[sizeof(c->answer->said)];
	(void)snprintf(text, sizeof(text), "It is for %.200s.",
		       c->note.names[0] ? c->note.names : "another name");
	(void)snprintf(c->answer->fix, sizeof(c->answer->fix),
		       "`postern destination update %.60s --set URL=https://%.*s:PORT/PATH`, with a name of "
		       "the certificate.",
		       value_get_c(value_get(c->request, "evidence"), "destination"),
		       (int)(c->note.names[0] ? strcspn(c->note.names, ",") : 4),
		       c->note.names[0] ? c->note.names : "NAME");
	return say(c, OUTBOUND_TRUST, text);
}

/* The server said no in TLS, or went away in the middle of it. */
static enum outbound_problem refusal_of(struct call *c)
{
	char text[160];
	int alert = c->note.alert; /* 40 is handshake_failure, 116 certificate_required */
	bool asked = c->note.certificate_asked && (alert == 0 || alert == 40);
	if ((asked || alert == 116) && !c->material.certificate) {
		return say(c, OUTBOUND_DEMANDED, "");
	}
	if (alert == 0) {
		return say(c, OUTBOUND_REFUSED,
			   c->note.done ? "It did so when it had seen the client certificate, without a word."
					: "It did so in the handshake, without a word.");
	}
	(void)snprintf(text, sizeof(text), "It says that %s.", tls_alert_words(alert));
	return say(c, OUTBOUND_REFUSED, text);
}

/* What is no HTTP on an http port may be TLS. */
static enum outbound_problem nonsense_of(struct call *c, const char *said)
{
	if (!is_https(c) && speaks_tls(c)) {
		return say(c, OUTBOUND_IS_TLS, "");
	}
	return say(c, OUTBOUND_NOT_HTTP, said);
}

static enum outbound_problem problem_of(struct call *c, CURLcode code)
{
	long verify = 0;
	curl_off_t connected = 0;
	curl_easy_getinfo(c->curl, CURLINFO_SSL_VERIFYRESULT, &verify);
	curl_easy_getinfo(c->curl, CURLINFO_CONNECT_TIME_T, &connected);
	bool handshake = is_https(c) && !c->note.done;
	switch ((int)code) {
	case CURLE_OK: return OUTBOUND_OK;
	case CURLE_COULDNT_RESOLVE_HOST: return say(c, OUTBOUND_RESOLVE, "");
	case CURLE_COULDNT_CONNECT:
		return say(c, OUTBOUND_CONNECT, "It refuses the connection, or no way leads there.");
	case CURLE_OPERATION_TIMEDOUT: return late_of(c, connected > 0 || c->in_tls);
	case CURLE_SSL_CERTPROBLEM:
		return c->material.weak ? say(c, OUTBOUND_WEAK, "") : say(c, OUTBOUND_KEY_PAIR, "");
	case CURLE_SSL_CACERT_BADFILE: return say(c, OUTBOUND_TRUST_STORE, "");
	case CURLE_WRITE_ERROR: return say(c, OUTBOUND_LIMIT, "The answer is larger than is taken.");
	default: break;
	}
	if (c->note.not_tls) {
		return say(c, OUTBOUND_NOT_TLS, "");
	}
	if (c->note.alert) {
		return refusal_of(c);
	}
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		return trust_of(c, verify);
	}
	/* In TLS 1.3 a certificate is refused after our side is done;
	 * the alert may be lost with the connection. */
	bool ended = code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
	if (handshake || (ended && c->note.certificate_asked)) {
		return refusal_of(c);
	}
	if (ended) {
		return nonsense_of(c, "It ended the connection without an answer.");
	}
	if (code == CURLE_PARTIAL_FILE) {
		return say(c, OUTBOUND_NOT_HTTP, "The answer breaks off.");
	}
	return nonsense_of(c, "");
}

/* = RFC 9110 §15: a status outside 100 to 599 is none; libcurl takes them. */
static enum outbound_problem status_read(struct call *c)
{
	long status = 0;
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 100 || status > 599) {
		return say(c, OUTBOUND_NOT_HTTP, "Its status is not within 100 to 599.");
	}
	c->answer->status = status;
	return OUTBOUND_OK;
}

static void answer_read(struct call *c, CURLcode code)
{
	struct outbound_answer *a = c->answer;
	curl_off_t total = 0, tls = 0;
	char *remote = NULL;
	curl_easy_getinfo(c->curl, CURLINFO_TOTAL_TIME_T, &total);
	curl_easy_getinfo(c->curl, CURLINFO_APPCONNECT_TIME_T, &tls);
	curl_easy_getinfo(c->curl, CURLINFO_PRIMARY_IP, &remote);
	a->problem = problem_of(c, code);
	if (a->problem == OUTBOUND_OK) {
		a->problem = status_read(c);
	}
	a->duration_us = total;
	a->tls_us = tls;
	a->certificate_sent = c->material.certificate && c->note.certificate_asked;
	(void)snprintf(a->remote, sizeof(a->remote), "%s", remote ? remote : "");
}

static enum rc prepare(struct call *c, struct str body, struct err *reterr)
{
	struct str url = value_get_str(c->request, "url");
	if (url.n == 0 || url.n > URL_MAX) {
		return err_set(reterr, RC_INVALID, "A URL has 1 to %zu characters.", URL_MAX);
	}
	(void)snprintf(c->url, sizeof(c->url), "%.*s", STR_ARG(url));
	TRY(outbound_material_open(&c->material, c->request, reterr));
	c->curl = curl_easy_init();
	if (!c->curl) {
		return err_set(reterr, RC_BUG, "The HTTP client does not start.");
	}
	TRY(set_headers(c, reterr));
	curl_easy_setopt(c->curl, CURLOPT_URL, c->url);
	set_method(c, body);
	set_limits(c);
	set_tls(c);
	set_watch(c);
	return RC_OK;
}

enum rc outbound_call(const struct value *request, struct str body, const struct outbound_watch *watch,
		      struct outbound_answer *ret, struct err *reterr)
{
	AUTO(call_free_cleanup) struct call *c = mem_alloc(sizeof(*c));
	*ret = (struct outbound_answer){ .headers = value_object() };
	c->request = request;
	c->watch = watch;
	c->answer = ret;
	outbound_material_init(&c->material);
	body = body.p ? body : value_get_str(request, "body");
	TRY(prepare(c, body, reterr));
	answer_read(c, curl_easy_perform(c->curl));
	return RC_OK;
}
