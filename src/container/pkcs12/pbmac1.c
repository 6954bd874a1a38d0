/* SPDX-License-Identifier: Apache-2.0
 * PBKDF2 and HMAC from EVP, put together as RFC 8018 says. */
#include "container/pkcs12/pbmac1.h"

#include "base/memory.h"
#include "container/encryption.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* Shorter ones let a file be forged for any password; longer ones than a SHA-512 block gives nobody
 * writes. */
#define KEY_MIN 20
#define KEY_MAX 64

/* PBMAC1-params has the shape of PBES2-params: key derivation, then scheme. */
struct parameters {
	PBE2PARAM *all;
	PBKDF2PARAM *kdf;
	const EVP_MD *prf, *mac;
	int64_t count, key_length;
	struct str salt;
};

static void parameters_fini(struct parameters *p)
{
	PBE2PARAM_free(p->all);
	PBKDF2PARAM_free(p->kdf);
	ERR_clear_error();
}

static const EVP_MD *digest_of(const X509_ALGOR *hmac)
{
	switch (hmac ? OBJ_obj2nid(hmac->algorithm) : NID_hmacWithSHA1) {
	case NID_hmacWithSHA1: return EVP_sha1();
	case NID_hmacWithSHA224: return EVP_sha224();
	case NID_hmacWithSHA256: return EVP_sha256();
	case NID_hmacWithSHA384: return EVP_sha384();
	case NID_hmacWithSHA512: return EVP_sha512();
	case NID_hmacWithSHA512_224: return EVP_sha512_224();
	case NID_hmacWithSHA512_256: return EVP_sha512_256();
	}
	return NULL;
}

static bool parse(struct parameters *p, const X509_ALGOR *algorithm)
{
	p->all = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	if (!p->all || OBJ_obj2nid(p->all->keyfunc->algorithm) != NID_id_pbkdf2) {
		return p->all != NULL;
	}
	p->kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), p->all->keyfunc->parameter);
	if (!p->kdf || p->kdf->salt->type != V_ASN1_OCTET_STRING) {
		return false;
	}
	const ASN1_OCTET_STRING *salt = p->kdf->salt->value.octet_string;
	p->salt = str_from(ASN1_STRING_get0_data(salt), (size_t)ASN1_STRING_length(salt));
	p->prf = digest_of(p->kdf->prf);
	p->mac = digest_of(p->all->encryption);
	(void)ASN1_INTEGER_get_int64(&p->count, p->kdf->iter);
	if (p->kdf->keylength) {
		(void)ASN1_INTEGER_get_int64(&p->key_length, p->kdf->keylength);
	}
	return true;
}

bool pbmac1_is(const X509_ALGOR *algorithm)
{
	return OBJ_obj2nid(algorithm->algorithm) == NID_pbmac1;
}

enum rc pbmac1_check(struct container *c, const X509_ALGOR *algorithm, struct err *reterr)
{
	AUTO(parameters_fini) struct parameters p = { 0 };
	const ASN1_TYPE *whole = algorithm->parameter;
	struct str der = whole && whole->type == V_ASN1_SEQUENCE
				 ? str_from(ASN1_STRING_get0_data(whole->value.sequence),
					    (size_t)ASN1_STRING_length(whole->value.sequence))
				 : STR_NONE;
	if (!parse(&p, algorithm)) {
		return encryption_unreadable(reterr, der, "the parameters of its MAC cannot be read");
	}
	if (!p.kdf) {
		return encryption_unsupported(reterr, "PBMAC1 with another key derivation than PBKDF2");
	}
	if (!p.prf || !p.mac) {
		return encryption_unsupported(reterr, "PBMAC1 with an unknown HMAC");
	}
	if (!p.kdf->keylength) {
		return encryption_damaged(reterr, "its MAC does not say how long its key is");
	}
	if (p.key_length < KEY_MIN || p.key_length > KEY_MAX) {
		return encryption_damaged(reterr, "the key of its MAC is not 20 to 64 bytes long");
	}
	return encryption_check_iterations(c, p.kdf->iter, reterr);
}

bool pbmac1_verify(const X509_ALGOR *algorithm, struct str password, struct str content, struct str mac)
{
	AUTO(parameters_fini) struct parameters p = { 0 };
	uint8_t key[KEY_MAX];
	uint8_t made[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool ok = parse(&p, algorithm) && p.kdf && p.prf && p.mac && p.key_length >= KEY_MIN &&
		  p.key_length <= KEY_MAX && p.count >= 1 && p.count <= CONTAINER_MAX_ITERATIONS &&
		  PKCS5_PBKDF2_HMAC(password.p ? password.p : "", (int)password.n,
				    (const unsigned char *)p.salt.p, (int)p.salt.n, (int)p.count, p.prf,
				    (int)p.key_length, key) == 1 &&
		  HMAC(p.mac, key, (int)p.key_length, (const unsigned char *)content.p, content.n, made, &n);
	bool same = ok && mac.n == n && mem_equal_secret(made, mac.p, n);
	mem_wipe(key, sizeof(key));
	return same;
}
