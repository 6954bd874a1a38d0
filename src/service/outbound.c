/* SPDX-License-Identifier: Apache-2.0
 * One outbound HTTP call, made inside a job's process. */
#include "service/outbound.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "http/head.h"
#include "os/file.h"
#include "pki/key.h"
#include "pki/paste.h"
#include "service/job_container.h"

#include <ctype.h>
#include <curl/curl.h>

#define HEADERS_MAX 100
#define HEADER_VALUE_MAX ((size_t)8 * 1024)
#define BODY_MAX ((size_t)16 * 1024 * 1024)
#define STORE_MAX ((size_t)4 * 1024 * 1024)
#define PEM_MAX ((size_t)1024 * 1024)
#define URL_MAX ((size_t)4000)
#define SYSTEM_ANCHORS "/etc/ssl/certs/ca-certificates.crt"

/* One call while it is made. */
struct outbound {
	CURL *curl;
	struct curl_slist *headers_out;
	struct value *headers_in;
	struct buf body_in, body_out;
	struct buf anchors, chain, key; /* PEM */
	bool certificate;
	char error[CURL_ERROR_SIZE];
};

static void outbound_fini(struct outbound *o)
{
	if (o->curl)
		curl_easy_cleanup(o->curl);
	curl_slist_free_all(o->headers_out);
	value_free(o->headers_in);
	buf_fini(&o->body_in);
	buf_fini(&o->body_out);
	buf_fini(&o->anchors);
	buf_fini(&o->chain);
	buf_fini(&o->key);
}

static size_t on_header(char *line, size_t size, size_t n, void *context)
{
	struct outbound *o = context;
	struct str text = str_trim(str_from(line, size * n)), name;
	if (str_starts_with(text, STR("HTTP/"))) {
		/* An interim answer (100) comes before the real one. */
		value_free(o->headers_in);
		o->headers_in = value_object();
		return size * n;
	}
	struct str value = text;
	if (!str_split(&value, ':', &name) || name.n == 0 || name.n > 200 ||
	    value_count(o->headers_in) >= HEADERS_MAX)
		return size * n;
	char lower[201];
	for (size_t i = 0; i < name.n; i++)
		lower[i] = (char)tolower((unsigned char)name.p[i]);
	lower[name.n] = '\0';
	value_set_str(o->headers_in, lower, str_first(str_trim(value), HEADER_VALUE_MAX));
	return size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
	struct outbound *o = context;
	return buf_add(&o->body_in, str_from(bytes, size * n)) ? size * n : 0;
}

/* The key pair that a client would take: the first with a private key, whatever the container is. */
static enum rc certificate_read(struct outbound *o, const struct value *request, struct err *reterr)
{
	if (!value_get_c(request, "container"))
		return RC_OK;
	AUTO_BUF_SECRET(bytes, STORE_MAX);
	TRY(job_container_bytes(request, "container", &bytes, reterr));
	struct container *container = NULL;
	TRY(container_open(&container, buf_str(&bytes), value_get_str(request, "password"), reterr));
	enum rc rc = RC_NOT_FOUND;
	for (size_t i = 0; i < container->n && rc == RC_NOT_FOUND; i++) {
		const struct container_entry *entry = &container->entries[i];
		if (!entry->key || entry->chain.n == 0)
			continue;
		rc = key_format_pem(entry->key, STR_NONE, &o->key);
		for (size_t c = 0; rc == RC_OK && c < entry->chain.n; c++)
			rc = cert_format_pem(entry->chain.items[c], &o->chain);
	}
	container_free(container);
	if (rc == RC_NOT_FOUND) {
		(void)err_set(reterr, RC_INVALID, "The key store holds no private key.");
		(void)err_reason(reterr, "P104");
	}
	o->certificate = rc == RC_OK;
	return rc == RC_NOT_FOUND ? RC_INVALID : rc;
}

static enum rc anchors_read(struct outbound *o, const struct value *request, struct err *reterr)
{
	const struct value *list = value_get(request, "anchors");
	if (value_get_bool(request, "system_anchors", false))
		(void)!file_read(SYSTEM_ANCHORS, PEM_MAX, &o->anchors, NULL);
	for (size_t i = 0; i < value_count(list); i++) {
		AUTO_BUF(der, CERT_MAX_BYTES);
		AUTO(cert_free_cleanup) struct cert *c = NULL;
		if (base64_decode(&der, value_str(value_at(list, i)), false) != RC_OK)
			return err_set(reterr, RC_INVALID, "An anchor is no base64 text.");
		TRY(cert_new_der(&c, buf_str(&der), reterr));
		TRY(cert_format_pem(c, &o->anchors));
	}
	return RC_OK;
}

/* A destination's trust store, whatever it is: certificates, or a key store with them. */
static enum rc trust_read(struct outbound *o, const struct value *request, struct err *reterr)
{
	AUTO_BUF(bytes, STORE_MAX);
	AUTO_CERT_LIST list = { 0 };
	AUTO(container_free_cleanup) struct container *container = NULL;
	if (!value_get_c(request, "trust"))
		return RC_OK;
	TRY(job_container_bytes(request, "trust", &bytes, reterr));
	if (paste_certificates(&list, buf_str(&bytes), NULL) != RC_OK) {
		TRY(container_open(&container, buf_str(&bytes), value_get_str(request, "trust_password"),
				   reterr));
		for (size_t i = 0; i < container->n; i++) {
			for (size_t c = 0; c < container->entries[i].chain.n; c++)
				cert_list_add(&list, container->entries[i].chain.items[c]);
		}
	}
	for (size_t i = 0; i < list.n; i++)
		TRY(cert_format_pem(list.items[i], &o->anchors));
	return RC_OK;
}

/* A call that its starter found impossible comes back as that error. */
static enum rc refuse(const struct value *request, struct err *reterr)
{
	const char *reason = value_get_c(request, "reason"), *fix = value_get_c(request, "fix");
	(void)err_set(reterr, RC_INVALID, "%s", value_get_c(request, "refuse"));
	(void)err_reason(reterr, reason ? reason : "");
	return err_fix(reterr, "%s", fix ? fix : "");
}

static void set_blob(CURL *curl, CURLoption option, const struct buf *b)
{
	struct curl_blob blob = { .data = b->p, .len = b->n, .flags = CURL_BLOB_NOCOPY };
	curl_easy_setopt(curl, option, &blob);
}

static void set_tls(struct outbound *o, const struct value *request)
{
	if (o->anchors.n > 0)
		set_blob(o->curl, CURLOPT_CAINFO_BLOB, &o->anchors);
	if (o->certificate) {
		set_blob(o->curl, CURLOPT_SSLCERT_BLOB, &o->chain);
		set_blob(o->curl, CURLOPT_SSLKEY_BLOB, &o->key);
	}
	if (value_get_bool(request, "trust_all", false)) {
		curl_easy_setopt(o->curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(o->curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	curl_easy_setopt(o->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static enum rc set_headers(struct outbound *o, const struct value *request, struct err *reterr)
{
	const struct value *headers = value_get(request, "headers");
	const char *name;
	struct value *member;
	for (size_t i = 0; value_member(headers, i, &name, &member); i++) {
		struct str value = value_str(member);
		if (!http_field_name_ok(str_of(name)) || !http_field_value_ok(value)) {
			char shown[128];
			return err_set(reterr, RC_INVALID, "The header field %s has no valid name or value.",
				       str_printable(str_of(name), shown, sizeof(shown)));
		}
		AUTO_FREE char *line = mem_printf("%s: %.*s", name, STR_ARG(value));
		o->headers_out = curl_slist_append(o->headers_out, line);
	}
	o->headers_out = curl_slist_append(o->headers_out, "Expect:");
	curl_easy_setopt(o->curl, CURLOPT_HTTPHEADER, o->headers_out);
	return RC_OK;
}

static void set_method(struct outbound *o, const char *method)
{
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(o->curl, CURLOPT_NOBODY, 1L);
	else if (o->body_out.n > 0 || strcmp(method, "POST") == 0) {
		curl_easy_setopt(o->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(o->curl, CURLOPT_POSTFIELDS, buf_c(&o->body_out));
		curl_easy_setopt(o->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o->body_out.n);
	}
	curl_easy_setopt(o->curl, CURLOPT_CUSTOMREQUEST, strcmp(method, "HEAD") == 0 ? NULL : method);
}

static void set_limits(struct outbound *o, const struct value *request)
{
	curl_easy_setopt(o->curl, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)value_get_int(request, "connect_ms", 5000));
	curl_easy_setopt(o->curl, CURLOPT_TIMEOUT_MS, (long)value_get_int(request, "total_ms", 15000));
	curl_easy_setopt(o->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(o->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(o->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(o->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(o->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(o->curl, CURLOPT_USERAGENT, "postern/" POSTERN_VERSION);
}

/* Which side said no, in one word. A server that dislikes our certificate ends the handshake or, in TLS 1.3, the first
 * read; libcurl calls one of these a failure to verify the server, which its verify result contradicts. */
static const char *problem_of(const struct outbound *o, CURLcode code)
{
	long verify = 0;
	curl_easy_getinfo(o->curl, CURLINFO_SSL_VERIFYRESULT, &verify);
	bool alert = strstr(o->error, "alert") != NULL;
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST: return "resolve";
	case CURLE_COULDNT_CONNECT: return "connect";
	case CURLE_OPERATION_TIMEDOUT: return "timeout";
	case CURLE_PEER_FAILED_VERIFICATION: return verify != 0 || !alert ? "trust" : "refused";
	case CURLE_SSL_CERTPROBLEM: return "certificate";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR: return alert ? "refused" : "handshake";
	case CURLE_WRITE_ERROR: return "limit";
	default: return "protocol";
	}
}

static struct value *result_of(struct outbound *o, CURLcode code)
{
	struct value *v = value_object();
	long status = 0;
	curl_off_t connected = 0, total = 0;
	char *remote = NULL;
	curl_easy_getinfo(o->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(o->curl, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(o->curl, CURLINFO_TOTAL_TIME_T, &total);
	curl_easy_getinfo(o->curl, CURLINFO_PRIMARY_IP, &remote);
	value_set_bool(v, "reached", connected > 0);
	value_set_int(v, "status", code == CURLE_OK ? status : 0);
	value_set_c(v, "problem", code == CURLE_OK ? "" : problem_of(o, code));
	const char *said = o->error[0] ? o->error : curl_easy_strerror(code);
	value_set_c(v, "text", code == CURLE_OK ? "" : said);
	value_set(v, "headers", value_ref(o->headers_in));
	AUTO_BUF(text, BODY_MAX * 2);
	base64_encode(&text, buf_str(&o->body_in));
	value_set_str(v, "body", buf_str(&text));
	value_set_bool(v, "certificate_sent", o->certificate);
	value_set_int(v, "duration_us", total);
	value_set_c(v, "remote", remote ? remote : "");
	return v;
}

static enum rc outbound_prepare(struct outbound *o, const struct value *request, struct err *reterr)
{
	struct str url = value_get_str(request, "url");
	const char *method = value_get_c(request, "method");
	if (value_get_c(request, "refuse"))
		return refuse(request, reterr);
	if (url.n == 0 || url.n > URL_MAX)
		return err_set(reterr, RC_INVALID, "A URL has 1 to %zu characters.", URL_MAX);
	TRY(certificate_read(o, request, reterr));
	TRY(anchors_read(o, request, reterr));
	TRY(trust_read(o, request, reterr));
	if (value_get_c(request, "body"))
		buf_add(&o->body_out, value_get_str(request, "body"));
	o->curl = curl_easy_init();
	if (!o->curl)
		return err_set(reterr, RC_BUG, "libcurl does not start.");
	TRY(set_headers(o, request, reterr));
	set_method(o, method ? method : "HEAD");
	set_limits(o, request);
	set_tls(o, request);
	curl_easy_setopt(o->curl, CURLOPT_URL, value_get_c(request, "url"));
	curl_easy_setopt(o->curl, CURLOPT_ERRORBUFFER, o->error);
	curl_easy_setopt(o->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(o->curl, CURLOPT_HEADERDATA, o);
	curl_easy_setopt(o->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(o->curl, CURLOPT_WRITEDATA, o);
	return RC_OK;
}

enum rc outbound_run(const struct value *request, struct value **ret, struct err *reterr)
{
	int64_t max_body = value_get_int(request, "max_body", (int64_t)64 * 1024);
	AUTO(outbound_fini)
	struct outbound o = {
		.headers_in = value_object(),
		.body_in = BUF(max_body > 0 && max_body < (int64_t)BODY_MAX ? (size_t)max_body : BODY_MAX),
		.body_out = BUF(BODY_MAX),
		.anchors = BUF(PEM_MAX * 2),
		.chain = BUF(PEM_MAX),
		.key = BUF_SECRET(PEM_MAX),
	};
	TRY(outbound_prepare(&o, request, reterr));
	CURLcode code = curl_easy_perform(o.curl);
	*ret = result_of(&o, code);
	return RC_OK;
}
