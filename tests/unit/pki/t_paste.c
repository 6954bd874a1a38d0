/* SPDX-License-Identifier: Apache-2.0
 * A certificate is read in every form that people paste. */
#include "house.h"
#include "base/encoding.h"
#include "pki/paste.h"

#include <openssl/pem.h>
#include <openssl/pkcs7.h>

static struct house h;

static int set_up(void **state)
{
	house_init(&h, "Paste");
	return 0;
}

static int tear_down(void **state)
{
	house_fini(&h);
	return 0;
}

static void expect_one(const char *form, struct str text)
{
	AUTO_CERT_LIST list = { 0 };
	struct err err = { 0 };
	if (paste_certificates(&list, text, &err) != RC_OK) {
		fail_msg("%s: %s", form, err.text);
	}
	assert_int_equal(list.n, 1);
	assert_true(cert_equal(list.items[0], h.root));
}

/* The PEM with each line feed replaced. */
static void add_with(struct buf *out, struct str pem, const char *instead)
{
	for (size_t i = 0; i < pem.n; i++) {
		(void)(pem.p[i] == '\n' ? buf_add_c(out, instead) : buf_add_char(out, pem.p[i]));
	}
}

static void every_form_yields_the_same_certificate(void **state)
{
	AUTO_BUF(pem, 10000);
	assert_int_equal(cert_format_pem(h.root, &pem), RC_OK);
	expect_one("PEM", buf_str(&pem));
	static const char *const breaks[] = { "\r\n", "\\n", "\\r\\n", "", " ", "\n\n", "\\\\n", "\n    " };
	for (size_t i = 0; i < ARRAY_SIZE(breaks); i++) {
		AUTO_BUF(text, 20000);
		add_with(&text, buf_str(&pem), breaks[i]);
		expect_one(breaks[i], buf_str(&text));
	}
	AUTO_BUF(line, 10000);
	add_with(&line, buf_str(&pem), "");
	expect_one("last five dashes missing", str_first(buf_str(&line), line.n - 5));
	expect_one("last dash missing", str_first(buf_str(&line), line.n - 1));
	size_t end = str_find_str(buf_str(&line), STR("-----END"));
	expect_one("no END at all", str_first(buf_str(&line), end));
	AUTO_BUF(quoted, 10000);
	assert_true(buf_printf(&quoted, "\"%s\"", buf_c(&line)));
	expect_one("in quotes", buf_str(&quoted));
	expect_one("DER", cert_der(h.root));
	AUTO_BUF(base64, 10000);
	assert_true(base64_encode(&base64, cert_der(h.root)));
	expect_one("base64 of DER", buf_str(&base64));
}

static void slashes_escaped_by_json_and_pem_within_base64_are_read(void **state)
{
	AUTO_BUF(pem, 10000);
	AUTO_BUF(escaped, 20000);
	AUTO_BUF(twice, 20000);
	assert_int_equal(cert_format_pem(h.root, &pem), RC_OK);
	for (size_t i = 0; i < pem.n; i++) {
		assert_true(buf_add_c(&escaped, pem.p[i] == '/'    ? "\\/"
						: pem.p[i] == '\n' ? "\\n"
								   : "") &&
			    (pem.p[i] == '/' || pem.p[i] == '\n' || buf_add_char(&escaped, pem.p[i])));
	}
	expect_one("slashes escaped", buf_str(&escaped));
	assert_true(base64_encode(&twice, buf_str(&pem)));
	expect_one("base64 of PEM", buf_str(&twice));
}

static void pkcs7_is_read_as_pem_and_as_der(void **state)
{
	PKCS7 *p7 = PKCS7_new();
	unsigned char *der = NULL;
	char *pem = NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	assert_true(PKCS7_set_type(p7, NID_pkcs7_signed) && PKCS7_content_new(p7, NID_pkcs7_data) &&
		    PKCS7_add_certificate(p7, cert_x509(h.root)));
	int n = i2d_PKCS7(p7, &der);
	expect_one("PKCS#7 DER", str_from(der, (size_t)n));
	assert_true(PEM_write_bio_PKCS7(bio, p7));
	long length = BIO_get_mem_data(bio, &pem);
	expect_one("PKCS#7 PEM", str_from(pem, (size_t)length));
	BIO_free(bio);
	OPENSSL_free(der);
	PKCS7_free(p7);
}

static void a_text_of_nothing_but_begin_lines_is_refused_at_once(void **state)
{
	AUTO_BUF(text, PASTE_MAX_BYTES);
	AUTO_CERT_LIST list = { 0 };
	while (buf_add_c(&text, "-----BEGIN X-----")) {
		continue;
	}
	struct mono from = mono_now();
	assert_int_equal(paste_certificates(&list, buf_str(&text), NULL), RC_INVALID);
	assert_true(mono_now().us - from.us < US_PER_SECOND / 2);
}

static void a_text_longer_than_the_limit_is_refused(void **state)
{
	AUTO_BUF(text, PASTE_MAX_BYTES + 1);
	AUTO_CERT_LIST list = { 0 };
	while (buf_add_char(&text, 'A')) {
		continue;
	}
	assert_int_equal(paste_certificates(&list, buf_str(&text), NULL), RC_LIMIT);
}

static void of_a_whole_chain_the_leaf_is_picked(void **state)
{
	AUTO(cert_free_cleanup) struct cert *leaf = house_leaf(&h, "CN=leaf", AUTHORITY_CLIENT, -1, 30);
	AUTO_BUF(pem, 20000);
	AUTO_BUF(line, 20000);
	AUTO_CERT_LIST list = { 0 };
	assert_int_equal(cert_format_pem(h.root, &pem), RC_OK);
	assert_int_equal(cert_format_pem(h.ca, &pem), RC_OK);
	assert_int_equal(cert_format_pem(leaf, &pem), RC_OK);
	add_with(&line, buf_str(&pem), "");
	assert_int_equal(paste_certificates(&list, buf_str(&line), NULL), RC_OK);
	assert_int_equal(list.n, 3);
	assert_true(cert_equal(paste_leaf(&list), leaf));
}

static void what_is_no_certificate_is_s303_with_the_place(void **state)
{
	static const char *const bad[] = { "",
					   "   ",
					   "hello world",
					   "-----BEGIN CERTIFICATE-----",
					   "-----BEGIN CERTIFICATE-----!!!",
					   "-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----",
					   "TUlJ" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO_CERT_LIST list = { 0 };
		struct err err = { 0 };
		assert_int_equal(paste_certificates(&list, str_of(bad[i]), &err), RC_INVALID);
		assert_string_equal(err.reason, "S303");
		assert_non_null(strstr(err.text, "byte"));
	}
}

static void more_certificates_than_the_limit_are_refused(void **state)
{
	AUTO_BUF(pem, 100000);
	AUTO_CERT_LIST list = { 0 };
	for (int i = 0; i <= PASTE_MAX_CERTIFICATES; i++) {
		assert_int_equal(cert_format_pem(h.root, &pem), RC_OK);
	}
	assert_int_equal(paste_certificates(&list, buf_str(&pem), NULL), RC_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(every_form_yields_the_same_certificate),
					    TEST(slashes_escaped_by_json_and_pem_within_base64_are_read),
					    TEST(pkcs7_is_read_as_pem_and_as_der),
					    TEST(a_text_of_nothing_but_begin_lines_is_refused_at_once),
					    TEST(a_text_longer_than_the_limit_is_refused),
					    TEST(of_a_whole_chain_the_leaf_is_picked),
					    TEST(what_is_no_certificate_is_s303_with_the_place),
					    TEST(more_certificates_than_the_limit_are_refused) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
