/* SPDX-License-Identifier: Apache-2.0
 * Certificates for the tests: a root, an issuing CA, and leaves with one thing wrong each. */
#pragma once

#include "base/memory.h"
#include "pki/authority.h"
#include "pki/chain.h"
#include "unit/test.h"

#include <openssl/x509v3.h>

/* The moment that the tests call now: 2026-06-01T00:00:00Z. */
#define NOW wall_from_seconds(1780272000)
#define DAYS(n) (INT64_C(86400) * US_PER_SECOND * (n))

#define AUTO_CERT AUTO(cert_free_cleanup) struct cert

struct house {
	struct key *root_key, *ca_key, *key;
	struct cert *root, *ca;
};

static inline struct cert *house_issue(const struct house *h, const char *subject, enum authority_usage usage,
				       int64_t from_days, int days, const struct cert *issuer,
				       const struct key *issuer_key, const struct key *subject_key)
{
	struct cert *c = NULL;
	struct err err = { 0 };
	struct authority_order order = { .subject = str_of(subject),
					 .usage = usage,
					 .path_length = -1,
					 .not_before = { NOW.us + DAYS(from_days) },
					 .days = days };
	if (authority_issue(&c, &order, subject_key ? subject_key : h->key, issuer, issuer_key, &err) !=
	    RC_OK)
		fail_msg("%s", err.text);
	return c;
}

static inline void house_init(struct house *h, const char *name)
{
	AUTO_FREE char *root = mem_printf("CN=%s Root,O=Test", name);
	AUTO_FREE char *ca = mem_printf("CN=%s CA,O=Test", name);
	assert_int_equal(key_generate(&h->root_key, "p-256", NULL), RC_OK);
	assert_int_equal(key_generate(&h->ca_key, "p-256", NULL), RC_OK);
	assert_int_equal(key_generate(&h->key, "p-256", NULL), RC_OK);
	h->root = house_issue(h, root, AUTHORITY_CA, -100, 4000, NULL, NULL, h->root_key);
	h->ca = house_issue(h, ca, AUTHORITY_CA, -100, 3000, h->root, h->root_key, h->ca_key);
}

static inline void house_fini(struct house *h)
{
	key_free(h->root_key);
	key_free(h->ca_key);
	key_free(h->key);
	cert_free(h->root);
	cert_free(h->ca);
}

static inline struct cert *house_leaf(const struct house *h, const char *subject, enum authority_usage usage,
				      int64_t from_days, int days)
{
	return house_issue(h, subject, usage, from_days, days, h->ca, h->ca_key, NULL);
}

/* A copy of a certificate that edit() changed, signed anew; for what the authority refuses to make. */
static inline struct cert *altered(const struct cert *c, const struct key *issuer_key, const EVP_MD *md,
				   void (*edit)(X509 *))
{
	struct cert *ret = NULL;
	unsigned char *der = NULL;
	X509 *x = X509_dup(cert_x509(c));
	if (edit)
		edit(x);
	if (issuer_key)
		assert_true(X509_sign(x, key_evp(issuer_key), md) > 0);
	int n = i2d_X509(x, &der);
	assert_int_equal(cert_new_der(&ret, str_from(der, (size_t)n), NULL), RC_OK);
	OPENSSL_free(der);
	X509_free(x);
	return ret;
}

static inline void drop(X509 *x, int nid)
{
	int at = X509_get_ext_by_NID(x, nid, -1);
	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(x, at));
}

static inline void put(X509 *x, int nid, const char *value)
{
	drop(x, nid);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_true(e && X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
}
