/* SPDX-License-Identifier: Apache-2.0
 * Signing requests travel to a CA and come back as certificates. */
#include "house.h"

static void a_request_is_signed_with_its_own_key_and_names(void **state)
{
	struct house h;
	house_init(&h, "Requests");
	static const char *const sans[] = { "DNS:erp.example.com", "10.0.0.1", "URI:spiffe://x/y" };
	AUTO_BUF(pem, 10000);
	AUTO(request_free_cleanup) struct request *r = NULL;
	assert_int_equal(request_format_pem(h.key, STR("CN=asks,C=DE"), sans, 3, &pem, NULL), RC_OK);
	assert_int_equal(request_parse(&r, buf_str(&pem), NULL), RC_OK);
	struct authority_order order = { .usage = AUTHORITY_CLIENT, .not_before = NOW, .days = 10 };
	AUTO(cert_free_cleanup) struct cert *c = NULL;
	assert_int_equal(authority_sign(&c, &order, r, h.ca, h.ca_key, NULL), RC_OK);
	assert_true(key_matches(h.key, c));
	assert_string_equal(cert_subject(c), "CN=asks,C=DE");
	assert_int_equal(cert_san_count(c), 3);
	assert_string_equal(cert_san(c, 1), "IP:10.0.0.1");
	assert_true(cert_issued(h.ca, c));
	house_fini(&h);
}

static void an_altered_request_and_a_malformed_name_are_refused(void **state)
{
	struct house h;
	house_init(&h, "Bad requests");
	AUTO_BUF(pem, 10000);
	struct request *r = NULL;
	struct err err = { 0 };
	assert_int_equal(request_format_pem(h.key, STR("CN=asks"), NULL, 0, &pem, NULL), RC_OK);
	char *in_base64 = strchr(buf_c(&pem), '\n') + 40;
	*in_base64 = *in_base64 == 'A' ? 'B' : 'A';
	assert_int_equal(request_parse(&r, buf_str(&pem), &err), RC_INVALID);
	static const char *const bad[] = { "", "asks", "XY=asks", "CN=\"open", "C=Germany" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO_BUF(out, 10000);
		assert_int_equal(request_format_pem(h.key, str_of(bad[i]), NULL, 0, &out, &err), RC_INVALID);
		assert_string_equal(err.field, "subject");
		assert_true(err.text[0] != '\0');
	}
	house_fini(&h);
}

static void a_request_is_read_with_its_line_breaks_escaped(void **state)
{
	struct house h;
	house_init(&h, "Escaped");
	AUTO_BUF(pem, 10000);
	AUTO_BUF(line, 20000);
	AUTO(request_free_cleanup) struct request *r = NULL;
	assert_int_equal(request_format_pem(h.key, STR("CN=asks"), NULL, 0, &pem, NULL), RC_OK);
	for (size_t i = 0; i < pem.n; i++) {
		assert_true(pem.p[i] == '\n' ? buf_add_c(&line, "\\n") : buf_add_char(&line, pem.p[i]));
	}
	assert_int_equal(request_parse(&r, buf_str(&line), NULL), RC_OK);
	house_fini(&h);
}

static void a_weak_key_and_an_expired_issuer_issue_nothing(void **state)
{
	struct house h;
	house_init(&h, "Refuses");
	struct cert *c = NULL;
	AUTO(key_free_cleanup)
	struct key *weak = key_new_evp(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024));
	struct authority_order order = { .subject = STR("CN=x"), .not_before = NOW, .days = 10 };
	assert_int_equal(authority_issue(&c, &order, weak, h.ca, h.ca_key, NULL), RC_INVALID);
	order.not_before = cert_not_after(h.ca);
	assert_int_equal(authority_issue(&c, &order, h.key, h.ca, h.ca_key, NULL), RC_CERT);
	house_fini(&h);
}

static void a_serial_number_that_is_no_hex_goes_on_no_list(void **state)
{
	static const char *const bad[] = { "", "xyz", "12zz", "-1" };
	struct house h;
	house_init(&h, "Serials");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO_BUF(der, 10000);
		struct authority_revoked one = { bad[i], NOW };
		assert_int_equal(authority_crl(h.ca, h.ca_key, &one, 1, 1, NOW, 7, &der, NULL), RC_INVALID);
	}
	house_fini(&h);
}

static void a_name_s_hex_escapes_are_read_as_they_are_written(void **state)
{
	struct house h;
	house_init(&h, "Names");
	AUTO(cert_free_cleanup)
	struct cert *c = house_leaf(&h, "CN=a\\2Cb\\, c,O=\"x, y\"", AUTHORITY_CLIENT, -1, 30);
	assert_string_equal(cert_subject(c), "CN=a\\,b\\, c,O=x\\, y");
	AUTO(cert_free_cleanup)
	struct cert *again = house_leaf(&h, cert_subject(c), AUTHORITY_CLIENT, -1, 30);
	assert_string_equal(cert_subject(again), cert_subject(c));
	house_fini(&h);
}

static void a_validity_out_of_bounds_is_refused(void **state)
{
	struct house h;
	house_init(&h, "Days");
	struct cert *c = NULL;
	struct authority_order order = { .subject = STR("CN=x"), .not_before = NOW, .days = 0 };
	assert_int_equal(authority_issue(&c, &order, h.key, h.ca, h.ca_key, NULL), RC_INVALID);
	order.days = AUTHORITY_MAX_DAYS + 1;
	assert_int_equal(authority_issue(&c, &order, h.key, h.ca, h.ca_key, NULL), RC_INVALID);
	house_fini(&h);
}

RUN_TESTS(TEST(a_request_is_signed_with_its_own_key_and_names),
	  TEST(an_altered_request_and_a_malformed_name_are_refused),
	  TEST(a_request_is_read_with_its_line_breaks_escaped),
	  TEST(a_weak_key_and_an_expired_issuer_issue_nothing),
	  TEST(a_serial_number_that_is_no_hex_goes_on_no_list),
	  TEST(a_name_s_hex_escapes_are_read_as_they_are_written), TEST(a_validity_out_of_bounds_is_refused))
