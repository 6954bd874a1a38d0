/* SPDX-License-Identifier: Apache-2.0
 * A certificate tells its facts in the forms that people and programs expect. */
#include "house.h"

static void facts_are_told_in_the_field_s_own_forms(void **state)
{
	struct house h;
	house_init(&h, "Facts");
	AUTO(cert_free_cleanup)
	struct cert *c = house_leaf(&h, "CN=erp, O=Müller & Co\\, KG, C=DE", AUTHORITY_CLIENT, -1, 30);
	assert_string_equal(cert_subject(c), "CN=erp,O=Müller & Co\\, KG,C=DE");
	assert_string_equal(cert_key_text(c), "EC P-256");
	assert_int_equal(strlen(cert_sha256(c)), 64);
	assert_int_equal(cert_place(c), CERT_PLACE_LEAF);
	assert_int_equal(cert_place(h.ca), CERT_PLACE_CA);
	assert_int_equal(cert_place(h.root), CERT_PLACE_ROOT);
	assert_true(cert_may_client_auth(c));
	assert_false(cert_may_server_auth(c));
	assert_string_equal(cert_eku_name(c, 0), "clientAuth");
	AUTO_VALUE *v = cert_to_value(c);
	assert_string_equal(value_get_c(v, "role"), "leaf");
	assert_string_equal(value_get_c(v, "not_before"), "2026-05-31T00:00:00Z");
	AUTO_FREE char *cn = cert_common_name(c);
	assert_string_equal(cn, "erp");
	house_fini(&h);
}

static void bytes_behind_a_certificate_and_truncated_ones_are_refused(void **state)
{
	struct house h;
	house_init(&h, "Strict");
	struct str der = cert_der(h.root);
	AUTO_BUF(longer, 10000);
	struct cert *c = NULL;
	assert_true(buf_add(&longer, der) && buf_add_char(&longer, 'x'));
	assert_int_equal(cert_new_der(&c, buf_str(&longer), NULL), RC_INVALID);
	for (size_t n = 0; n < der.n; n++) {
		assert_int_equal(cert_new_der(&c, str_first(der, n), NULL), RC_INVALID);
	}
	house_fini(&h);
}

static void a_shuffled_chain_is_put_in_order(void **state)
{
	struct house h;
	house_init(&h, "Order");
	AUTO(cert_free_cleanup) struct cert *leaf = house_leaf(&h, "CN=a", AUTHORITY_CLIENT, -1, 30);
	AUTO_CERT_LIST list = { 0 };
	cert_list_add(&list, h.root);
	cert_list_add(&list, leaf);
	cert_list_add(&list, h.ca);
	cert_list_sort_chain(&list, 1);
	assert_ptr_equal(list.items[0], leaf);
	assert_ptr_equal(list.items[1], h.ca);
	assert_ptr_equal(list.items[2], h.root);
	house_fini(&h);
}

static void a_key_is_written_and_read_back_and_matches_its_certificate_alone(void **state)
{
	static const char *const types[] = { "rsa-2048", "p-256", "p-384" };
	struct house h;
	house_init(&h, "Keys");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
		AUTO(key_free_cleanup) struct key *k = NULL;
		AUTO(key_free_cleanup) struct key *again = NULL;
		assert_int_equal(key_generate(&k, types[i], NULL), RC_OK);
		assert_int_equal(key_format_pkcs8(k, &der), RC_OK);
		assert_int_equal(key_new_der(&again, buf_str(&der), NULL), RC_OK);
		AUTO(cert_free_cleanup)
		struct cert *c = house_issue(&h, "CN=k", AUTHORITY_CLIENT, -1, 30, h.ca, h.ca_key, k);
		assert_true(key_matches(again, c));
		assert_false(key_matches(h.key, c));
	}
	struct key *none = NULL;
	assert_int_equal(key_generate(&none, "rsa-512", NULL), RC_INVALID);
	house_fini(&h);
}

RUN_TESTS(TEST(facts_are_told_in_the_field_s_own_forms),
	  TEST(bytes_behind_a_certificate_and_truncated_ones_are_refused),
	  TEST(a_shuffled_chain_is_put_in_order),
	  TEST(a_key_is_written_and_read_back_and_matches_its_certificate_alone))
