/* SPDX-License-Identifier: Apache-2.0
 * The order of the checks, and each of them alone. */
#include "policy/policy.h"
#include "unit/test.h"

static char role[] = "Orders.send", no_role[] = "", address[] = "/a", subject[] = "CN=x, O=y",
	    issuer[] = "CN=ca";
static struct flow_dn_row rows[] = { { subject, issuer } };
static const char *const roles[] = { "Other", "Orders.send" };
static const struct identity_candidate with_role = { .key_name = "k",
						     .instance_name = "i",
						     .client_id = "c",
						     .plan = "integration-flow",
						     .roles = roles,
						     .n_roles = 2 };
static const struct identity_candidate without_role = { .key_name = "k",
							.instance_name = "i",
							.client_id = "c",
							.plan = "integration-flow",
							.roles = roles,
							.n_roles = 1 };
static const struct identity_candidate api_plan = { .plan = "api", .roles = roles, .n_roles = 2 };
static const struct flow_endpoint plain = { .address = address, .role = role, .max_body = 10 };
static const struct flow_endpoint csrf = { .address = address, .role = role, .max_body = 10, .csrf = true };
static const struct flow_endpoint listed = { .address = address,
					     .auth = FLOW_AUTH_CERTIFICATE,
					     .role = no_role,
					     .rows = rows,
					     .n_rows = 1,
					     .max_body = 10 };
static const struct flow_endpoint roleless = { .address = address, .role = no_role, .max_body = 10 };
static const struct identity_certificate leaf = { .subject = "cn=X,o=y", .issuer = "CN=ca" };
static const struct identity_certificate foreign = { .subject = "CN=z", .issuer = "CN=ca" };

static void a_request_meets_the_checks_in_their_order(void **state)
{
	static const struct identity stranger = { .reason = REASON_S301 }, empty = { 0 };
	static const struct identity guest = { .candidate = &without_role },
				     friend = { .candidate = &with_role }, api = { .candidate = &api_plan };
	static const struct {
		struct policy_request r;
		enum policy_action action;
		enum reason reason;
		int status;
	} cases[] = {
		{ { &stranger, NULL, STR("/n"), STR("TRACE") }, POLICY_REFUSE, REASON_S301, 401 },
		{ { &empty, &plain, STR("/a"), STR("GET") }, POLICY_REFUSE, REASON_R504, 401 },
		{ { &guest, NULL, STR("/n"), STR("TRACE") }, POLICY_REFUSE, REASON_R501, 404 },
		{ { &guest, &plain, STR("/a"), STR("TRACE") }, POLICY_REFUSE, REASON_R502, 405 },
		{ { &guest, NULL, STR(""), STR("CONNECT") }, POLICY_REFUSE, REASON_R502, 405 },
		{ { &stranger, NULL, STR(""), STR("CONNECT") }, POLICY_REFUSE, REASON_S301, 401 },
		{ { &guest, &plain, STR("/a"), STR("get") }, POLICY_REFUSE, REASON_R502, 405 },
		{ { &guest, &csrf, STR("/a"), STR("POST"), .body_size = 99 },
		  POLICY_REFUSE,
		  REASON_S307,
		  403 },
		{ { &api, &plain, STR("/a"), STR("POST") }, POLICY_REFUSE, REASON_S309, 403 },
		{ { &friend, &roleless, STR("/a"), STR("POST") }, POLICY_REFUSE, REASON_S307, 403 },
		{ { &friend, &csrf, STR("/a"), STR("POST"), .body_size = 99 },
		  POLICY_REFUSE,
		  REASON_R503,
		  403 },
		{ { &friend, &csrf, STR("/a"), STR("DELETE"), POLICY_CSRF_WRONG },
		  POLICY_REFUSE,
		  REASON_R503,
		  403 },
		{ { &friend, &csrf, STR("/a"), STR("POST"), POLICY_CSRF_FETCH },
		  POLICY_REFUSE,
		  REASON_R503,
		  403 },
		{ { &friend, &csrf, STR("/a"), STR("POST"), POLICY_CSRF_GOOD, 99 },
		  POLICY_REFUSE,
		  REASON_R506,
		  413 },
		{ { &friend, &plain, STR("/a"), STR("POST"), .body_size = 11 },
		  POLICY_REFUSE,
		  REASON_R506,
		  413 },
		{ { &friend, &plain, STR("/a"), STR("POST"), .body_size = 10 }, POLICY_RUN, REASON_NONE, 0 },
		{ { &friend, &csrf, STR("/a"), STR("POST"), POLICY_CSRF_GOOD, 10 },
		  POLICY_RUN,
		  REASON_NONE,
		  0 },
		{ { &friend, &csrf, STR("/a"), STR("GET") }, POLICY_RUN, REASON_NONE, 0 },
		{ { &friend, &csrf, STR("/a"), STR("GET"), POLICY_CSRF_FETCH },
		  POLICY_TOKEN,
		  REASON_NONE,
		  200 },
		{ { &friend, &csrf, STR("/a"), STR("HEAD"), POLICY_CSRF_FETCH },
		  POLICY_TOKEN,
		  REASON_NONE,
		  200 },
		{ { &friend, &plain, STR("/a"), STR("GET"), POLICY_CSRF_FETCH }, POLICY_RUN, REASON_NONE, 0 },
		{ { &friend, &plain, STR("/a"), STR("HEAD") }, POLICY_PROBE, REASON_NONE, 200 },
		{ { &guest, &plain, STR("/a"), STR("HEAD") }, POLICY_REFUSE, REASON_S307, 403 },
		{ { &guest, &listed, STR("/a"), STR("POST"), .leaf = &leaf }, POLICY_RUN, REASON_NONE, 0 },
		{ { &guest, &listed, STR("/a"), STR("POST"), .leaf = &foreign },
		  POLICY_REFUSE,
		  REASON_S307,
		  403 },
		{ { &friend, &listed, STR("/a"), STR("POST") }, POLICY_REFUSE, REASON_S307, 403 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(policy_verdict_fini) struct policy_verdict v = { 0 };
		policy_judge(&cases[i].r, &v);
		if (v.action != cases[i].action || v.reason != cases[i].reason ||
		    v.status != cases[i].status) {
			fail_msg("case %zu: action %d, reason %s, status %d", i, (int)v.action,
				 reason_info(v.reason)->code, v.status);
		}
	}
}

static void the_missing_role_is_told_and_its_repair_keeps_the_others(void **state)
{
	const struct identity guest = { .candidate = &without_role };
	const struct policy_request r = { &guest, &plain, STR("/a"), STR("POST") };
	AUTO(policy_verdict_fini) struct policy_verdict v = { 0 };
	AUTO_BUF(text, 1024);
	AUTO_BUF(fix, 1024);
	policy_judge(&r, &v);
	assert_string_equal(value_get_c(v.expected, "role"), "Orders.send");
	assert_string_equal(value_get_c(v.expected, "roles"), "\"Other\",\"Orders.send\"");
	assert_string_equal(value_c(value_at(value_get(v.presented, "roles"), 0)), "Other");
	value_set_c(v.expected, "instance", "i");
	policy_format_text(v.reason, v.presented, v.expected, &text);
	assert_string_equal(buf_c(&text),
			    "The service instance i lacks the role Orders.send that the endpoint asks for.");
	reason_format_fix(v.reason, v.expected, &fix);
	assert_non_null(strstr(buf_c(&fix), "{\"roles\":[\"Other\",\"Orders.send\"]}"));
}

static void accepted_names_stand_beside_the_presented_ones(void **state)
{
	AUTO_VALUE *presented = value_object();
	AUTO_VALUE *expected = value_object();
	assert_int_equal(policy_judge_right(&with_role, &foreign, &listed, presented, expected), REASON_S307);
	assert_string_equal(value_get_c(value_at(value_get(expected, "accepted"), 0), "subject"),
			    "CN=x, O=y");
	assert_int_equal(policy_judge_right(&with_role, &foreign, &listed, NULL, NULL), REASON_S307);
}

static void a_body_may_be_as_large_as_the_limit(void **state)
{
	assert_int_equal(policy_judge_body(&plain, 10), REASON_NONE);
	assert_int_equal(policy_judge_body(&plain, 11), REASON_R506);
	assert_int_equal(policy_judge_body(&plain, UINT64_MAX), REASON_R506);
}

RUN_TESTS(TEST(a_request_meets_the_checks_in_their_order),
	  TEST(the_missing_role_is_told_and_its_repair_keeps_the_others),
	  TEST(accepted_names_stand_beside_the_presented_ones), TEST(a_body_may_be_as_large_as_the_limit))
