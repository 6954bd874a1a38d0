/* SPDX-License-Identifier: Apache-2.0
 * What an outbound call's answer says about a destination:
 * reachable, authenticated, authorised, and in which words. */
#include "outbound/problem.h"
#include "pki/chain/chain_pem.h"
#include "service/doctor/check.h"
#include "service/publish/own_gateway.h"
#include "unit/service/world.h"

static bool says(const char *where, const struct value *verdict, const char *name, const char *part)
{
	const char *text = value_get_c(verdict, name);
	if (text && strstr(text, part) && (part[0] || !text[0])) {
		return true;
	}
	print_error("%s: %s is \"%s\" without \"%s\"\n", where, name, text ? text : "(absent)", part);
	return false;
}

static bool is(const char *where, const struct value *verdict, const char *name, bool expected)
{
	if (value_get_bool(verdict, name, !expected) == expected) {
		return true;
	}
	print_error("%s: %s should be %s\n", where, name, expected ? "true" : "false");
	return false;
}

static void a_status_tells_who_was_let_in_and_who_was_served(void **state)
{
	static const struct {
		int status;
		bool with_id; /* the answer names a request, as another Postern's does */
		bool success, authenticated, authorised;
		const char *code, *text, *fix; /* parts; "" for none at all */
	} rows[] = {
		{ 200, true, true, true, true, "", "", "" },
		{ 204, false, true, true, true, "", "", "" },
		{ 304, false, true, true, true, "", "", "" },
		{ 399, false, true, true, true, "", "", "" },
		/* HEAD is what the check asks with, and not what the app will. */
		{ 405, false, true, true, true, "", "", "" },
		{ 400, false, true, true, false, "D408", "It answered 400.", "server's log" },
		{ 401, false, true, false, false, "D408", "It answered 401.", "proves itself with" },
		{ 407, false, true, false, false, "D408", "It answered 407.", "server's log" },
		{ 401, true, true, false, false, "D408", "It answered 401.", "doctor --request" },
		{ 403, false, true, true, false, "D408", "It answered 403.", "server's log" },
		{ 403, true, true, true, false, "D408", "It answered 403.", "doctor --request" },
		{ 404, false, true, true, false, "D408", "It answered 404.", "server's log" },
		{ 499, false, true, true, false, "D408", "It answered 499.", "server's log" },
		{ 500, false, false, true, false, "D422", "It answered 500.", "server's log" },
		{ 503, true, false, true, false, "D422", "It answered 503.", "server's log" },
		{ 599, false, false, true, false, "D422", "It answered 599.", "server's log" },
	};
	bool good = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *where = mem_printf("%d%s", rows[i].status, rows[i].with_id ? " with id" : "");
		AUTO_VALUE *answer =
			json(rows[i].with_id ? "{'headers':{'x-request-id':'r1'}}" : "{'headers':{}}");
		value_set_int(answer, "status", rows[i].status);
		AUTO_VALUE *v = service_check_judge(answer, NULL);
		good &= is(where, v, "reachable", true);
		good &= is(where, v, "success", rows[i].success);
		good &= is(where, v, "authenticated", rows[i].authenticated);
		good &= is(where, v, "authorised", rows[i].authorised);
		good &= says(where, v, "code", rows[i].code) && says(where, v, "text", rows[i].text);
		good &= says(where, v, "fix", rows[i].fix);
		assert_int_equal(value_get_int(v, "status", 0), rows[i].status);
		assert_string_equal(value_get_c(v, "request_id"), rows[i].with_id ? "r1" : "");
	}
	assert_true(good);
}

static void every_problem_has_its_code_and_says_whether_the_server_was_there(void **state)
{
	bool good = true;
	for (int i = OUTBOUND_OK + 1; i < OUTBOUND_PROBLEM_COUNT; i++) {
		enum outbound_problem problem = (enum outbound_problem)i;
		const char *name = outbound_problem_name(problem);
		const struct reason_info *info = reason_info(outbound_problem_reason(problem));
		AUTO_VALUE *answer = json("{'text':'So it was.','status':0}");
		value_set_c(answer, "problem", name);
		AUTO_VALUE *v = service_check_judge(answer, NULL);
		good &= is(name, v, "success", false) && is(name, v, "authenticated", false);
		good &= is(name, v, "reachable", outbound_problem_reached(problem));
		good &= is(name, v, "authorised", false) && says(name, v, "code", info->code);
		good &= says(name, v, "text", info->title) && says(name, v, "text", " So it was.");
		good &= says(name, v, "fix", info->fix);
	}
	assert_true(good);
}

static void the_fix_of_the_call_goes_before_that_of_the_table(void **state)
{
	AUTO_VALUE *answer = json("{'problem':'trust','text':'','fix':'Do this.'}");
	AUTO_VALUE *v = service_check_judge(answer, NULL);
	assert_string_equal(value_get_c(v, "fix"), "Do this.");
	assert_string_equal(value_get_c(v, "text"), reason_info(REASON_D406)->title);
}

static void what_was_measured_is_passed_on(void **state)
{
	AUTO_VALUE *answer = json("{'status':200,'certificate_sent':true,'duration_us':1234}");
	AUTO_VALUE *v = service_check_judge(answer, NULL);
	assert_true(value_get_bool(v, "certificate_sent", false));
	assert_int_equal(value_get_int(v, "duration_us", 0), 1234);
}

static void a_call_that_was_never_made_is_told_by_its_error(void **state)
{
	struct err err = { 0 };
	AUTO_VALUE *evidence = json("{'destination':'D'}");
	assert_int_equal(reason_err(&err, RC_INVALID, REASON_D411, evidence), RC_INVALID);
	AUTO_VALUE *v = service_check_judge(NULL, &err);
	assert_string_equal(value_get_c(v, "code"), "D411");
	assert_string_equal(value_get_c(v, "text"), err.text);
	assert_string_equal(value_get_c(v, "fix"), err.fix);
	assert_true(is("no call", v, "reachable", false) && is("no call", v, "success", false));
	assert_int_equal(value_get_int(v, "status", -1), 0);
}

/* A destination that leads to this very server needs no trust store for it. */
static void whatever_a_destination_trusts_the_subaccounts_own_ca_is_trusted_too(void **state)
{
	struct world *w = *state;
	AUTO_VALUE *found = json("{'destinationConfiguration':{'URL':'https://x'}}");
	AUTO_VALUE *absent = json("{'destinationConfiguration':{'TrustStoreLocation':'absent.pem'}}");
	AUTO_VALUE *request = value_object();
	AUTO_CERT_LIST anchors = { 0 };
	AUTO_FREE char *root = NULL;
	OK(w, service_check_trust(w->session, TENANT, found, request, &w->err));
	OK(w, chain_pem_parse(value_get_c(request, "anchors"), &anchors, &w->err));
	root = own_gateway_root_pem(w->session);
	assert_int_equal(anchors.n, 2);
	assert_true(strstr(value_get_c(request, "anchors"), root) != NULL);
	REFUSED(w, service_check_trust(w->session, TENANT, absent, request, &w->err), RC_INVALID, "D412");
	REFUSED(w, service_check_trust(w->session, "nobody", found, request, &w->err), RC_NOT_FOUND, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_status_tells_who_was_let_in_and_who_was_served),
		TEST(every_problem_has_its_code_and_says_whether_the_server_was_there),
		TEST(the_fix_of_the_call_goes_before_that_of_the_table),
		TEST(what_was_measured_is_passed_on),
		TEST(a_call_that_was_never_made_is_told_by_its_error),
		WORLD_TEST(whatever_a_destination_trusts_the_subaccounts_own_ca_is_trusted_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
