/* SPDX-License-Identifier: Apache-2.0
 * A file's chain is put together by names as RFC 5280 compares them, as the gateway does. */
#include "unit/test.h"

#include "base/memory.h"
#include "container/container.h"
#include "container/format.h"
#include "pki/authority.h"

static struct cert *issue(const char *subject, enum authority_usage usage, const struct key *key,
			  const struct cert *issuer, const struct key *issuer_key)
{
	struct cert *c = NULL;
	struct authority_order order = { .subject = str_of(subject),
					 .usage = usage,
					 .path_length = -1,
					 .not_before = wall_from_seconds(1780000000),
					 .days = 30 };
	assert_int_equal(authority_issue(&c, &order, key, issuer, issuer_key, NULL), RC_OK);
	return c;
}

static void a_ca_whose_name_is_written_in_another_case_is_in_the_chain(void **state)
{
	AUTO(key_free_cleanup) struct key *ca_key = NULL;
	AUTO(key_free_cleanup) struct key *key = NULL;
	AUTO(container_free_cleanup) struct container *c = NULL;
	AUTO_BUF(pem, CONTAINER_MAX_BYTES);
	assert_int_equal(key_generate(&ca_key, "p-256", NULL), RC_OK);
	assert_int_equal(key_generate(&key, "p-256", NULL), RC_OK);
	AUTO(cert_free_cleanup) struct cert *ca = issue("CN=Our CA,O=Test", AUTHORITY_CA, ca_key, NULL, NULL);
	AUTO(cert_free_cleanup)
	struct cert *twin = issue("CN=OUR  ca,O=TEST", AUTHORITY_CA, ca_key, NULL, NULL);
	AUTO(cert_free_cleanup) struct cert *leaf = issue("CN=a", AUTHORITY_CLIENT, key, twin, ca_key);
	assert_int_equal(key_format_pem(key, STR_NONE, &pem), RC_OK);
	assert_int_equal(cert_format_pem(leaf, &pem), RC_OK);
	assert_int_equal(cert_format_pem(ca, &pem), RC_OK);
	assert_int_equal(container_open(&c, buf_str(&pem), STR_NONE, NULL), RC_OK);
	assert_int_equal(c->n, 1);
	assert_int_equal(c->entries[0].chain.n, 2);
	assert_true(cert_equal(c->entries[0].chain.items[1], ca));
}

RUN_TESTS(TEST(a_ca_whose_name_is_written_in_another_case_is_in_the_chain))
