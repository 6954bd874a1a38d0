/* SPDX-License-Identifier: Apache-2.0
 * Writing PKCS#12 that OpenSSL, Java and Node open. */
#include "base/memory.h"
#include "container/encryption.h"
#include "container/pkcs12/pkcs12.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>

#define ITERATIONS 10000
/* What the old programs that ask for legacy files expect. */
#define LEGACY_ITERATIONS 2048
#define TRUSTED_KEY_USAGE "2.16.840.1.113894.746875.1.1"
#define ANY_EXTENDED_KEY_USAGE "2.5.29.37.0"

struct writing {
	const char *password;
	bool legacy;
	STACK_OF(PKCS12_SAFEBAG) * certs;
	STACK_OF(PKCS12_SAFEBAG) * keys;
};

static int iterations(const struct writing *w)
{
	return w->legacy ? LEGACY_ITERATIONS : ITERATIONS;
}

/* Java shows a certificate that is alone only with this attribute. */
static bool mark_trusted(PKCS12_SAFEBAG *bag)
{
	ASN1_OBJECT *any = OBJ_txt2obj(ANY_EXTENDED_KEY_USAGE, 1);
	bool ok = any && PKCS12_add1_attr_by_txt(bag, TRUSTED_KEY_USAGE, V_ASN1_OBJECT,
						 (const unsigned char *)any, -1);
	ASN1_OBJECT_free(any);
	return ok;
}

static PKCS12_SAFEBAG *add_cert(struct writing *w, const struct cert *c, const char *alias)
{
	PKCS12_SAFEBAG *bag = PKCS12_add_cert(&w->certs, cert_x509(c));
	bool ok = bag && (!alias || PKCS12_add_friendlyname_utf8(bag, alias, -1));
	return ok ? bag : NULL;
}

static bool add_key_pair(struct writing *w, const struct container_entry *e)
{
	unsigned char id[4] = { 0 };
	int count = sk_PKCS12_SAFEBAG_num(w->keys);
	id[3] = (unsigned char)(count < 0 ? 1 : count + 1);
	id[2] = (unsigned char)(count < 0 ? 0 : (count + 1) >> 8);
	PKCS12_SAFEBAG *key =
		PKCS12_add_key_ex(&w->keys, key_evp(e->key), 0, iterations(w),
				  w->legacy ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc,
				  w->password, encryption_context(), NULL);
	bool ok = key && (!e->alias || PKCS12_add_friendlyname_utf8(key, e->alias, -1)) &&
		  PKCS12_add_localkeyid(key, id, sizeof(id));
	for (size_t i = 0; ok && i < e->chain.n; i++) {
		PKCS12_SAFEBAG *bag = add_cert(w, e->chain.items[i], i == 0 ? e->alias : NULL);
		ok = bag && (i > 0 || PKCS12_add_localkeyid(bag, id, sizeof(id)));
	}
	return ok;
}

static bool add_trusted(struct writing *w, const struct container_entry *e)
{
	PKCS12_SAFEBAG *bag = add_cert(w, e->chain.items[0], e->alias);
	return bag && mark_trusted(bag);
}

static PKCS12 *pack(struct writing *w)
{
	STACK_OF(PKCS7) *safes = NULL;
	OSSL_LIB_CTX *context = encryption_context();
	int cipher = w->legacy ? NID_pbe_WithSHA1And40BitRC2_CBC : NID_aes_256_cbc;
	bool ok = (!w->certs ||
		   PKCS12_add_safe_ex(&safes, w->certs, cipher, iterations(w), w->password, context, NULL)) &&
		  (!w->keys || PKCS12_add_safe_ex(&safes, w->keys, -1, 0, NULL, context, NULL));
	PKCS12 *p12 = ok ? PKCS12_add_safes_ex(safes, NID_pkcs7_data, context, NULL) : NULL;
	sk_PKCS7_pop_free(safes, PKCS7_free);
	if (p12 && !PKCS12_set_mac(p12, w->password, -1, NULL, 0, iterations(w),
				   w->legacy ? EVP_sha1() : EVP_sha256())) {
		PKCS12_free(p12);
		p12 = NULL;
	}
	return p12;
}

enum rc pkcs12_write(const struct container *c, struct str password, bool legacy, struct buf *out,
		     struct err *reterr)
{
	if (!password.n) {
		return err_set(reterr, RC_INVALID, "A PKCS#12 file needs a password.");
	}
	AUTO_FREE_SECRET char *text = str_dup(password);
	struct writing w = { .password = text, .legacy = legacy };
	AUTO(container_free_cleanup) struct container *rows = container_spread(c, false);
	bool ok = true;
	for (size_t i = 0; ok && i < rows->n; i++) {
		ok = rows->entries[i].key ? add_key_pair(&w, &rows->entries[i])
					  : add_trusted(&w, &rows->entries[i]);
	}
	PKCS12 *p12 = ok ? pack(&w) : NULL;
	unsigned char *der = NULL;
	int n = p12 ? i2d_PKCS12(p12, &der) : -1;
	enum rc rc = n > 0 ? RC_OK
			   : err_set(reterr, RC_INVALID,
				     "The PKCS#12 file cannot be written: an alias or key does not fit.");
	if (rc == RC_OK && !buf_add(out, str_from(der, (size_t)n))) {
		rc = err_set(reterr, RC_LIMIT, "The PKCS#12 file would be too large.");
	}
	if (n > 0) {
		OPENSSL_clear_free(der, (size_t)n);
	}
	sk_PKCS12_SAFEBAG_pop_free(w.certs, PKCS12_SAFEBAG_free);
	sk_PKCS12_SAFEBAG_pop_free(w.keys, PKCS12_SAFEBAG_free);
	PKCS12_free(p12);
	ERR_clear_error();
	return rc;
}
