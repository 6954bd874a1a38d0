/* SPDX-License-Identifier: Apache-2.0
 * Tests of the plan: a destination in, the call or the reason out. */
#include "test.h"

#include "outbound/plan.h"
#include "outbound/problem.h"

static struct value *found_of(const char *properties)
{
	AUTO_BUF(text, 10000);
	struct value *v = NULL;
	buf_printf(&text,
		   "{\"destinationConfiguration\":{\"Name\":\"D\",%s},\"certificates\":[{\"Name\":\"k.p12\","
		   "\"Content\":\"S0VZ\"},"
		   "{\"Name\":\"t.pem\",\"Content\":\"VFJVU1Q=\"}]}",
		   properties);
	assert_int_equal(value_parse(&v, buf_str(&text), 10000, NULL), RC_OK);
	return v;
}

static enum rc plan(const char *properties, const struct outbound_wish *wish, struct value **ret,
		    struct err *err)
{
	AUTO_VALUE *found = found_of(properties);
	return outbound_plan(found, wish, ret, err);
}

#define MTLS "\"URL\":\"https://h/\",\"Authentication\":\"ClientCertificateAuthentication\""

static void a_destination_that_cannot_be_called_has_its_reason(void **state)
{
	static const struct {
		const char *properties, *reason;
	} cases[] = {
		{ "\"URL\":\"https://h/\",\"ProxyType\":\"OnPremise\"", "D407" },
		{ "\"URL\":\"http://h/"
		  "\",\"Authentication\":\"ClientCertificateAuthentication\",\"KeyStoreLocation\":\"k.p12\"",
		  "D401" },
		{ MTLS, "D411" },
		{ MTLS ",\"KeyStoreLocation\":\"\"", "D411" },
		{ MTLS ",\"KeyStoreLocation\":\"absent.p12\"", "D402" },
		{ "\"URL\":\"https://h/\",\"TrustStoreLocation\":\"absent.pem\"", "D412" },
		{ "\"URL\":\"mailto:x\"", "D409" },
		{ "\"Authentication\":\"NoAuthentication\"", "D409" },
	};
	const struct outbound_wish wish = { .method = "HEAD" };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value *request = NULL;
		struct err err = { 0 };
		assert_int_equal(plan(cases[i].properties, &wish, &request, &err), RC_INVALID);
		assert_string_equal(err.reason, cases[i].reason);
		assert_null(strchr(err.fix, '{'));
		assert_null(request);
	}
}

static void a_trust_store_stands_for_the_system_s_anchors_and_the_own_ca_beside_both(void **state)
{
	static const struct {
		const char *properties;
		const char *trust;
		bool system, all;
	} cases[] = {
		{ "\"URL\":\"https://h/\"", NULL, true, false },
		{ "\"URL\":\"https://h/\",\"TrustStoreLocation\":\"\"", NULL, true, false },
		{ "\"URL\":\"https://h/\",\"TrustStoreLocation\":\"t.pem\"", "VFJVU1Q=", false, false },
		{ "\"URL\":\"https://h/\",\"TrustStoreLocation\":\"t.pem\",\"TrustAll\":\"TRUE\"",
		  "VFJVU1Q=", false, true },
		{ "\"URL\":\"https://h/\",\"TrustStoreLocation\":\"absent\",\"TrustAll\":\"true\"", NULL,
		  false, true },
		{ "\"URL\":\"https://h/\",\"TrustAll\":\"false\"", NULL, true, false },
	};
	const struct outbound_wish wish = { .method = "HEAD", .own_ca = STR("OWN") };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_VALUE *request = NULL;
		assert_int_equal(plan(cases[i].properties, &wish, &request, NULL), RC_OK);
		assert_string_equal(value_get_c(request, "anchors"), "OWN");
		assert_int_equal(value_get_bool(request, "system_anchors", false), cases[i].system);
		assert_int_equal(value_get_bool(request, "trust_all", false), cases[i].all);
		if (cases[i].trust) {
			assert_string_equal(value_get_c(request, "trust"), cases[i].trust);
		} else {
			assert_null(value_get_c(request, "trust"));
		}
	}
}

static void path_queries_and_headers_of_the_destination_are_in_the_call(void **state)
{
	static const char *const lines[] = { "X-Mine: 1" };
	const struct outbound_wish wish = {
		.method = "POST", .path = "a?x=1", .headers = lines, .n_headers = 1
	};
	AUTO_VALUE *request = NULL;
	assert_int_equal(plan("\"URL\":\"https://h/b/\",\"URL.queries.q "
			      "r\":\"s&t\",\"URL.headers.X-Theirs\":\"2\",\"sap-client\":\"100\"",
			      &wish, &request, NULL),
			 RC_OK);
	assert_string_equal(value_get_c(request, "url"), "https://h/b/a?x=1&q%20r=s%26t");
	assert_string_equal(value_get_c(value_get(request, "headers"), "X-Theirs"), "2");
	assert_string_equal(value_get_c(value_get(request, "headers"), "sap-client"), "100");
	assert_string_equal(value_c(value_at(value_get(request, "lines"), 0)), "X-Mine: 1");
	assert_string_equal(value_get_c(request, "method"), "POST");
}

static void token_of(const char *token, const struct outbound_wish *wish, const char *authorization,
		     const char *reason)
{
	AUTO_VALUE *found = found_of("\"URL\":\"https://h/\"");
	AUTO_VALUE *request = NULL;
	struct value *tokens = NULL;
	struct err err = { 0 };
	assert_int_equal(value_parse(&tokens, str_of(token), 1000, NULL), RC_OK);
	value_set(found, "authTokens", tokens);
	assert_int_equal(outbound_plan(found, wish, &request, &err), reason ? RC_INVALID : RC_OK);
	assert_string_equal(err.reason, reason ? reason : "");
	if (authorization) {
		assert_string_equal(value_get_c(value_get(request, "headers"), "Authorization"),
				    authorization);
	} else {
		assert_null(value_get_c(value_get(request, "headers"), "Authorization"));
	}
}

static void the_destination_s_token_is_sent_unless_the_caller_brings_one(void **state)
{
	static const char good[] = "[{\"http_header\":{\"key\":\"Authorization\",\"value\":\"Bearer t\"}}]";
	static const char bad[] = "[{\"type\":\"\",\"value\":\"\",\"error\":\"no such client\"}]";
	static const char *const lines[] = { "authorization: mine" };
	const struct outbound_wish plain = { .method = "GET" },
				   own = { .method = "GET", .headers = lines, .n_headers = 1 };
	token_of(good, &plain, "Bearer t", NULL);
	token_of(good, &own, NULL, NULL);
	token_of(bad, &plain, NULL, "D423");
	token_of(bad, &own, NULL, NULL);
}

static void every_problem_but_none_has_a_reason_and_a_word_that_finds_it(void **state)
{
	for (int i = OUTBOUND_OK; i < OUTBOUND_PROBLEM_COUNT; i++) {
		enum outbound_problem problem = (enum outbound_problem)i;
		assert_int_equal(outbound_problem_find(str_of(outbound_problem_name(problem))), problem);
		assert_int_equal(outbound_problem_reason(problem) == REASON_NONE, problem == OUTBOUND_OK);
	}
}

RUN_TESTS(TEST(a_destination_that_cannot_be_called_has_its_reason),
	  TEST(a_trust_store_stands_for_the_system_s_anchors_and_the_own_ca_beside_both),
	  TEST(path_queries_and_headers_of_the_destination_are_in_the_call),
	  TEST(the_destination_s_token_is_sent_unless_the_caller_brings_one),
	  TEST(every_problem_but_none_has_a_reason_and_a_word_that_finds_it))
