/* SPDX-License-Identifier: Apache-2.0
 * `destination check`: prepares the call, reads what came of it. */
#include "service/check.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "http/uri.h"
#include "model/reason.h"
#include "service/auth_token_request.h"
#include "service/destination.h"
#include "service/message.h"
#include "service/authority.h"
#include "service/repair.h"

#define URL_MAX ((size_t)4000)
#define PROPERTY_HEADER "URL.headers."
#define PROPERTY_QUERY "URL.queries."

struct service_check {
	struct service *service;
	char *tenant;
	struct value *evidence; /* what fills in a fix */
	struct job *job;
	job_done_fn done;
	void *context;
};

static struct value *evidence_new(const struct value *configuration)
{
	struct value *evidence = value_object();
	value_set_str(evidence, "destination", value_get_str(configuration, "Name"));
	value_set_str(evidence, "URL", value_get_str(configuration, "URL"));
	if (value_get_str(configuration, "KeyStoreLocation").n > 0)
		value_set_str(evidence, "file", value_get_str(configuration, "KeyStoreLocation"));
	return evidence;
}

static enum rc refuse(struct err *reterr, enum reason reason, const struct value *configuration)
{
	AUTO_VALUE *evidence = evidence_new(configuration);
	struct str url = value_get_str(configuration, "URL");
	if (str_starts_with(url, STR("http://"))) {
		AUTO_FREE char *https = mem_printf("https://%.*s", STR_ARG(str_skip(url, 7)));
		value_set_c(evidence, "url", https);
	}
	return reason_err(reterr, RC_INVALID, reason, evidence);
}

static struct str certificate_named(const struct value *found, const char *name)
{
	const struct value *list = value_get(found, "certificates");
	for (size_t i = 0; name && i < value_count(list); i++) {
		if (str_is(value_get_str(value_at(list, i), "Name"), name))
			return value_get_str(value_at(list, i), "Content");
	}
	return STR_NONE;
}

/* The key store that the call presents, with what is wrong about it told apart. */
static enum rc key_store_set(const struct value *found, const struct value *configuration,
			     struct value *request, struct err *reterr)
{
	const char *location = value_get_c(configuration, "KeyStoreLocation");
	if (!str_starts_with(value_get_str(configuration, "URL"), STR("https://")))
		return refuse(reterr, REASON_D401, configuration);
	if (!location || !*location)
		return refuse(reterr, REASON_D411, configuration);
	struct str content = certificate_named(found, location);
	if (!content.p)
		return refuse(reterr, REASON_D402, configuration);
	value_set_str(request, "container", content);
	struct str password = value_get_str(configuration, "KeyStorePassword");
	value_set_str(request, "password", password.p ? password : STR(""));
	return RC_OK;
}

static void headers_set(const struct value *found, const struct value *configuration, struct value *headers,
			struct buf *url)
{
	const char *name;
	struct value *v;
	const struct value *tokens = value_get(found, "authTokens");
	const struct value *header = value_get(value_at(tokens, 0), "http_header");
	for (size_t i = 0; value_member(configuration, i, &name, &v); i++) {
		if (strncmp(name, PROPERTY_HEADER, strlen(PROPERTY_HEADER)) == 0) {
			value_set(headers, name + strlen(PROPERTY_HEADER), value_ref(v));
		} else if (strncmp(name, PROPERTY_QUERY, strlen(PROPERTY_QUERY)) == 0) {
			buf_add_char(url, str_find(buf_str(url), '?') < url->n ? '&' : '?');
			percent_encode(url, str_of(name + strlen(PROPERTY_QUERY)));
			buf_add_char(url, '=');
			percent_encode(url, value_str(v));
		}
	}
	if (value_get_c(configuration, "sap-client"))
		value_set_str(headers, "sap-client", value_get_str(configuration, "sap-client"));
	if (tokens && value_get_c(header, "value"))
		value_set_str(headers, "Authorization", value_get_str(header, "value"));
}

enum rc service_check_trust(struct service *service, const char *tenant, const struct value *found,
			    struct value *request, struct err *reterr)
{
	const struct value *configuration = value_get(found, "destinationConfiguration");
	AUTO_CERT_LIST own = { 0 };
	struct value *anchors = value_array();
	value_set(request, "anchors", anchors);
	TRY(service_authority_certs(service, tenant, &own, reterr));
	for (size_t i = 0; i < own.n; i++) {
		AUTO_BUF(text, CERT_MAX_BYTES * 2);
		base64_encode(&text, cert_der(own.items[i]));
		value_append(anchors, value_string(buf_str(&text)));
	}
	struct str trust = certificate_named(found, value_get_c(configuration, "TrustStoreLocation"));
	if (trust.p)
		value_set_str(request, "trust", trust);
	if (value_get_c(configuration, "TrustStorePassword"))
		value_set_str(request, "trust_password", value_get_str(configuration, "TrustStorePassword"));
	value_set_bool(request, "system_anchors", true);
	value_set_bool(request, "trust_all",
		       str_equal_nocase(value_get_str(configuration, "TrustAll"), STR("true")));
	return RC_OK;
}

enum rc service_check_request(struct service *service, const char *tenant, const struct value *found,
			      const char *method, struct value **ret, struct err *reterr)
{
	const struct value *configuration = value_get(found, "destinationConfiguration");
	AUTO_VALUE *request = value_object();
	struct value *headers = value_object();
	AUTO_BUF(url, URL_MAX);
	struct uri uri;
	value_set(request, "headers", headers);
	if (str_is(value_get_str(configuration, "ProxyType"), "OnPremise"))
		return refuse(reterr, REASON_D407, configuration);
	if (str_is(value_get_str(configuration, "Authentication"), "ClientCertificateAuthentication"))
		TRY(key_store_set(found, configuration, request, reterr));
	if (uri_parse(value_get_str(configuration, "URL"), &uri, reterr) != RC_OK) {
		(void)reason_err(reterr, RC_INVALID, REASON_D409, NULL);
		return RC_INVALID;
	}
	buf_add(&url, value_get_str(configuration, "URL"));
	headers_set(found, configuration, headers, &url);
	if (url.overflow)
		return err_set(reterr, RC_LIMIT, "The URL is longer than %zu characters.", URL_MAX);
	value_set_str(request, "url", buf_str(&url));
	value_set_c(request, "method", method);
	TRY(service_check_trust(service, tenant, found, request, reterr));
	*ret = TAKE(request);
	return RC_OK;
}

static struct value *verdict_make(bool reachable, bool authenticated, bool authorised, int64_t status,
				  const char *code, const char *text, const char *fix)
{
	struct value *v = value_object();
	value_set_bool(v, "success", status > 0 && status < 500);
	value_set_int(v, "status", status);
	value_set_bool(v, "reachable", reachable);
	value_set_bool(v, "authenticated", authenticated);
	value_set_bool(v, "authorised", authorised);
	value_set_c(v, "code", code);
	value_set_c(v, "text", text);
	value_set_c(v, "fix", fix);
	return v;
}

static struct value *judge_error(const struct err *err)
{
	const char *code = err->reason;
	/* What is wrong with the file is named as in the file's own table, but for its password: that stands in the destination. */
	if (strcmp(code, "P101") == 0)
		return verdict_make(false, false, false, 0, "D403", reason_info(REASON_D403)->title,
				    reason_info(REASON_D403)->fix);
	return verdict_make(false, false, false, 0, code, err->text, err->fix);
}

static struct value *judge_problem(const struct value *answer)
{
	const char *problem = value_get_c(answer, "problem"), *text = value_get_c(answer, "text");
	bool trust = strcmp(problem, "trust") == 0, refused = strcmp(problem, "refused") == 0;
	enum reason reason = trust ? REASON_D406 : refused ? REASON_D408 : REASON_D409;
	AUTO_FREE char *sentence = mem_printf("%s %s", reason_info(reason)->title, text ? text : "");
	return verdict_make(refused, false, false, 0, reason_info(reason)->code, sentence,
			    reason_info(reason)->fix);
}

struct value *service_check_judge(const struct value *answer, const struct err *err)
{
	if (!answer)
		return judge_error(err);
	const char *problem = value_get_c(answer, "problem");
	if (problem && *problem)
		return judge_problem(answer);
	int64_t status = value_get_int(answer, "status", 0);
	bool authenticated = status != 401 && status != 407;
	bool authorised = authenticated && (status < 400 || status == 405);
	const struct value *headers = value_get(answer, "headers");
	struct value *v;
	if (authorised) {
		v = verdict_make(true, true, true, status, "", "", "");
	} else {
		AUTO_FREE char *text =
			mem_printf("%s It answered %d.", reason_info(REASON_D408)->title, (int)status);
		v = verdict_make(true, authenticated, false, status, "D408", text, "");
	}
	value_set(v, "certificate_sent", value_ref(value_get(answer, "certificate_sent")));
	value_set(v, "duration_us", value_ref(value_get(answer, "duration_us")));
	value_set_str(v, "request_id", value_get_str(headers, "x-request-id"));
	return v;
}

/* A refusal of this very server is in its own monitor, with the reason; callers are not always told it. */
static void reason_take(const struct service_check *check, struct value *verdict)
{
	AUTO_BUF(fix, 4096);
	const char *id = value_get_c(verdict, "request_id");
	AUTO_VALUE *message = NULL;
	if (!id || !*id || value_get_bool(verdict, "authorised", false) ||
	    service_message_get(check->service, check->tenant, id, &message, NULL) != RC_OK)
		return;
	static const char *const names[] = { "code", "text", "fix" };
	if (!value_get_c(message, "code") || !*value_get_c(message, "code"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		value_set_str(verdict, names[i], value_get_str(message, names[i]));
	/* The destination's URL is what can be mended here. */
	AUTO_VALUE *meant =
		str_is(value_get_str(message, "code"), "R501")
			? repair_url(check->service, check->tenant, value_get_str(check->evidence, "URL"))
			: NULL;
	if (meant) {
		value_set(check->evidence, "url", value_ref(value_get(meant, "url")));
		reason_format_fix(REASON_D413, check->evidence, &fix);
		value_set_str(verdict, "fix", buf_str(&fix));
	}
}

static void check_free(struct service_check *check)
{
	mem_free(check->tenant);
	value_free(check->evidence);
	mem_free(check);
}

/* The verdict's fix names the table's placeholders until it is known which destination and which call are meant. */
static void fix_fill(const struct service_check *check, struct value *verdict)
{
	enum reason reason = reason_find(value_get_str(verdict, "code"));
	const char *fix = value_get_c(verdict, "fix");
	AUTO_BUF(text, 4096);
	if (reason == REASON_NONE || !fix || strcmp(fix, reason_info(reason)->fix) != 0)
		return;
	value_set_str(check->evidence, "request", value_get_str(verdict, "request_id"));
	reason_format_fix(reason, check->evidence, &text);
	value_set_c(verdict, "fix", buf_c(&text));
}

static void on_answer(void *context, const struct value *answer, const struct err *err)
{
	struct service_check *check = context;
	AUTO_VALUE *verdict = service_check_judge(answer, err);
	reason_take(check, verdict);
	fix_fill(check, verdict);
	job_done_fn done = check->done;
	void *done_context = check->context;
	check_free(check);
	done(done_context, verdict, NULL);
}

/* It cannot even be called: told as an answer, but from the loop like every other; a queue of one job would do no more. */
static enum rc start_refused(struct service_check *check, struct job_pool *jobs, const struct err *why,
			     struct err *reterr)
{
	struct value *request = value_object();
	value_set_c(request, "refuse", why->text);
	value_set_c(request, "reason", why->reason);
	value_set_c(request, "fix", why->fix);
	return job_start(jobs, JOB_OUTBOUND, request, NULL, on_answer, check, &check->job, reterr);
}

/* What needs no call to be known: user and password of a basic destination. */
static void basic_set(struct value *found)
{
	AUTO(auth_token_plan_fini) struct auth_token_plan plan = { 0 };
	const struct auth_token_headers none = { 0 };
	if (auth_token_plan(found, &none, &plan, NULL) == RC_OK && plan.now)
		value_set(found, "authTokens", TAKE(plan.now));
}

enum rc service_check_start(struct service *service, struct job_pool *jobs, const char *tenant,
			    const char *name, job_done_fn done, void *context, struct service_check **ret,
			    struct err *reterr)
{
	AUTO_VALUE *found = NULL, *request = NULL;
	struct err why = { 0 };
	const struct destination_find find = { .tenant = tenant, .name = name };
	enum rc rc = service_destination_find(service, &find, &found, NULL, reterr);
	if (rc == RC_NOT_FOUND) {
		AUTO_VALUE *evidence = value_object();
		value_set_c(evidence, "destination", name);
		return reason_err(reterr, RC_NOT_FOUND, REASON_D410, evidence);
	}
	TRY(rc);
	basic_set(found);
	struct service_check *check = mem_alloc(sizeof(*check));
	check->service = service;
	check->tenant = mem_strdup(tenant);
	check->evidence = evidence_new(value_get(found, "destinationConfiguration"));
	check->done = done;
	check->context = context;
	rc = service_check_request(service, tenant, found, "HEAD", &request, &why);
	rc = rc == RC_OK ? job_start(jobs, JOB_OUTBOUND, TAKE(request), NULL, on_answer, check, &check->job,
				     reterr)
			 : start_refused(check, jobs, &why, reterr);
	if (rc != RC_OK)
		check_free(check);
	else
		*ret = check;
	return rc;
}

void service_check_cancel(struct service_check *check)
{
	if (!check)
		return;
	job_cancel(check->job);
	check_free(check);
}
