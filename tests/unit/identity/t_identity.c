/* SPDX-License-Identifier: Apache-2.0
 * Who a caller is, for every way to be nobody. */
#include "identity/identity.h"
#include "unit/test.h"

#define A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define K "1111111111111111111111111111111111111111111111111111111111111111"
#define L "2222222222222222222222222222222222222222222222222222222222222222"
#define CERT(hash, subject_, key, day) \
	{ \
		.sha256 = hash, .subject = subject_, .issuer = "CN=ca", .issuer_public_key_sha256 = key, \
		.not_before = { \
			day \
		} \
	}
#define KEY(name, pinned_, ...) \
	{ \
		.key_id = name, .key_name = name, .client_id = "c-" name, .instance_name = "i", \
		.plan = "integration-flow", .pinned = pinned_, \
		.certificates = (const struct identity_certificate[]){ __VA_ARGS__ }, \
		.n_certificates = sizeof((const struct identity_certificate[]){ __VA_ARGS__ }) / \
				  sizeof(struct identity_certificate) \
	}

static void a_certificate_is_found_in_its_service_key_or_the_nearest_reason_told(void **state)
{
	const struct {
		const char *what;
		struct identity_candidate keys[2];
		size_t n;
		enum reason reason;
		const char *key; /* NULL: none */
	} cases[] = {
		{ "none", { { 0 } }, 0, REASON_S301, NULL },
		{ "pinned", { KEY("k", true, CERT(A, "CN=x", K, 5)) }, 1, REASON_NONE, "k" },
		{ "pinned without names known",
		  { KEY("k", true, CERT(A, "CN=z", K, 5)) },
		  1,
		  REASON_NONE,
		  "k" },
		{ "second of two in renewal",
		  { KEY("k", true, CERT(B, "CN=x", K, 1), CERT(A, "CN=x", K, 5)) },
		  1,
		  REASON_NONE,
		  "k" },
		{ "renewed on pinned", { KEY("k", true, CERT(B, "CN=x", K, 1)) }, 1, REASON_S304, "k" },
		{ "other subject", { KEY("k", true, CERT(B, "CN=y", K, 1)) }, 1, REASON_S301, NULL },
		{ "unpinned same", { KEY("k", false, CERT(A, "CN=x", K, 5)) }, 1, REASON_NONE, "k" },
		{ "unpinned renewed", { KEY("k", false, CERT(B, "CN=x", K, 4)) }, 1, REASON_NONE, "k" },
		{ "unpinned older", { KEY("k", false, CERT(B, "CN=x", K, 6)) }, 1, REASON_S312, "k" },
		{ "unpinned other CA", { KEY("k", false, CERT(B, "CN=x", L, 1)) }, 1, REASON_S313, "k" },
		{ "unpinned CA unknown", { KEY("k", false, CERT(B, "CN=x", "", 1)) }, 1, REASON_S314, "k" },
		{ "unpinned CA unknown, its own certificate",
		  { KEY("k", false, CERT(A, "CN=x", "", 5)) },
		  1,
		  REASON_NONE,
		  "k" },
		{ "unpinned in renewal, its own older certificate",
		  { KEY("k", false, CERT(B, "CN=x", K, 9), CERT(A, "CN=x", K, 5)) },
		  1,
		  REASON_NONE,
		  "k" },
		{ "two unpinned",
		  { KEY("k", false, CERT(B, "CN=x", K, 1)), KEY("l", false, CERT(B, "CN=x", K, 2)) },
		  2,
		  REASON_S310,
		  "k" },
		{ "pinned and unpinned",
		  { KEY("k", true, CERT(A, "CN=x", K, 5)), KEY("l", false, CERT(B, "CN=x", K, 2)) },
		  2,
		  REASON_S310,
		  "k" },
		{ "two pinned, one right",
		  { KEY("k", true, CERT(B, "CN=x", K, 1)), KEY("l", true, CERT(A, "CN=x", K, 5)) },
		  2,
		  REASON_NONE,
		  "l" },
		{ "same in two",
		  { KEY("k", true, CERT(A, "CN=x", K, 5)), KEY("l", true, CERT(A, "CN=x", K, 5)) },
		  2,
		  REASON_S310,
		  "k" },
	};
	const struct identity_peer peer = { .has_certificate = true,
					    .anchored = true,
					    .leaf = CERT(A, "CN=x", K, 5) };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(identity_fini) struct identity id = { 0 };
		identity_judge(&peer, NULL, cases[i].keys, cases[i].n, (struct wall){ 9 }, &id);
		if (id.reason != cases[i].reason || (id.candidate != NULL) != (cases[i].key != NULL) ||
		    (cases[i].key && strcmp(id.candidate->key_name, cases[i].key) != 0)) {
			fail_msg("%s: %s", cases[i].what, reason_info(id.reason)->code);
		}
		assert_true(id.may_tell);
		assert_int_equal(id.how, IDENTITY_CERTIFICATE);
		assert_string_equal(value_get_c(id.presented, "sha256"), A);
	}
}

static void the_evidence_shows_what_came_beside_what_was_expected(void **state)
{
	const struct identity_candidate key = KEY("k", true, CERT(B, "CN=x", K, 1000000));
	const struct identity_peer peer = { .has_certificate = true,
					    .anchored = true,
					    .leaf = CERT(A, "CN=x", K, 2000000) };
	AUTO(identity_fini) struct identity id = { 0 };
	identity_judge(&peer, NULL, &key, 1, (struct wall){ 9 }, &id);
	assert_string_equal(value_get_c(id.presented, "not_before"), "1970-01-01T00:00:02Z");
	assert_string_equal(value_get_c(id.expected, "not_before"), "1970-01-01T00:00:01Z");
	assert_string_equal(value_get_c(id.expected, "sha256"), B);
	assert_string_equal(value_get_c(id.expected, "key"), "k");
	assert_string_equal(value_get_c(id.expected, "instance"), "i");
}

static void the_chain_is_judged_before_any_service_key(void **state)
{
	static const enum reason reasons[] = { REASON_K201, REASON_K202, REASON_P109,
					       REASON_P108, REASON_P112, REASON_K207 };
	const struct identity_candidate key = KEY("k", true, CERT(A, "CN=x", K, 5));
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		/* All but the first two are judged only once an anchor was reached:
		 * these callers may be told. */
		bool anchored = i >= 2;
		const struct identity_peer peer = { .has_certificate = true,
						    .anchored = anchored,
						    .chain_reason = reasons[i],
						    .leaf = CERT(A, "CN=x", K, 5) };
		AUTO(identity_fini) struct identity id = { 0 };
		identity_judge(&peer, NULL, &key, 1, (struct wall){ 9 }, &id);
		assert_int_equal(id.reason, reasons[i]);
		assert_null(id.candidate);
		assert_int_equal(id.may_tell, anchored);
	}
}

static void a_chain_without_an_anchor_is_never_good(void **state)
{
	const struct identity_candidate key = KEY("k", true, CERT(A, "CN=x", K, 5));
	const struct identity_peer peer = { .has_certificate = true, .leaf = CERT(A, "CN=x", K, 5) };
	AUTO(identity_fini) struct identity id = { 0 };
	identity_judge(&peer, NULL, &key, 1, (struct wall){ 9 }, &id);
	assert_int_equal(id.reason, REASON_K201);
}

static const struct identity_candidate secret_key = { .key_id = "k",
						      .key_name = "k",
						      .client_id = "c",
						      .instance_name = "i",
						      .plan = "integration-flow",
						      .secret_sha256 = A };

static void a_token_or_secret_is_good_or_R507(void **state)
{
	static const struct identity_authorization good_token = { .scheme = IDENTITY_BEARER,
								  .client_id = "c",
								  .signature_good = true,
								  .tenant = "t",
								  .expected_tenant = "t",
								  .expires = { 999 * US_PER_SECOND },
								  .candidate = &secret_key };
	static const struct identity_authorization good_basic = {
		.scheme = IDENTITY_BASIC, .client_id = "c", .secret_sha256 = A, .candidate = &secret_key
	};
	static const struct identity_candidate without = { .client_id = "c" };
	const struct identity_peer nobody = { 0 };
	const struct wall now = { 500 * US_PER_SECOND }, near = { 560 * US_PER_SECOND },
			  far = { 560 * US_PER_SECOND + 1 };
	for (int i = 0; i < 18; i++) {
		struct identity_authorization a = i < 9 || i >= 14 ? good_token : good_basic;
		AUTO(identity_fini) struct identity id = { 0 };
		switch (i) {
		case 1: a.signature_good = false; break;
		case 2: a.expires = now; break;
		case 3: a.not_before = far; break;
		case 4: a.tenant = "other"; break;
		case 5: a.tenant = NULL; break;
		case 6: a.candidate = NULL; break;
		case 7: a.confirmation = A; break;
		case 8: a.client_id = "d"; break;
		case 10: a.secret_sha256 = B; break;
		case 11: a.secret_sha256 = NULL; break;
		case 12: a.candidate = &without; break;
		case 13: a.scheme = IDENTITY_NONE, a.unknown_scheme = true; break;
		case 14: a.issued = far; break;
		case 15: a.issued = near; break;
		case 16: a.not_before = near; break;
		case 17: a.issued = now; break;
		default: break;
		}
		bool good = i == 0 || i == 9 || i >= 15;
		identity_judge(&nobody, &a, NULL, 0, now, &id);
		if (id.reason != (good ? REASON_NONE : REASON_R507)) {
			fail_msg("case %d: %s", i, reason_info(id.reason)->code);
		}
		assert_int_equal(id.may_tell, good);
		if (i == 14) {
			assert_true(str_starts_with(value_get_str(id.presented, "error"),
						    STR("The token was issued in the future")));
		}
	}
}

static void who_sends_nothing_is_told_so(void **state)
{
	const struct identity_peer nobody = { 0 };
	const struct identity_authorization none = { 0 };
	AUTO(identity_fini) struct identity id = { 0 };
	identity_judge(&nobody, &none, NULL, 0, (struct wall){ 0 }, &id);
	assert_int_equal(id.reason, REASON_R504);
}

static void the_certificate_decides_where_a_token_came_too(void **state)
{
	const struct identity_peer peer = { .has_certificate = true,
					    .anchored = true,
					    .leaf = CERT(A, "CN=x", K, 5) };
	const struct identity_authorization basic = {
		.scheme = IDENTITY_BASIC, .client_id = "c", .secret_sha256 = A, .candidate = &secret_key
	};
	AUTO(identity_fini) struct identity id = { 0 };
	identity_judge(&peer, &basic, NULL, 0, (struct wall){ 9 }, &id);
	assert_int_equal(id.reason, REASON_S301);
}

static void a_record_of_the_registry_becomes_a_candidate(void **state)
{
	AUTO_VALUE *service_key = NULL;
	AUTO_VALUE *instance = NULL;
	struct identity_record record;
	assert_int_equal(value_parse(&service_key,
				     STR("{\"id\":\"1\",\"name\":\"k\",\"client_id\":\"c\",\"secret_sha256\":"
					 "null,\"pinned\":false,"
					 "\"certificates\":[{\"sha256\":\"" A
					 "\",\"subject\":\"CN=x\",\"issuer\":\"CN=ca\","
					 "\"issuer_public_key_sha256\":\"" K
					 "\",\"not_before\":\"2026-01-01T00:00:00Z\"}]}"),
				     4096, NULL),
			 RC_OK);
	assert_int_equal(value_parse(&instance,
				     STR("{\"id\":\"2\",\"name\":\"i\",\"plan\":\"integration-flow\","
					 "\"roles\":[\"a\",\"b\"]}"),
				     4096, NULL),
			 RC_OK);
	assert_int_equal(identity_record_init(&record, service_key, instance, NULL), RC_OK);
	/* It stands on its own: what it was read from may change. */
	value_set_c(service_key, "name", "another");
	value_set_c(instance, "plan", "another");
	assert_string_equal(record.candidate.key_name, "k");
	assert_string_equal(record.candidate.plan, "integration-flow");
	assert_string_equal(record.candidate.certificates[0].issuer_public_key_sha256, K);
	assert_null(record.candidate.secret_sha256);
	assert_false(record.candidate.pinned);
	assert_true(identity_has_role(&record.candidate, "b"));
	assert_false(identity_has_role(&record.candidate, "B"));
	assert_int_equal(record.candidate.n_certificates, 1);
	assert_true(record.candidate.certificates[0].not_before.us > 0);
	identity_record_fini(&record);
	value_remove(service_key, "client_id");
	assert_int_equal(identity_record_init(&record, service_key, instance, NULL), RC_INVALID);
}

RUN_TESTS(TEST(a_certificate_is_found_in_its_service_key_or_the_nearest_reason_told),
	  TEST(the_evidence_shows_what_came_beside_what_was_expected),
	  TEST(the_chain_is_judged_before_any_service_key), TEST(a_chain_without_an_anchor_is_never_good),
	  TEST(a_token_or_secret_is_good_or_R507), TEST(who_sends_nothing_is_told_so),
	  TEST(the_certificate_decides_where_a_token_came_too),
	  TEST(a_record_of_the_registry_becomes_a_candidate))
