/* SPDX-License-Identifier: Apache-2.0
 * What a message takes with it through a flow, what it leaves behind, and how it fails. */
#include "base/memory.h"
#include "flow/plan_value.h"
#include "flow/run.h"
#include "unit/test.h"

#include <stdio.h>

/** A plan with a wildcard address from the JSON of its steps. */
static struct flow_plan *plan_of(const char *allowed, bool return_exception, const char *steps)
{
	AUTO_BUF(text, 65536);
	AUTO_VALUE *v = NULL;
	struct flow_plan *plan = NULL;
	struct err err = { 0 };
	(void)buf_printf(
		&text,
		"{\"name\":\"Orders\",\"allowed_headers\":\"%s\",\"return_exception\":%s,\"endpoint\":{"
		"\"address\":"
		"\"/a/*\",\"auth\":\"role\",\"role\":\"r\",\"csrf\":false,\"max_body\":1000},\"steps\":[%s]}",
		allowed, return_exception ? "true" : "false", steps);
	if (value_parse(&v, buf_str(&text), 65536, &err) != RC_OK ||
	    flow_plan_from_value(&plan, v, &err) != RC_OK) {
		fail_msg("%s", err.text);
	}
	return plan;
}

#define BODY(text) \
	"{\"kind\":\"modifier\",\"id\":\"m\",\"name\":\"Set\",\"headers\":[],\"properties\":[],\"body\":" \
	"\"" text "\",\"body_is_expression\":true}"
#define SET_HEADER(name, value) \
	"{\"kind\":\"modifier\",\"id\":\"h\",\"name\":\"Head\",\"headers\":[{\"name\":\"" name \
	"\",\"source\":\"expression\",\"value\":\"" value "\",\"otherwise\":\"\"}],\"properties\":[]}"
#define CALL(url, throws, request_headers, response_headers) \
	"{\"kind\":\"call\",\"id\":\"c\",\"name\":\"Ask\",\"receiver\":{\"name\":\"B\",\"url\":\"" url \
	"\",\"query\":\"\",\"method\":\"POST\",\"auth\":\"none\",\"credential\":\"\",\"alias\":\"\"," \
	"\"request_headers\":\"" request_headers "\",\"response_headers\":\"" response_headers \
	"\",\"timeout_ms\":1000,\"throw_on_failure\":" throws "}}"

static const struct flow_field fields[] = {
	{ { "X-Order-Id", 10 }, { "42", 2 } },
	{ { "Content-Type", 12 }, { "text/xml", 8 } },
	{ { "Authorization", 13 }, { "Bearer secret", 13 } },
	{ { "Cookie", 6 }, { "secret", 6 } },
	{ { "X-SSL-Client-Cert", 17 }, { "forged", 6 } },
	{ { "X-Forwarded-Client-Cert", 23 }, { "forged", 6 } },
	{ { "sapauthenticatedusername", 24 }, { "forged", 6 } },
	{ { "camelHttpMethod", 15 }, { "forged", 6 } },
	{ { "Connection", 10 }, { "close, X-Hop", 12 } },
	{ { "X-Hop", 5 }, { "forged", 6 } },
	{ { "X_SSL-client_CERT", 17 }, { "forged", 6 } },
	{ { "sap_authenticated-User_name", 27 }, { "forged", 6 } },
	{ { "Transfer_Encoding", 17 }, { "forged", 6 } },
};

static struct flow_request request(const char *query)
{
	return (struct flow_request){ .method = STR("POST"),
				      .url = STR("https://h/http/A/b/c"),
				      .path = STR("/A/b/c"),
				      .query = str_of(query),
				      .fields = fields,
				      .n_fields = ARRAY_SIZE(fields),
				      .body = STR("<x/>"),
				      .user = STR("sb-1"),
				      .message_id = STR("AGid") };
}

static struct str field_of(const struct flow_field *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_equal_nocase(list[i].name, str_of(name))) {
			return list[i].value;
		}
	}
	return STR_NONE;
}

static void expect_body(const char *allowed, const char *query, const char *template_step,
			const char *expected)
{
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = plan_of(allowed, false, template_step);
	struct flow_request r = request(query);
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_DONE);
	if (!str_is(flow_run_response(run)->body, expected)) {
		fail_msg("%.*s, not %s", STR_ARG(flow_run_response(run)->body), expected);
	}
}

static void the_runtime_headers_are_set(void **state)
{
	expect_body(
		"", "",
		BODY("${header.CamelHttpMethod} ${header.CamelHttpUrl} ${header.CamelHttpPath} "
		     "${header.CamelServletContextPath} ${header.SapAuthenticatedUserName} ${exchangeId}"),
		"POST https://h/http/A/b/c b/c /a sb-1 AGid");
}

static void what_a_caller_may_not_claim_never_enters(void **state)
{
	expect_body("*", "Authorization=q&camelX=q&SapAuthenticatedUserName=q",
		    BODY("${header.Authorization}${header.Cookie}${header.X-SSL-Client-Cert}${header.X-"
			 "Forwarded-Client-Cert}"
			 "${header.camelX}${header.Connection}${header.X-Hop}${header.X_SSL-client_CERT}"
			 "${header.sap_authenticated-User_name}${header.Transfer_Encoding}|${header."
			 "SapAuthenticatedUserName}|${header."
			 "CamelHttpMethod}"),
		    "|sb-1|POST");
}

/** Whether a caller's field of that name comes into the message. */
static bool enters(const char *allowed, const char *name, const char *connection)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = plan_of(allowed, false, CALL("http://r/", "true", "*", ""));
	const struct flow_field one[] = { { str_of(name), STR("forged") },
					  { STR("Connection"), str_of(connection) },
					  { str_of(name), STR("again") } };
	struct flow_request r = request("");
	r.fields = one;
	r.n_fields = ARRAY_SIZE(one);
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_CALL);
	const struct flow_call *call = flow_run_call(run);
	return str_starts_with(field_of(call->fields, call->n_fields, name), STR("forged"));
}

static const char *const claims[] = {
	"X-Forwarded-User",
	"X-Forwarded-Preferred-Username",
	"X-Forwarded-Email",
	"X-Forwarded-Groups",
	"X-Forwarded-For",
	"X-Forwarded-Client-Cert",
	"X-Forwarded-Tls-Client-Cert-Info",
	"Forwarded",
	"X-Remote-User",
	"Remote-User",
	"Remote-Groups",
	"HTTP_REMOTE_USER",
	"X-Real-IP",
	"True-Client-IP",
	"X-Auth-Request-User",
	"X-Auth-Request-Email",
	"X-WEBAUTH-USER",
	"X-Authenticated-User",
	"X-Authenticated-Userid",
	"X-User",
	"X-User-Id",
	"X-Username",
	"X-UserInfo",
	"X-Consumer-Username",
	"X-Goog-Authenticated-User-Email",
	"X-Amzn-Oidc-Identity",
	"X-Amzn-Oidc-Data",
	"X-Amzn-Mtls-Clientcert",
	"X-MS-CLIENT-PRINCIPAL-NAME",
	"Cf-Access-Authenticated-User-Email",
	"Cf-Access-Jwt-Assertion",
	"OIDC_CLAIM_email",
	"SM_USER",
	"iv-user",
	"Shib-Session-ID",
	"Impersonate-User",
	"X-SSL-Client-Cert",
	"X-SSL-Client-Verify",
	"SSL_CLIENT_S_DN",
	"SSL-Client-Cert",
	"X-Client-Cert",
	"Client-Cert",
	"Cookie",
	"Authorization",
	"X-Original-URL",
	"From",
};

static void what_claims_an_identity_enters_only_where_it_is_listed_by_name(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		AUTO_FREE char *listed = mem_printf("Accept| %s |X-Other", claims[i]);
		AUTO_FREE char *pattern = mem_printf("%.*s.*|*|[A-Z].*", 3, claims[i]);
		if (enters("*", claims[i], "") || enters(".*", claims[i], "") ||
		    enters(pattern, claims[i], "")) {
			fail_msg("%s passes a pattern", claims[i]);
		}
		if (!enters(listed, claims[i], "")) {
			fail_msg("%s is listed and does not pass", claims[i]);
		}
		if (enters(listed, claims[i], claims[i])) {
			fail_msg("%s is named by Connection and passes", claims[i]);
		}
	}
}

static void another_spelling_of_a_claim_is_one_and_not_named_by_it(void **state)
{
	static const char *const spelled[] = { "X_Forwarded_User",  "x-forwarded-user",  "X-FORWARDED-USER",
					       "X--Forwarded-User", "X_Forwarded-User",  "XForwardedUser",
					       "X.Forwarded.User",  "-X-Forwarded-User", "X-Forwarded-User-",
					       "x_remote_user",     "Remote_User",       "X-Remote.User",
					       "ssl_client_cert" };
	for (size_t i = 0; i < ARRAY_SIZE(spelled); i++) {
		assert_false(enters("*", spelled[i], ""));
		assert_false(enters("X-Remote-User|Remote-User|SSL-Client-Cert", spelled[i], ""));
	}
	assert_true(enters("X-Forwarded-User", "x-forwarded-user", ""));
	assert_false(enters("X-Forwarded-User", "X_Forwarded_User", ""));
	assert_true(enters("X_Forwarded_User", "X_Forwarded_User", ""));
}

static void what_only_sounds_like_a_claim_enters_and_the_runtime_s_own_never_does(void **state)
{
	static const char *const harmless[] = { "User-Agent",      "X-Order-Id",       "X-Request-Id",
						"Accept-Language", "X-Client-Version", "Userdata",
						"Remotely",        "SAP_Sender",       "X-Forward",
						"traceparent" };
	static const char *const never[] = { "CamelHttpUrl",
					     "SapAuthenticatedUserName",
					     "SAP_MessageProcessingLogID",
					     "X-Postern-Peer",
					     "Transfer-Encoding",
					     "Proxy-Authorization",
					     "Host",
					     "X-CSRF-Token" };
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		if (!enters("*", harmless[i], "")) {
			fail_msg("%s does not pass", harmless[i]);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		assert_false(enters(never[i], never[i], ""));
	}
}

static void only_allowed_headers_and_parameters_enter(void **state)
{
	expect_body("", "p=1", BODY("[${header.X-Order-Id}${header.p}]"), "[]");
	expect_body("X-Order-Id", "p=1", BODY("[${header.X-Order-Id}${header.p}]"), "[42]");
	expect_body("X-Order-Id|p", "p=a%20b+c", BODY("[${header.X-Order-Id}${header.p}]"), "[42a b c]");
	expect_body("X-.*", "x-order-id=43", BODY("[${header.X-Order-Id}]"), "[42, 43]");
	expect_body("p", "p=%zz&&=&p", BODY("[${header.p}]"), "[]");
}

static void the_answer_is_the_body_with_type_and_status(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = plan_of("*", false, SET_HEADER("CamelHttpResponseCode", "202"));
	struct flow_request r = request("");
	const struct flow_response *answer;
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_DONE);
	assert_int_equal(flow_run_step(run), FLOW_DONE);
	answer = flow_run_response(run);
	assert_int_equal(answer->status, 202);
	assert_true(str_is(answer->body, "<x/>"));
	assert_true(str_is(field_of(answer->fields, answer->n_fields, "Content-Type"), "text/xml"));
	assert_true(str_is(field_of(answer->fields, answer->n_fields, "X-Order-Id"), "42"));
	for (size_t i = 0; i < answer->n_fields; i++) {
		assert_false(str_equal_nocase(str_first(answer->fields[i].name, 5), STR("camel")));
		assert_false(str_equal_nocase(answer->fields[i].name, STR("SapAuthenticatedUserName")));
	}
}

static void a_status_that_is_none_counts_as_success(void **state)
{
	static const char *const steps[] = { SET_HEADER("CamelHttpResponseCode", "99"),
					     SET_HEADER("CamelHttpResponseCode", "600"),
					     SET_HEADER("CamelHttpResponseCode", "abc"),
					     SET_HEADER("CamelHttpResponseCode", "101") };
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		AUTO(flow_plan_free_cleanup) struct flow_plan *plan = plan_of("", false, steps[i]);
		struct flow_request r = request("");
		AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
		assert_int_equal(flow_run_step(run), FLOW_DONE);
		assert_int_equal(flow_run_response(run)->status, 200);
	}
}

static void a_header_with_a_line_end_is_never_sent(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan =
		plan_of("p", false,
			SET_HEADER("X-Out", "${header.p}") "," CALL("http://b", "true", "*", "*"));
	struct flow_request r = request("p=a%0d%0aSet-Cookie:%20b");
	const struct flow_call *call;
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_CALL);
	call = flow_run_call(run);
	assert_null(field_of(call->fields, call->n_fields, "X-Out").p);
	flow_run_answer(run, &(struct flow_response){ .status = 200 });
	assert_int_equal(flow_run_step(run), FLOW_DONE);
	assert_null(field_of(flow_run_response(run)->fields, flow_run_response(run)->n_fields, "X-Out").p);
}

static void a_receiver_gets_what_its_channel_lets_through(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan =
		plan_of("*", false, CALL("http://b/${header.X-Order-Id} x", "true", "X-None", "X-Back"));
	struct flow_request r = request("");
	const struct flow_call *call;
	static const struct flow_field back[] = { { { "X-Back", 6 }, { "1", 1 } },
						  { { "X-Other", 7 }, { "2", 1 } },
						  { { "Content-Type", 12 }, { "text/plain", 10 } },
						  { { "Transfer-Encoding", 17 }, { "chunked", 7 } },
						  { { "CamelHttpMethod", 15 }, { "forged", 6 } } };
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_CALL);
	call = flow_run_call(run);
	assert_true(str_is(call->url, "http://b/42%20x"));
	assert_true(str_is(call->method, "POST"));
	assert_true(str_is(call->body, "<x/>"));
	assert_int_equal(call->n_fields, 1);
	assert_true(str_is(call->fields[0].name, "Content-Type"));
	flow_run_answer(run, &(struct flow_response){ .status = 201,
						      .fields = back,
						      .n_fields = ARRAY_SIZE(back),
						      .body = STR("done") });
	assert_int_equal(flow_run_step(run), FLOW_DONE);
	const struct flow_response *answer = flow_run_response(run);
	assert_int_equal(answer->status, 201);
	assert_true(str_is(answer->body, "done"));
	assert_true(str_is(field_of(answer->fields, answer->n_fields, "X-Back"), "1"));
	assert_true(str_is(field_of(answer->fields, answer->n_fields, "Content-Type"), "text/plain"));
	assert_null(field_of(answer->fields, answer->n_fields, "X-Other").p);
	assert_null(field_of(answer->fields, answer->n_fields, "Transfer-Encoding").p);
}

static void a_failure_answers_500_with_the_message_id_alone(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = plan_of("", false, CALL("http://b/x", "true", "", ""));
	struct flow_request r = request("");
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_CALL);
	flow_run_answer(run, &(struct flow_response){ .status = 503, .body = STR("secret of the backend") });
	assert_int_equal(flow_run_step(run), FLOW_FAILED);
	assert_int_equal(flow_run_step(run), FLOW_FAILED);
	assert_int_equal(flow_run_response(run)->status, 500);
	assert_true(str_is(flow_run_response(run)->body,
			   "An internal server error occured: The MPL ID for the failed message is : AGid\n"
			   "For more details please check tail log."));
	assert_string_equal(flow_run_error(run),
			    "HTTP operation failed invoking http://b/x with statusCode: 503");
	assert_string_equal(flow_run_step_id(run), "c");
	assert_string_equal(flow_run_step_name(run), "Ask");
}

static void a_failure_is_told_to_the_caller_where_the_flow_says_so(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = plan_of("", true, CALL("http://b/x", "true", "", ""));
	struct flow_request r = request("");
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_CALL);
	flow_run_answer_failed(run, 502, "Connection refused.");
	assert_int_equal(flow_run_step(run), FLOW_FAILED);
	assert_true(str_is(flow_run_response(run)->body, "Calling http://b/x failed: Connection refused."));
}

#define ASK CALL("http://b/x", "true", "", "*")

static void a_body_is_held_only_where_a_step_looks_at_it(void **state)
{
	static const struct {
		const char *steps;
		enum flow_body request, answer;
	} cases[] = {
		{ "", FLOW_BODY_HELD, FLOW_BODY_HELD },
		{ ASK, FLOW_BODY_PASSES, FLOW_BODY_PASSES },
		{ SET_HEADER("A", "${header.b}") "," ASK "," SET_HEADER("C", "d"), FLOW_BODY_PASSES,
		  FLOW_BODY_PASSES },
		{ BODY("${in.body}") "," ASK "," BODY("${ body }"), FLOW_BODY_PASSES, FLOW_BODY_PASSES },
		{ SET_HEADER("A", "x${body}") "," ASK, FLOW_BODY_HELD, FLOW_BODY_PASSES },
		{ BODY("<a>${body}</a>") "," ASK, FLOW_BODY_HELD, FLOW_BODY_PASSES },
		{ BODY("constant") "," ASK, FLOW_BODY_UNUSED, FLOW_BODY_PASSES },
		{ BODY("constant"), FLOW_BODY_UNUSED, FLOW_BODY_HELD },
		{ CALL("http://b/${body}", "true", "", ""), FLOW_BODY_HELD, FLOW_BODY_PASSES },
		{ ASK "," BODY("constant"), FLOW_BODY_PASSES, FLOW_BODY_HELD },
		{ ASK "," SET_HEADER("A", "${bodyAs(String)}"), FLOW_BODY_PASSES, FLOW_BODY_HELD },
		{ ASK "," BODY("${body}!") "," ASK, FLOW_BODY_PASSES, FLOW_BODY_PASSES },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(flow_plan_free_cleanup)
		struct flow_plan *plan = plan_of("", false, cases[i].steps);
		assert_int_equal(plan->request_body, cases[i].request);
		assert_int_equal(plan->answer_body, cases[i].answer);
	}
}

static void bodies_that_nobody_looks_at_pass_through_a_run(void **state)
{
	AUTO(flow_plan_free_cleanup)
	struct flow_plan *plan = plan_of("", false, ASK "," SET_HEADER("A", "b"));
	struct flow_request r = request("");
	r.body = STR("");
	r.body_passes = true;
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_CALL);
	assert_true(flow_run_call(run)->body_passes && flow_run_call(run)->answer_passes);
	flow_run_answer(run, &(struct flow_response){ .status = 201, .body_passes = true });
	assert_int_equal(flow_run_step(run), FLOW_DONE);
	assert_true(flow_run_response(run)->body_passes);
	assert_int_equal(flow_run_response(run)->status, 201);
}

static void an_address_made_of_nothing_fails_the_message(void **state)
{
	static const char *const steps[] = { CALL("${header.none}", "true", "", ""),
					     CALL("${body}", "true", "", "") };
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		AUTO(flow_plan_free_cleanup) struct flow_plan *plan = plan_of("", false, steps[i]);
		struct flow_request r = request("");
		AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
		assert_int_equal(flow_run_step(run), FLOW_FAILED);
	}
}

static void a_flow_cannot_grow_a_body_past_the_limit(void **state)
{
	AUTO_BUF(steps, 65536);
	for (int i = 0; i < 30; i++) {
		(void)buf_printf(&steps, "%s%s", i ? "," : "", BODY("${body}${body}"));
	}
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = plan_of("", false, buf_c(&steps));
	struct flow_request r = request("");
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_FAILED);
}

static void more_headers_than_are_taken_fail_the_message(void **state)
{
	static char names[FLOW_MAX_FIELDS + 1][8];
	static struct flow_field many[FLOW_MAX_FIELDS + 1];
	AUTO(flow_plan_free_cleanup) struct flow_plan *plan = plan_of("*", false, "");
	struct flow_request r = request("");
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "x-%zu", i);
		many[i] = (struct flow_field){ str_of(names[i]), STR("v") };
	}
	r.fields = many;
	r.n_fields = ARRAY_SIZE(many);
	AUTO(flow_run_free_cleanup) struct flow_run *run = flow_run_new(plan, &r);
	assert_int_equal(flow_run_step(run), FLOW_FAILED);
}

static void steps_see_what_steps_before_them_set_and_deleted(void **state)
{
	expect_body(
		"*", "",
		"{\"kind\":\"modifier\",\"id\":\"1\",\"name\":\"\",\"headers\":[{\"name\":\"X-Order*\","
		"\"remove\":true},"
		"{\"name\":\"h\",\"source\":\"constant\",\"value\":\"${body}\",\"otherwise\":\"\"}],"
		"\"properties\":[{\"name\":\"p\",\"source\":\"header\",\"value\":\"H\",\"otherwise\":\"\"},"
		"{\"name\":\"q\",\"source\":\"property\",\"value\":\"none\",\"otherwise\":\"dflt\"}]}," BODY(
			"${header.X-Order-Id}|${property.p}|${property.q}|${property.P}"),
		"|${body}|dflt|");
}

RUN_TESTS(TEST(the_runtime_headers_are_set), TEST(what_a_caller_may_not_claim_never_enters),
	  TEST(what_claims_an_identity_enters_only_where_it_is_listed_by_name),
	  TEST(another_spelling_of_a_claim_is_one_and_not_named_by_it),
	  TEST(what_only_sounds_like_a_claim_enters_and_the_runtime_s_own_never_does),
	  TEST(only_allowed_headers_and_parameters_enter), TEST(the_answer_is_the_body_with_type_and_status),
	  TEST(a_status_that_is_none_counts_as_success), TEST(a_header_with_a_line_end_is_never_sent),
	  TEST(a_receiver_gets_what_its_channel_lets_through),
	  TEST(a_failure_answers_500_with_the_message_id_alone),
	  TEST(a_failure_is_told_to_the_caller_where_the_flow_says_so),
	  TEST(a_body_is_held_only_where_a_step_looks_at_it),
	  TEST(bodies_that_nobody_looks_at_pass_through_a_run),
	  TEST(an_address_made_of_nothing_fails_the_message), TEST(a_flow_cannot_grow_a_body_past_the_limit),
	  TEST(more_headers_than_are_taken_fail_the_message),
	  TEST(steps_see_what_steps_before_them_set_and_deleted))
