/* SPDX-License-Identifier: Apache-2.0
 * `destination check`: prepares the call, reads what came of it. */
#include "service/doctor/check.h"

#include "base/memory.h"
#include "model/reason.h"
#include "outbound/plan.h"
#include "outbound/problem.h"
#include "service/destination/auth_token_answer.h"
#include "service/destination/auth_token_request.h"
#include "service/publish/authority_row.h"
#include "service/destination/destination.h"
#include "service/monitor/message.h"
#include "service/monitor/repair.h"

#define OWN_CA_MAX ((size_t)64 * 1024)

struct service_check {
	struct session *session; /* of the clerk that is at it */
	char *tenant;
	struct value *found;
	struct value *token_request; /* for its sentences */
	struct value *verdict;       /* of the call, before it is known what the gateway says of it */
	need_done_fn done;
	void *context;
};

/* Root and issuing CA of the subaccount as PEM. */
static enum rc own_ca(struct session *session, const char *tenant, struct buf *out, struct err *reterr)
{
	AUTO_CERT_LIST own = { 0 };
	TRY(service_authority_certs(session, tenant, &own, reterr));
	for (size_t i = 0; i < own.n; i++) {
		TRY(cert_format_pem(own.items[i], out));
	}
	return RC_OK;
}

enum rc service_check_trust(struct session *session, const char *tenant, const struct value *found,
			    struct value *request, struct err *reterr)
{
	AUTO_BUF(own, OWN_CA_MAX);
	TRY(own_ca(session, tenant, &own, reterr));
	return outbound_plan_trust(found, buf_str(&own), request, reterr);
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

static struct value *judge_problem(const struct value *answer)
{
	enum outbound_problem problem = outbound_problem_find(value_get_str(answer, "problem"));
	const struct reason_info *info = reason_info(outbound_problem_reason(problem));
	const char *said = value_get_c(answer, "text"), *fix = value_get_c(answer, "fix");
	AUTO_FREE char *sentence =
		mem_printf("%s%s%s", info->title, said && *said ? " " : "", said ? said : "");
	return verdict_make(outbound_problem_reached(problem), false, false, 0, info->code, sentence,
			    fix && *fix ? fix : info->fix);
}

static const char *fix_of_status(int64_t status, bool has_id)
{
	if (status >= 500) {
		return reason_info(REASON_D422)->fix;
	}
	if (has_id) {
		return reason_info(REASON_D408)->fix;
	}
	return status == 401 ? "Check what the destination proves itself with: user, password, token or "
			       "certificate."
			     : "Look into the server's log: it has the cause.";
}

static struct value *judge_status(int64_t status, bool has_id)
{
	bool authenticated = status != 401 && status != 407;
	bool authorised = authenticated && (status < 400 || status == 405);
	const struct reason_info *info = reason_info(status >= 500 ? REASON_D422 : REASON_D408);
	if (authorised) {
		return verdict_make(true, true, true, status, "", "", "");
	}
	AUTO_FREE char *text = mem_printf("%s It answered %d.", info->title, (int)status);
	return verdict_make(true, authenticated, false, status, info->code, text,
			    fix_of_status(status, has_id));
}

struct value *service_check_judge(const struct value *answer, const struct err *err)
{
	if (!answer) {
		return verdict_make(false, false, false, 0, err->reason, err->text, err->fix);
	}
	const char *problem = value_get_c(answer, "problem");
	struct str id = value_get_str(value_get(answer, "headers"), "x-request-id");
	struct value *v = problem && *problem ? judge_problem(answer)
					      : judge_status(value_get_int(answer, "status", 0), id.n > 0);
	value_set(v, "certificate_sent", value_ref(value_get(answer, "certificate_sent")));
	value_set(v, "duration_us", value_ref(value_get(answer, "duration_us")));
	value_set_str(v, "request_id", id);
	return v;
}

/* A refusal of this very server is in its own monitor, with the reason; callers are not always told it. */
static void reason_take(const struct service_check *check, struct value *verdict)
{
	AUTO_BUF(fix, 4096);
	const struct value *configuration = value_get(check->found, "destinationConfiguration");
	const char *id = value_get_c(verdict, "request_id");
	AUTO_VALUE *message = NULL;
	if (!id || !*id || value_get_bool(verdict, "authorised", false) ||
	    service_message_get(check->session, check->tenant, id, &message, NULL) != RC_OK) {
		return;
	}
	static const char *const names[] = { "code", "text", "fix" };
	if (!value_get_c(message, "code") || !*value_get_c(message, "code")) {
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		value_set_str(verdict, names[i], value_get_str(message, names[i]));
	}
	/* The destination's URL is what can be mended here. */
	AUTO_VALUE *meant =
		str_is(value_get_str(message, "code"), "R501")
			? repair_url(check->session, check->tenant, value_get_str(configuration, "URL"))
			: NULL;
	if (meant) {
		AUTO_VALUE *evidence = outbound_evidence(configuration);
		value_set(evidence, "url", value_ref(value_get(meant, "url")));
		reason_format_fix(REASON_D413, evidence, &fix);
		value_set_str(verdict, "fix", buf_str(&fix));
	}
}

void service_check_free(struct service_check *check)
{
	if (!check) {
		return;
	}
	mem_free(check->tenant);
	value_free(check->found);
	value_free(check->token_request);
	value_free(check->verdict);
	mem_free(check);
}

/* The verdict's fix names the table's placeholders until it is known which destination and which call are
 * meant. */
static void fix_fill(const struct service_check *check, struct value *verdict)
{
	enum reason reason = reason_find(value_get_str(verdict, "code"));
	const char *fix = value_get_c(verdict, "fix");
	AUTO_VALUE *evidence = outbound_evidence(value_get(check->found, "destinationConfiguration"));
	AUTO_BUF(text, 4096);
	if (reason == REASON_NONE || !fix || strcmp(fix, reason_info(reason)->fix) != 0) {
		return;
	}
	value_set_str(evidence, "request", value_get_str(verdict, "request_id"));
	reason_format_fix(reason, evidence, &text);
	value_set_c(verdict, "fix", buf_c(&text));
}

static void finish(struct session *session, void *context, const struct value *answer, const struct err *err)
{
	struct service_check *check = context;
	check->session = session;
	reason_take(check, check->verdict);
	fix_fill(check, check->verdict);
	check->done(session, check->context, check->verdict, NULL);
}

/* What a gateway of this server has written down about the call is looked for, once it is in the store. */
static void on_answer(struct session *session, void *context, const struct value *answer,
		      const struct err *err)
{
	struct service_check *check = context;
	check->verdict = service_check_judge(answer, err);
	work_need_messages(session, finish, check);
}

static void start_call(struct service_check *check)
{
	struct outbound_wish wish = { .method = "HEAD" };
	struct err why = { 0 };
	AUTO_VALUE *request = NULL;
	AUTO_BUF(own, OWN_CA_MAX);
	enum rc rc = own_ca(check->session, check->tenant, &own, &why);
	wish.own_ca = buf_str(&own);
	rc = rc == RC_OK ? outbound_plan(check->found, &wish, &request, &why) : rc;
	if (rc == RC_OK) {
		work_need(check->session, JOB_OUTBOUND, TAKE(request), NULL, on_answer, check);
	} else { /* It cannot even be called: told as an answer. */
		on_answer(check->session, check, NULL, &why);
	}
}

/* With the token, or with what is wrong with it, goes the call. */
static void on_token(struct session *session, void *context, const struct value *answer,
		     const struct err *err)
{
	struct service_check *check = context;
	int64_t lifetime = 0;
	check->session = session;
	value_set(check->found, "authTokens",
		  auth_token_answer(check->token_request, answer, err, &lifetime));
	start_call(check);
}

/* The token is got anew for each check: what is kept may hide that there would be none today. */
static void start_token(struct service_check *check, struct value *take_request)
{
	AUTO_VALUE *request = take_request;
	struct err why = { 0 };
	const struct job_limits limits = {
		.time_ms = (uint32_t)value_get_int(request, "total_ms", 20000) + 5000,
		.cpu_s = job_kind_limits(JOB_OUTBOUND)->cpu_s,
		.memory = job_kind_limits(JOB_OUTBOUND)->memory,
	};
	if (service_check_trust(check->session, check->tenant, check->found, request, &why) != RC_OK) {
		on_answer(check->session, check, NULL, &why);
		return;
	}
	check->token_request = value_object();
	value_set_str(check->token_request, "url", value_get_str(request, "url"));
	work_need(check->session, JOB_OUTBOUND, TAKE(request), &limits, on_token, check);
}

void service_check_run(struct service_check *check, struct session *session)
{
	AUTO(auth_token_request_plan_fini) struct auth_token_request_plan plan = { 0 };
	const struct auth_token_headers none = { 0 };
	struct err why = { 0 };
	check->session = session;
	if (auth_token_request_plan(check->found, &none, &plan, &why) != RC_OK) {
		plan.now = auth_token_answer_error(why.text);
	}
	if (plan.request) {
		start_token(check, TAKE(plan.request));
		return;
	}
	if (plan.now) {
		value_set(check->found, "authTokens", TAKE(plan.now));
	}
	start_call(check);
}

enum rc service_check_new(struct service_check **ret, struct session *session, const char *tenant,
			  const char *name, need_done_fn done, void *context, struct err *reterr)
{
	AUTO_VALUE *found = NULL;
	const struct destination_find find = { .tenant = tenant, .name = name };
	enum rc rc = service_destination_find(session, &find, &found, NULL, reterr);
	if (rc == RC_NOT_FOUND) {
		AUTO_VALUE *evidence = value_object();
		value_set_c(evidence, "destination", name);
		return reason_err(reterr, RC_NOT_FOUND, REASON_D410, evidence);
	}
	TRY(rc);
	struct service_check *check = mem_alloc(sizeof(*check));
	check->tenant = mem_strdup(tenant);
	check->found = TAKE(found);
	check->done = done;
	check->context = context;
	*ret = check;
	return RC_OK;
}
