/* SPDX-License-Identifier: Apache-2.0
 * The cache of decoded certificates, and what d2i_X509() answers while it is used. */
#include "pki/cert_cache.h"

#include "house.h"

#include <openssl/x509.h>

static struct house house;
static struct cert *leaf, *other;

static int make_house(void **state)
{
	house_init(&house, "House");
	leaf = house_leaf(&house, "CN=leaf", AUTHORITY_CLIENT, -1, 10);
	other = house_leaf(&house, "CN=other", AUTHORITY_CLIENT, -1, 10);
	return 0;
}

static int free_house(void **state)
{
	cert_free(leaf);
	cert_free(other);
	house_fini(&house);
	return 0;
}

/* As libssl does it: into an object that was made before. */
static X509 *decode(struct str der)
{
	X509 *x = X509_new();
	const unsigned char *p = (const unsigned char *)der.p;
	assert_non_null(d2i_X509(&x, &p, (long)der.n));
	assert_ptr_equal(p, der.p + der.n);
	return x;
}

static void a_known_certificate_is_not_decoded_again(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *cache = cert_cache_new(16, 1 << 20);
	cert_cache_add(cache, leaf);
	assert_null(cert_cache_use(cache));
	X509 *known = decode(cert_der(leaf));
	X509 *unknown = decode(cert_der(other));
	assert_ptr_equal(cert_cache_use(NULL), cache);
	assert_ptr_equal(known, cert_x509(leaf));
	assert_ptr_not_equal(unknown, cert_x509(other));
	assert_int_equal(X509_cmp(unknown, cert_x509(other)), 0);
	X509_free(known);
	X509_free(unknown);
}

static void without_a_cache_in_use_openssl_decodes(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *cache = cert_cache_new(16, 1 << 20);
	cert_cache_add(cache, leaf);
	X509 *x = decode(cert_der(leaf));
	assert_ptr_not_equal(x, cert_x509(leaf));
	X509_free(x);
}

static void one_byte_of_difference_is_another_certificate(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *cache = cert_cache_new(16, 1 << 20);
	struct str der = cert_der(leaf);
	cert_cache_add(cache, leaf);
	AUTO_FREE char *copy = mem_dup(der.p, der.n);
	for (size_t i = 0; i < der.n; i++) {
		copy[i] = (char)(copy[i] ^ 1);
		assert_null(cert_cache_find(cache, str_from(copy, der.n)));
		copy[i] = (char)(copy[i] ^ 1);
	}
	assert_null(cert_cache_find(cache, str_first(der, der.n - 1)));
	assert_ptr_equal(cert_cache_find(cache, str_from(copy, der.n)), leaf);
}

static void bytes_behind_a_known_certificate_are_left_to_openssl(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *cache = cert_cache_new(16, 1 << 20);
	AUTO_BUF(two, 1 << 16);
	cert_cache_add(cache, leaf);
	(void)buf_add(&two, cert_der(leaf));
	(void)buf_add_char(&two, 0);
	const unsigned char *p = (const unsigned char *)two.p;
	(void)cert_cache_use(cache);
	X509 *x = d2i_X509(NULL, &p, (long)two.n);
	(void)cert_cache_use(NULL);
	assert_non_null(x);
	assert_ptr_not_equal(x, cert_x509(leaf));
	assert_ptr_equal(p, two.p + two.n - 1);
	X509_free(x);
}

static void what_is_no_certificate_stays_an_error(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *cache = cert_cache_new(16, 1 << 20);
	const unsigned char bytes[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
	const unsigned char *p = bytes;
	(void)cert_cache_use(cache);
	assert_null(d2i_X509(NULL, &p, sizeof(bytes)));
	(void)cert_cache_use(NULL);
}

static void it_holds_no_more_than_its_count_and_its_bytes(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *few = cert_cache_new(8, 1 << 20);
	size_t bytes = 0;
	size_t most = 3 * cert_der(leaf).n;
	AUTO(cert_cache_free_cleanup) struct cert_cache *small = cert_cache_new(64, most);
	for (int i = 0; i < 40; i++) {
		AUTO_FREE char *subject = mem_printf("CN=n%02d", i);
		struct cert *c = house_leaf(&house, subject, AUTHORITY_CLIENT, -1, 10);
		cert_cache_add(few, c);
		cert_cache_add(small, c);
		assert_ptr_equal(cert_cache_find(few, cert_der(c)), c);
		assert_ptr_equal(cert_cache_find(small, cert_der(c)), c);
		assert_true(cert_cache_count(small, &bytes) <= 4);
		assert_true(bytes <= most);
		cert_free(c);
	}
	assert_true(cert_cache_count(few, NULL) <= 8);
	AUTO(cert_cache_free_cleanup) struct cert_cache *tiny = cert_cache_new(8, 100);
	cert_cache_add(tiny, leaf);
	assert_int_equal(cert_cache_count(tiny, NULL), 0);
}

static void the_one_used_longest_ago_makes_room(void **state)
{
	AUTO(cert_cache_free_cleanup) struct cert_cache *cache = cert_cache_new(4, 1 << 20);
	struct cert *made[8];
	for (int i = 0; i < 8; i++) {
		AUTO_FREE char *subject = mem_printf("CN=n%d", i);
		made[i] = house_leaf(&house, subject, AUTHORITY_CLIENT, -1, 10);
		cert_cache_add(cache, made[i]);
		assert_non_null(cert_cache_find(cache, cert_der(made[0])));
	}
	assert_null(cert_cache_find(cache, cert_der(made[1])));
	assert_non_null(cert_cache_find(cache, cert_der(made[7])));
	for (int i = 0; i < 8; i++) {
		cert_free(made[i]);
	}
}

static void an_object_gives_its_certificate_without_decoding(void **state)
{
	struct cert *again = NULL;
	struct cert *fresh = NULL;
	assert_int_equal(cert_new_x509(&again, cert_x509(leaf), NULL), RC_OK);
	assert_ptr_equal(again, leaf);
	cert_free(again);
	/* An object that outlives its certificate gets a new one. */
	struct cert *gone = house_leaf(&house, "CN=gone", AUTHORITY_CLIENT, -1, 10);
	X509 *x = cert_x509(gone);
	assert_int_equal(X509_up_ref(x), 1);
	cert_free(gone);
	assert_int_equal(cert_new_x509(&fresh, x, NULL), RC_OK);
	assert_string_equal(cert_subject(fresh), "CN=gone");
	assert_ptr_equal(cert_x509(fresh), x);
	X509_free(x);
	cert_free(fresh);
}

static void certificates_one_behind_the_other_are_read_up_to_the_most(void **state)
{
	AUTO_CERT_LIST list = { 0 };
	AUTO_BUF(der, 1 << 16);
	(void)buf_add(&der, cert_der(leaf));
	(void)buf_add(&der, cert_der(house.ca));
	assert_int_equal(cert_list_read(&list, buf_str(&der), 2, NULL), RC_OK);
	assert_int_equal(list.n, 2);
	assert_true(cert_equal(list.items[1], house.ca));
	assert_int_equal(cert_list_read(&list, buf_str(&der), 1, NULL), RC_LIMIT);
	assert_int_equal(cert_list_read(&list, str_first(buf_str(&der), der.n - 1), 9, NULL), RC_INVALID);
	(void)buf_add_char(&der, 0x30);
	assert_int_equal(cert_list_read(&list, buf_str(&der), 9, NULL), RC_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_known_certificate_is_not_decoded_again),
		TEST(without_a_cache_in_use_openssl_decodes),
		TEST(one_byte_of_difference_is_another_certificate),
		TEST(bytes_behind_a_known_certificate_are_left_to_openssl),
		TEST(what_is_no_certificate_stays_an_error),
		TEST(it_holds_no_more_than_its_count_and_its_bytes),
		TEST(the_one_used_longest_ago_makes_room),
		TEST(an_object_gives_its_certificate_without_decoding),
		TEST(certificates_one_behind_the_other_are_read_up_to_the_most),
	};
	return cmocka_run_group_tests(tests, make_house, free_house);
}
