/* SPDX-License-Identifier: Apache-2.0
 * What the doctor says of a destination's properties and of a message, and how its report puts it. */
#include "service/doctor/doctor.h"
#include "store/content/message.h"
#include "unit/service/round.h"

/* ---- step 4: properties ---- */

#define TOKEN "'Authentication':'OAuth2ClientCredentials','URL':'https://far.example/'"

static void properties_are_judged_by_what_their_authentication_needs(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *properties, *codes, *fix; /* part of the first one's fix */
	} rows[] = {
		{ MTLS ",'KeyStoreLocation':'c.p12'", "", "" },
		{ MTLS ",'KeyStoreLocation':'c.p12','ProxyType':'Internet'", "", "" },
		{ MTLS ",'KeyStoreLocation':'c.p12','ProxyType':'OnPremise'", "D407",
		  "update D --set ProxyType=Internet" },
		{ MTLS, "D411", "update D --set KeyStoreLocation=" },
		{ MTLS ",'KeyStoreLocation':''", "D411", "" },
		{ MTLS ",'KeyStoreLocation':'absent.p12'", "D402", "upload absent.p12" },
		{ MTLS ",'KeyStoreLocation':'c.pfx'", "D404", "c.p12" },
		{ MTLS ",'KeyStoreLocation':'absent.pfx'", "D402 D404", "upload absent.pfx" },
		{ "'Authentication':'ClientCertificateAuthentication','URL':'http://far.example/x',"
		  "'KeyStoreLocation':'c.p12'",
		  "D401", "--set URL=https://far.example/x" },
		{ MTLS ",'KeyStoreLocation':'c.p12','TrustStoreLocation':'absent.pem'", "D412",
		  "upload absent.pem" },
		{ MTLS ",'KeyStoreLocation':'c.p12','TrustStoreLocation':'c.pfx'", "", "" },
		{ MTLS ",'KeyStoreLocation':'c.p12','TrustStoreLocation':''", "", "" },
		{ "'Authentication':'SAMLAssertion','URL':'https://far.example/'", "D405",
		  "Authentication=ClientCertificateAuthentication" },
		{ "'URL':'https://far.example/'", "D405", "" },
		{ "'Authentication':'NoAuthentication','URL':'https://far.example/'", "", "" },
		{ "'Authentication':'NoAuthentication','URL':'" OWN "/http/x'", "D405", "" },
		{ "'Authentication':'BasicAuthentication','URL':'https://far.example/"
		  "','User':'u','Password':'p'",
		  "", "" },
		{ "'Authentication':'BasicAuthentication','URL':'https://far.example/','Password':'p'",
		  "D414", "--set User=VALUE" },
		{ "'Authentication':'BasicAuthentication','URL':'https://x','User':'','Password':'p'", "D414",
		  "--set User=VALUE" },
		/* One property at a time; a secret is not typed where others see it. */
		{ "'Authentication':'BasicAuthentication','URL':'https://far.example/','User':'u'", "D414",
		  "--set-secret Password --password-file" },
		{ "'Authentication':'BasicAuthentication','URL':'https://far.example/'", "D414",
		  "--set User=VALUE" },
		{ TOKEN, "D414", "--set tokenServiceURL=VALUE" },
		{ TOKEN ",'tokenServiceURL':'https://t.example/'", "", "" },
		/* A token may be asked for with a secret: no key store is none too few, a missing one is. */
		{ TOKEN ",'tokenServiceURL':'https://t.example/','tokenService.KeyStoreLocation':'c.p12'", "",
		  "" },
		{ TOKEN ",'tokenServiceURL':'https://t.example/','tokenService.KeyStoreLocation':'a.p12'",
		  "D402", "upload a.p12" },
		{ "'Authentication':'OAuth2Password','URL':'https://x','tokenServiceURL':'https://"
		  "t','User':'u'",
		  "D414", "--set-secret Password" },
		{ "'Authentication':'OAuth2JWTBearer','URL':'https://x'", "D414",
		  "--set tokenServiceURL=VALUE" },
	};
	bool good = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(doctor_round_fini) struct doctor_round d = { 0 };
		begin(w, &d, rows[i].properties);
		doctor_judge_properties(&d);
		good &= found_is(rows[i].properties, &d, 4, rows[i].codes);
		const char *fix = value_get_c(value_at(d.findings[4], 0), "fix");
		if (fix && (!strstr(fix, rows[i].fix) || strchr(fix, '{'))) {
			print_error("%s: fix is %s\n", rows[i].properties, fix);
			good = false;
		}
		assert_true(d.judged[4]);
	}
	assert_true(good);
}

static void which_ways_to_authenticate_wait_for_a_user(void **state)
{
	static const struct {
		const char *name, *key_store;
		bool of_user;
	} rows[] = {
		{ "ClientCertificateAuthentication", "KeyStoreLocation", false },
		{ "NoAuthentication", NULL, false },
		{ "BasicAuthentication", NULL, false },
		{ "OAuth2ClientCredentials", "tokenService.KeyStoreLocation", false },
		{ "OAuth2Password", "tokenService.KeyStoreLocation", false },
		{ "OAuth2JWTBearer", "tokenService.KeyStoreLocation", true },
		{ "OAuth2UserTokenExchange", "tokenService.KeyStoreLocation", true },
		{ "OAuth2RefreshToken", "tokenService.KeyStoreLocation", true },
		{ "OAuth2AuthorizationCode", "tokenService.KeyStoreLocation", true },
		{ "OAuth2TokenExchange", "tokenService.KeyStoreLocation", true },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_VALUE *c = value_object();
		value_set_c(c, "Authentication", rows[i].name);
		const struct doctor_method *m = doctor_method_of(c);
		assert_non_null(m);
		assert_int_equal(m->of_user, rows[i].of_user);
		assert_int_equal(m->key_store == NULL, rows[i].key_store == NULL);
		if (m->key_store) {
			assert_string_equal(m->key_store, rows[i].key_store);
		}
	}
	AUTO_VALUE *other = json("{'Authentication':'basicauthentication'}"), *none = value_object();
	assert_null(doctor_method_of(other));
	assert_null(doctor_method_of(none));
}

/* ---- the report ---- */

static const struct value *step_of(const struct value *report, int step)
{
	return value_at(value_get(report, "steps"), (size_t)step - 1);
}

static void a_report_names_the_first_broken_step_and_puts_errors_first(void **state)
{
	struct world *w = *state;
	char codes[100];
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d, MTLS);
	d.judged[1] = d.judged[5] = true;
	doctor_find(&d, 3, REASON_S306, NULL, NULL); /* info */
	doctor_find(&d, 4, REASON_D404, NULL, NULL); /* warning */
	doctor_find(&d, 4, REASON_D402, NULL, NULL); /* errors */
	doctor_find(&d, 4, REASON_D411, NULL, NULL);
	doctor_find(&d, 4, REASON_D402, "said again", NULL);
	AUTO_VALUE *report = doctor_report(&d);
	codes_of(value_get(step_of(report, 4), "findings"), codes, sizeof(codes));
	assert_string_equal(codes, "D402 D411 D404");
	assert_int_equal(value_get_int(report, "first_broken", 0), 4);
	assert_false(value_get_bool(report, "ok", true));
	static const struct {
		bool ok, judged;
	} expected[] = { { true, true }, { true, false }, { true, true }, { false, true }, { true, true } };
	for (int i = 1; i <= DOCTOR_STEPS; i++) {
		const struct value *step = step_of(report, i);
		assert_int_equal(value_get_int(step, "step", 0), i);
		assert_int_equal(value_get_bool(step, "ok", false), expected[i - 1].ok);
		assert_int_equal(value_get_bool(step, "judged", false), expected[i - 1].judged);
	}
}

static void a_round_that_found_nothing_is_whole(void **state)
{
	struct world *w = *state;
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d, MTLS);
	AUTO_VALUE *report = doctor_report(&d);
	assert_true(value_get_bool(report, "ok", false));
	assert_int_equal(value_get_int(report, "first_broken", -1), 0);
	assert_int_equal(value_count(value_get(report, "steps")), DOCTOR_STEPS);
}

static void a_call_that_failed_for_what_was_found_before_has_the_same_repair(void **state)
{
	struct world *w = *state;
	AUTO(doctor_round_fini) struct doctor_round d = { 0 };
	begin(w, &d, MTLS);
	doctor_find(&d, 2, REASON_K201, NULL, NULL);
	value_set_c(doctor_finding(&d, 2, REASON_K201), "fix", "as found");
	doctor_find(&d, 5, REASON_K201, NULL, NULL);
	doctor_find(&d, 5, REASON_D408, NULL, NULL);
	AUTO_FREE char *own = mem_strdup(value_get_c(doctor_finding(&d, 5, REASON_D408), "fix"));
	doctor_repeat_fixes(&d);
	assert_string_equal(value_get_c(doctor_finding(&d, 5, REASON_K201), "fix"), "as found");
	assert_string_equal(value_get_c(doctor_finding(&d, 5, REASON_D408), "fix"), own);
	assert_true(doctor_has(&d, "K201") && !doctor_has(&d, "K202"));
}

static void a_key_store_that_cannot_be_opened_is_told_where_it_is_mended(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *reason;
		bool of_destination;
		int step;
		const char *code;
	} rows[] = {
		{ "P101", true, 4, "D403" },  { "P101", false, 1, "P101" }, { "P115", true, 1, "P115" },
		{ "P103", false, 1, "P103" }, { "", true, 1, "P116" },      { "Z999", false, 1, "P116" },
	};
	bool good = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(doctor_round_fini) struct doctor_round d = { 0 };
		struct err err = { 0 };
		begin(w, &d, MTLS ",'KeyStoreLocation':'c.p12'");
		if (!rows[i].of_destination) {
			value_free(TAKE(d.found));
		}
		(void)err_set(&err, RC_INVALID, "It cannot be opened.");
		(void)err_reason(&err, rows[i].reason);
		doctor_open_error(&d, &err);
		for (int step = 1; step <= DOCTOR_STEPS; step++) {
			good &= found_is(rows[i].reason, &d, step, step == rows[i].step ? rows[i].code : "");
		}
	}
	assert_true(good);
}

/* ---- a message ---- */

static void put_message(struct world *w, const char *id, const char *status, const char *code,
			const char *authentication)
{
	AUTO_FREE char *record = mem_printf("{\"authentication\":\"%s\"}", authentication);
	struct store_message row = { .tenant = TENANT,
				     .id = id,
				     .time = wall_now(),
				     .artifact = "",
				     .address = "/x",
				     .status = status,
				     .code = code,
				     .client = "",
				     .subject = "",
				     .sha256 = "",
				     .tls = "",
				     .record = record };
	OK(w, store_message_add(w->session->store, &row, &w->err));
}

static void a_message_says_how_far_the_gateway_had_come(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *status, *code, *authentication;
		const char *judged; /* a letter for each step: j judged and whole, B broken, - not judged */
		int first_broken;
	} rows[] = {
		{ "COMPLETED", "", "certificate", "jjj-j", 0 },
		{ "COMPLETED", "", "token", "--j-j", 0 },
		{ "COMPLETED", "", "none", "----j", 0 },
		{ "REFUSED", "K201", "certificate", "-B--B", 2 },
		{ "REFUSED", "P109", "certificate", "B---B", 1 },
		{ "REFUSED", "S301", "certificate", "jjB-B", 3 },
		{ "REFUSED", "S307", "certificate", "jjB-B", 3 },
		{ "REFUSED", "S307", "token", "--B-B", 3 },
		{ "REFUSED", "R501", "certificate", "jj--B", 5 },
		{ "REFUSED", "R504", "none", "----B", 5 },
		{ "REFUSED", "R507", "token", "----B", 5 },
		{ "REFUSED", "R507", "certificate", "jj--B", 5 },
		{ "REFUSED", "R503", "certificate", "jjj-B", 5 },
		{ "FAILED", "R509", "certificate", "jjj-B", 5 },
		{ "FAILED", "R514", "token", "--j-B", 5 },
		{ "FAILED", "R515", "certificate", "jjj-B", 5 },
		/* A flow that ended in its own error has no code. */
		{ "FAILED", "", "certificate", "jjj-B", 5 },
		{ "REFUSED", "R508", "none", "----B", 5 },
	};
	bool good = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *id = mem_printf("m%zu", i);
		AUTO_VALUE *report = NULL;
		char seen[DOCTOR_STEPS + 1] = "";
		put_message(w, id, rows[i].status, rows[i].code, rows[i].authentication);
		OK(w, service_doctor_message(w->session, TENANT, id, &report, &w->err));
		for (int step = 1; step <= DOCTOR_STEPS; step++) {
			const struct value *s = step_of(report, step);
			seen[step - 1] = !value_get_bool(s, "ok", true)      ? 'B'
					 : value_get_bool(s, "judged", true) ? 'j'
									     : '-';
		}
		if (strcmp(seen, rows[i].judged) != 0 ||
		    value_get_int(report, "first_broken", -1) != rows[i].first_broken) {
			print_error("%s %s by %s: %s instead of %s\n", rows[i].status, rows[i].code,
				    rows[i].authentication, seen, rows[i].judged);
			good = false;
		}
	}
	assert_true(good);
	AUTO_VALUE *none = NULL;
	REFUSED(w, service_doctor_message(w->session, TENANT, "unknown", &none, &w->err), RC_NOT_FOUND, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(properties_are_judged_by_what_their_authentication_needs),
		TEST(which_ways_to_authenticate_wait_for_a_user),
		WORLD_TEST(a_report_names_the_first_broken_step_and_puts_errors_first),
		WORLD_TEST(a_round_that_found_nothing_is_whole),
		WORLD_TEST(a_call_that_failed_for_what_was_found_before_has_the_same_repair),
		WORLD_TEST(a_key_store_that_cannot_be_opened_is_told_where_it_is_mended),
		WORLD_TEST(a_message_says_how_far_the_gateway_had_come),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
