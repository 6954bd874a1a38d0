/* SPDX-License-Identifier: Apache-2.0
 * Which cipher, how many iterations, and what a failure means. */
#include "keystore/encryption.h"

#include "base/memory.h"
#include "model/reason.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <stdio.h>

#define MAX_SCRYPT_BYTES (UINT64_C(64) * 1024 * 1024)

OSSL_LIB_CTX *encryption_context(void)
{
	static OSSL_LIB_CTX *context;
	if (!context) {
		context = OSSL_LIB_CTX_new();
		ASSERT(context && OSSL_PROVIDER_load(context, "default"));
		/* Without the legacy module the old ciphers are reported as unsupported, by name. */
		(void)OSSL_PROVIDER_load(context, "legacy");
		ERR_clear_error();
	}
	return context;
}

enum rc encryption_damaged(struct err *reterr, const char *why)
{
	ERR_clear_error();
	(void)reason_err(reterr, RC_INVALID, REASON_P116, NULL);
	if (reterr)
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The file is damaged, or made to do harm: %s.", why);
	return RC_INVALID;
}

enum rc encryption_wrong_password(bool given, struct err *reterr)
{
	ERR_clear_error();
	(void)reason_err(reterr, RC_DENIED, REASON_P101, NULL);
	if (reterr)
		(void)snprintf(reterr->text, sizeof(reterr->text), "%s",
			       given ? "Wrong password: it does not open the file."
				     : "The file is encrypted and no password was given.");
	return RC_DENIED;
}

static bool queue_says_unsupported(void)
{
	bool found = false;
	for (unsigned long e; (e = ERR_get_error()) != 0;) {
		int reason = ERR_GET_REASON(e);
		found |= reason == ERR_R_UNSUPPORTED || reason == EVP_R_UNSUPPORTED_ALGORITHM ||
			 reason == EVP_R_UNKNOWN_PBE_ALGORITHM || reason == EVP_R_UNSUPPORTED_CIPHER ||
			 reason == EVP_R_UNSUPPORTED_PRF ||
			 reason == EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION ||
			 reason == EVP_R_UNKNOWN_CIPHER;
	}
	return found;
}

enum rc encryption_failed(const struct container *c, bool password_is_right, struct err *reterr)
{
	if (queue_says_unsupported()) {
		(void)reason_err(reterr, RC_UNSUPPORTED, REASON_P115, NULL);
		if (reterr)
			(void)snprintf(reterr->text, sizeof(reterr->text),
				       "The file uses the cipher %s, which is not supported.", c->encryption);
		return RC_UNSUPPORTED;
	}
	return password_is_right ? encryption_damaged(reterr, "its encrypted part does not open")
				 : encryption_wrong_password(true, reterr);
}

enum rc encryption_check_iterations(const ASN1_INTEGER *count, struct err *reterr)
{
	int64_t n = 0;
	if (count && (!ASN1_INTEGER_get_int64(&n, count) || n < 1 || n > CONTAINER_MAX_ITERATIONS)) {
		(void)reason_err(reterr, RC_LIMIT, REASON_P117, NULL);
		if (reterr)
			(void)snprintf(reterr->text, sizeof(reterr->text),
				       "The file asks for an iteration count that is not between 1 and %d.",
				       CONTAINER_MAX_ITERATIONS);
		return RC_LIMIT;
	}
	return RC_OK;
}

static bool is_legacy(const char *name)
{
	return strstr(name, "RC2") || strstr(name, "RC4") || strstr(name, "DES") || strstr(name, "MD5") ||
	       strstr(name, "rc2") || strstr(name, "rc4") || strstr(name, "des");
}

/* The worst of a file is what its users run into: RC2 before other legacy ones before modern ones. */
static void note(struct container *c, const char *name)
{
	bool legacy = is_legacy(name);
	bool worse = !c->encrypted || (legacy && !c->legacy) ||
		     (strstr(name, "RC2") && !strstr(c->encryption, "RC2"));
	if (worse)
		(void)snprintf(c->encryption, sizeof(c->encryption), "%s", name);
	c->encrypted = true;
	c->legacy |= legacy;
}

static enum rc check_scrypt(const ASN1_TYPE *parameter, struct err *reterr)
{
	SCRYPT_PARAMS *s = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), parameter);
	uint64_t n = 0;
	uint64_t r = 0;
	uint64_t p = 0;
	bool ok = s && ASN1_INTEGER_get_uint64(&n, s->costParameter) &&
		  ASN1_INTEGER_get_uint64(&r, s->blockSize) &&
		  ASN1_INTEGER_get_uint64(&p, s->parallelizationParameter);
	SCRYPT_PARAMS_free(s);
	if (!ok)
		return encryption_damaged(reterr, "the parameters of its encryption cannot be read");
	if (r == 0 || r > 64 || p == 0 || p > 16 || n > MAX_SCRYPT_BYTES / 128 / r)
		return reason_err(reterr, RC_LIMIT, REASON_P117, NULL);
	return RC_OK;
}

static enum rc check_pbes2(struct container *c, const X509_ALGOR *algorithm, struct err *reterr)
{
	PBE2PARAM *pbe2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	if (!pbe2)
		return encryption_damaged(reterr, "the parameters of its encryption cannot be read");
	enum rc rc = RC_OK;
	char name[96];
	char cipher[48] = "unknown cipher";
	(void)OBJ_obj2txt(cipher, sizeof(cipher), pbe2->encryption->algorithm, 0);
	for (char *p = cipher; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	if (OBJ_obj2nid(pbe2->keyfunc->algorithm) == NID_id_scrypt) {
		rc = check_scrypt(pbe2->keyfunc->parameter, reterr);
		(void)snprintf(name, sizeof(name), "PBES2 %s, scrypt", cipher);
	} else {
		PBKDF2PARAM *kdf =
			ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), pbe2->keyfunc->parameter);
		rc = kdf ? encryption_check_iterations(kdf->iter, reterr)
			 : encryption_damaged(reterr, "the parameters of its key derivation cannot be read");
		const char *prf =
			kdf && kdf->prf ? OBJ_nid2sn(OBJ_obj2nid(kdf->prf->algorithm)) : "hmacWithSHA1";
		(void)snprintf(name, sizeof(name), "PBES2 %s, PBKDF2 HMAC-%s, %ld iterations", cipher,
			       strncmp(prf, "hmacWith", 8) == 0 ? prf + 8 : prf,
			       kdf ? ASN1_INTEGER_get(kdf->iter) : 0);
		PBKDF2PARAM_free(kdf);
	}
	PBE2PARAM_free(pbe2);
	note(c, name);
	return rc;
}

enum rc encryption_check(struct container *c, const X509_ALGOR *algorithm, struct err *reterr)
{
	char name[96] = "an unknown cipher";
	if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2)
		return check_pbes2(c, algorithm, reterr);
	(void)OBJ_obj2txt(name, sizeof(name), algorithm->algorithm, 0);
	note(c, name);
	PBEPARAM *pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
	ERR_clear_error();
	enum rc rc = pbe ? encryption_check_iterations(pbe->iter, reterr) : RC_OK;
	PBEPARAM_free(pbe);
	return rc;
}

enum rc encryption_open_key(const struct container *c, const X509_SIG *sealed, struct str password,
			    bool password_is_right, struct key **ret, struct err *reterr)
{
	unsigned char *der = NULL;
	if (!password.p)
		return encryption_wrong_password(false, reterr);
	ERR_clear_error();
	PKCS8_PRIV_KEY_INFO *info =
		PKCS8_decrypt_ex(sealed, password.p, (int)password.n, encryption_context(), NULL);
	if (!info)
		return encryption_failed(c, password_is_right, reterr);
	/* Read anew in the default context: a key of the private one cannot be used for TLS. */
	int n = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	enum rc rc = n > 0 && key_new_der(ret, str_from(der, (size_t)n), NULL) == RC_OK
			     ? RC_OK
			     : encryption_damaged(reterr, "its private key cannot be read");
	if (n > 0)
		OPENSSL_clear_free(der, (size_t)n);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}
