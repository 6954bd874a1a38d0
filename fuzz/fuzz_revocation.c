/* SPDX-License-Identifier: Apache-2.0
 * Any bytes are a revocation list or an error; whatever lists there are, the answer does not depend on their
 * order, and one that revokes is not undone by adding lists that the issuer did not sign. */
#include "base/memory.h"
#include "pki/chain/revocation.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define LISTS_MAX 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A CA certificate with the name and serial number that the corpus' lists are made for;
 * its key is of no use. */
static struct cert *make_issuer(void)
{
	static struct cert *issuer;
	unsigned char *der = NULL;
	if (issuer) {
		return issuer;
	}
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *x = X509_new();
	X509_NAME *name = X509_NAME_new();
	ASSERT(key && x && name);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"seed", -1, -1, 0);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), 0x77);
	(void)X509_set_version(x, X509_VERSION_3);
	(void)X509_set_issuer_name(x, name);
	(void)X509_set_subject_name(x, name);
	(void)X509_time_adj_ex(X509_getm_notBefore(x), 0, 0, &(time_t){ 1700000000 });
	(void)X509_time_adj_ex(X509_getm_notAfter(x), 0, 0, &(time_t){ 2000000000 });
	(void)X509_set_pubkey(x, key);
	ASSERT(X509_sign(x, key, EVP_sha256()) > 0);
	int n = i2d_X509(x, &der);
	ASSERT(n > 0 && cert_new_der(&issuer, str_from(der, (size_t)n), NULL) == RC_OK);
	OPENSSL_free(der);
	X509_NAME_free(name);
	X509_free(x);
	EVP_PKEY_free(key);
	return issuer;
}

static void touch(const struct crl *l, struct cert *c)
{
	struct wall since;
	const struct crl_facts *f = crl_facts(l);
	ASSERT(!f->number || f->number[0]);
	ASSERT(!crl_replaces(l, l));
	(void)crl_covers(l, c);
	(void)crl_find(l, c, &since);
	for (size_t i = 0; i <= crl_count(l) && i < 64; i++) {
		AUTO_FREE char *serial = crl_revoked_serial(l, i);
		ASSERT(!serial || crl_find_entry(l, l, i) >= CRL_ENTRY_HOLD);
	}
}

static void ask(struct crl *const *lists, size_t n, struct cert *c, struct revocation *ret)
{
	struct cert_list none = { 0 };
	AUTO(revocations_free_cleanup) struct revocations *set = revocations_new(lists, n, &none);
	revocation_judge(set, c, c, wall_from_seconds(1800000000), ret);
	/* Nothing here is signed by the issuer's key, which is made anew for each run. */
	ASSERT(ret->status == REVOCATION_UNKNOWN);
}

/* The relation is a strict partial order. */
static void check_order(struct crl *const *lists, size_t n)
{
	for (size_t a = 0; a < n; a++) {
		for (size_t b = 0; b < n; b++) {
			ASSERT(!crl_replaces(lists[a], lists[b]) || !crl_replaces(lists[b], lists[a]));
			for (size_t c = 0; c < n; c++) {
				ASSERT(!crl_replaces(lists[a], lists[b]) ||
				       !crl_replaces(lists[b], lists[c]) || crl_replaces(lists[a], lists[c]));
			}
		}
	}
}

/* The bytes are lists, each behind its length in two bytes; what is left over is read as one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_from(data, size);
	struct crl *lists[LISTS_MAX];
	struct cert *issuer = make_issuer();
	struct revocation r;
	size_t n = 0;
	while (n < LISTS_MAX && rest.n > 2) {
		size_t length = (size_t)(unsigned char)rest.p[0] << 8 | (unsigned char)rest.p[1];
		struct str one = str_first(str_skip(rest, 2), length);
		rest = str_skip(rest, 2 + one.n);
		if (crl_new_any(&lists[n], one, NULL) == RC_OK) {
			touch(lists[n++], issuer);
		}
	}
	struct crl *whole = NULL;
	if (n < LISTS_MAX && crl_new_any(&whole, str_from(data, size), NULL) == RC_OK) {
		lists[n++] = whole;
	}
	check_order(lists, n);
	ask(lists, n, issuer, &r);
	while (n > 0) {
		crl_free(lists[--n]);
	}
	return 0;
}
