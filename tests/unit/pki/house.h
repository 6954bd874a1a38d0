/* SPDX-License-Identifier: Apache-2.0
 * Certificates for the tests: a root, an issuing CA, and leaves with one thing wrong each. */
#pragma once

#include "base/memory.h"
#include "pki/authority.h"
#include "pki/chain/chain.h"
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
	    RC_OK) {
		fail_msg("%s", err.text);
	}
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
	if (edit) {
		edit(x);
	}
	if (issuer_key) {
		assert_true(X509_sign(x, key_evp(issuer_key), md) > 0);
	}
	int n = i2d_X509(x, &der);
	assert_int_equal(cert_new_der(&ret, str_from(der, (size_t)n), NULL), RC_OK);
	OPENSSL_free(der);
	X509_free(x);
	return ret;
}

static inline void drop(X509 *x, int nid)
{
	int at = X509_get_ext_by_NID(x, nid, -1);
	if (at >= 0) {
		X509_EXTENSION_free(X509_delete_ext(x, at));
	}
}

static inline void put(X509 *x, int nid, const char *value)
{
	drop(x, nid);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_true(e && X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
}

/* What is changed of a certificate before it is signed anew: an argument of altered(). */
static inline void no_cert_sign(X509 *x)
{
	put(x, NID_key_usage, "critical,digitalSignature");
}
static inline void encipherment_only(X509 *x)
{
	put(x, NID_key_usage, "critical,dataEncipherment");
}
static inline void servers_only(X509 *x)
{
	put(x, NID_ext_key_usage, "serverAuth");
}
static inline void no_key_ids(X509 *x)
{
	drop(x, NID_subject_key_identifier);
	drop(x, NID_authority_key_identifier);
}
static inline void unknown_critical(X509 *x)
{
	ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);
	assert_true(ASN1_OCTET_STRING_set(bytes, (const unsigned char *)"\x05\x00", 2));
	X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, bytes);
	assert_true(e && X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(bytes);
}

/* The certificates given, up to a NULL. */
static inline void add_all(struct cert_list *list, struct cert *const *certs)
{
	for (; certs && *certs; certs++) {
		cert_list_add(list, *certs);
	}
}

/* What is judged of the certificates sent, so many days from NOW, by whom anchors and lists (each to a NULL,
 * or NULL) are all that is imported. */
static inline struct chain_verdict house_judge(struct cert *const *anchors, struct cert *const *sent,
					       struct crl *const *lists, enum crl_stale stale,
					       enum chain_purpose purpose, int64_t in_days)
{
	struct chain_verdict v;
	size_t n = 0;
	AUTO_CERT_LIST a = { 0 };
	AUTO_CERT_LIST s = { 0 };
	AUTO(trust_free_cleanup) struct trust *trust = NULL;
	add_all(&a, anchors);
	add_all(&s, sent);
	while (lists && lists[n]) {
		n++;
	}
	assert_int_equal(trust_new(&trust, &a, lists, n, stale, NULL), RC_OK);
	chain_judge(trust, &s, (struct wall){ NOW.us + DAYS(in_days) }, purpose, &v);
	return v;
}
