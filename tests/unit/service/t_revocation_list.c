/* SPDX-License-Identifier: Apache-2.0
 * How many revocation lists a keystore takes, and how large they may be. */
#include "base/encoding.h"
#include "pki/digest.h"
#include "service/keystore/keystore.h"
#include "service/keystore/revocation_list.h"
#include "store/keystore/crl.h"
#include "unit/service/import.h"
#include "unit/service/world.h"

#include <openssl/x509v3.h>

/* A complete list of its own number and day, with bytes of no use [bytes]. */
static struct value *make_padded(const struct partner *p, int number, size_t bytes)
{
	unsigned char *der = NULL;
	struct value *v = value_object();
	X509_CRL *x = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_adj(NULL, time(NULL), -number, 0);
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);
	ASN1_OCTET_STRING *padding = ASN1_OCTET_STRING_new();
	AUTO_FREE unsigned char *zeroes = mem_alloc(bytes);
	assert_true(ASN1_OCTET_STRING_set(padding, zeroes, (int)bytes));
	X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, padding);
	assert_true(X509_CRL_set_version(x, 1) &&
		    X509_CRL_set_issuer_name(x, X509_get_subject_name(cert_x509(p->root))) &&
		    X509_CRL_set1_lastUpdate(x, from) && X509_CRL_set1_nextUpdate(x, from) &&
		    X509_CRL_add_ext(x, e, -1) && X509_CRL_sign(x, key_evp(p->key), EVP_sha256()) > 0);
	int n = i2d_X509_CRL(x, &der);
	value_set_base64(v, "content", str_from(der, (size_t)n));
	OPENSSL_free(der);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(padding);
	ASN1_OBJECT_free(oid);
	ASN1_TIME_free(from);
	X509_CRL_free(x);
	return v;
}

/* Lists of an issuer that is not known, each of a day of its own, stand in the store. */
static void fill(struct world *w, const struct partner *p, size_t n, size_t bytes)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	OK(w, store_transaction_begin(&transaction, w->session->store, &w->err));
	for (size_t i = 0; i < n; i++) {
		char sha256[DIGEST_SHA256_TEXT_SIZE];
		AUTO_VALUE *list = make_padded(p, (int)i + 10, bytes);
		AUTO_BUF(der, CRL_MAX_BYTES);
		assert_int_equal(base64_decode(&der, value_get_str(list, "content"), false), RC_OK);
		(void)digest_sha256_text(buf_str(&der), sha256);
		struct store_crl row = {
			.tenant = TENANT, .sha256 = sha256, .issuer = "CN=Many", .der = buf_str(&der)
		};
		OK(w, store_crl_put(w->session->store, &row, &w->err));
	}
	OK(w, store_transaction_commit(&transaction, &w->err));
}

/* Beside those that fill() made one more is taken, and the next one is K221. */
static void one_more_and_no_other(struct world *w, size_t n, size_t bytes)
{
	struct partner p;
	AUTO_VALUE *ret = NULL;
	partner_init(&p, "CN=Many");
	fill(w, &p, n, bytes);
	AUTO_VALUE *one = make_padded(&p, 1, bytes);
	AUTO_VALUE *other = make_padded(&p, 2, bytes);
	OK(w, world_import(w->session, TENANT, one, &ret, &w->err));
	value_free(TAKE(ret));
	REFUSED(w, world_import(w->session, TENANT, other, &ret, &w->err), RC_LIMIT, "K221");
	partner_fini(&p);
}

static void more_lists_than_256_are_refused(void **state)
{
	one_more_and_no_other(*state, 255, 16);
}

static void more_bytes_of_lists_than_64_mib_are_refused(void **state)
{
	one_more_and_no_other(*state, 15, 4190000);
}

/* With the issuer known a day's list takes the place of the one before: however many come, one is there. */
static void lists_of_many_days_take_one_place(void **state)
{
	struct world *w = *state;
	struct partner p;
	AUTO_VALUE *lists = NULL;
	partner_init(&p, "CN=Daily,O=P");
	AUTO_VALUE *root = with_pem("content", p.root);
	AUTO_VALUE *imported = NULL;
	OK(w, world_import(w->session, TENANT, root, &imported, &w->err));
	for (int day = 9; day > 0; day--) {
		AUTO_VALUE *list = make_padded(&p, day, 16);
		AUTO_VALUE *ret = NULL;
		OK(w, world_import(w->session, TENANT, list, &ret, &w->err));
	}
	OK(w, service_keystore_crls(w->session, TENANT, &lists, &w->err));
	assert_int_equal(value_count(lists), 1);
	partner_fini(&p);
}

static void a_list_larger_than_4_mib_is_refused(void **state)
{
	struct world *w = *state;
	struct partner p;
	AUTO_VALUE *ret = NULL;
	partner_init(&p, "CN=Large,O=P");
	AUTO_VALUE *list = make_padded(&p, 1, CRL_MAX_BYTES);
	REFUSED(w, world_import(w->session, TENANT, list, &ret, &w->err), RC_LIMIT, "");
	partner_fini(&p);
}

RUN_TESTS(WORLD_TEST(more_lists_than_256_are_refused),
	  WORLD_TEST(more_bytes_of_lists_than_64_mib_are_refused),
	  WORLD_TEST(lists_of_many_days_take_one_place), WORLD_TEST(a_list_larger_than_4_mib_is_refused))
