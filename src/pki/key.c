/* SPDX-License-Identifier: Apache-2.0
 * Private keys behind one small type. */
#include "pki/key.h"

#include "base/memory.h"
#include "pki/public_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdatomic.h>

struct key {
	atomic_int owners;
	EVP_PKEY *evp;
	char text[48];
};

struct key *key_new_evp(EVP_PKEY *take_evp)
{
	struct key *k = mem_alloc(sizeof(*k));
	atomic_init(&k->owners, 1);
	k->evp = take_evp;
	public_key_describe(take_evp, k->text, sizeof(k->text));
	return k;
}

struct key *key_ref(struct key *k)
{
	if (k) {
		atomic_fetch_add_explicit(&k->owners, 1, memory_order_relaxed);
	}
	return k;
}

void key_free(struct key *k)
{
	if (!k || atomic_fetch_sub_explicit(&k->owners, 1, memory_order_acq_rel) != 1) {
		return;
	}
	EVP_PKEY_free(k->evp);
	mem_free(k);
}

enum rc key_generate(struct key **ret, const char *type, struct err *reterr)
{
	static const struct {
		const char *name;
		unsigned bits;
		const char *curve;
	} types[] = { { "rsa-2048", 2048, NULL },
		      { "rsa-3072", 3072, NULL },
		      { "rsa-4096", 4096, NULL },
		      { "p-256", 0, "P-256" },
		      { "p-384", 0, "P-384" } };
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!str_equal_nocase(str_of(type), str_of(types[i].name))) {
			continue;
		}
		EVP_PKEY *evp = types[i].curve ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", types[i].curve)
					       : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)types[i].bits);
		ASSERT(evp);
		*ret = key_new_evp(evp);
		return RC_OK;
	}
	(void)err_set(reterr, RC_INVALID,
		      "The key type is not one of rsa-2048, rsa-3072, rsa-4096, p-256 and p-384.");
	return err_field(reterr, "key-type");
}

enum rc key_new_der(struct key **ret, struct str der, struct err *reterr)
{
	if (der.n > KEY_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The private key is larger than %zu bytes.", KEY_MAX_BYTES);
	}
	const unsigned char *p = (const unsigned char *)der.p;
	EVP_PKEY *evp = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (!evp) {
		return err_set(reterr, RC_INVALID, "This is no private key.");
	}
	*ret = key_new_evp(evp);
	return RC_OK;
}

enum rc key_format_pkcs8(const struct key *k, struct buf *out)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(k->evp);
	unsigned char *der = NULL;
	int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
	bool ok = n > 0 && buf_add(out, str_from(der, (size_t)n));
	if (n > 0) {
		OPENSSL_clear_free(der, (size_t)n);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	return ok ? RC_OK : RC_LIMIT;
}

enum rc key_format_pem(const struct key *k, struct str password, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *data = NULL;
	if (!bio) {
		bio = BIO_new(BIO_s_mem());
	}
	const EVP_CIPHER *cipher = password.p ? EVP_aes_256_cbc() : NULL;
	int done =
		PEM_write_bio_PKCS8PrivateKey(bio, k->evp, cipher, password.p, (int)password.n, NULL, NULL);
	long n = done ? BIO_get_mem_data(bio, &data) : 0;
	bool ok = n > 0 && buf_add(out, str_from(data, (size_t)n));
	if (n > 0) {
		mem_wipe(data, (size_t)n);
	}
	BIO_free(bio);
	ERR_clear_error();
	return ok ? RC_OK : RC_LIMIT;
}

enum rc key_format_public(const struct key *k, struct buf *out)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k->evp, &der);
	bool ok = n > 0 && buf_add(out, str_from(der, (size_t)n));
	OPENSSL_free(der);
	return ok ? RC_OK : RC_LIMIT;
}

bool key_matches(const struct key *k, const struct cert *c)
{
	EVP_PKEY *of_cert = X509_get0_pubkey(cert_x509(c));
	bool same = of_cert && EVP_PKEY_eq(k->evp, of_cert) == 1;
	ERR_clear_error();
	return same;
}

const char *key_text(const struct key *k)
{
	return k->text;
}

bool key_is_rsa(const struct key *k)
{
	return EVP_PKEY_get_base_id(k->evp) == EVP_PKEY_RSA;
}

EVP_PKEY *key_evp(const struct key *k)
{
	return k->evp;
}
