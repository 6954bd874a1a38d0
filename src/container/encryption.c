/* SPDX-License-Identifier: Apache-2.0
 * Which cipher, how many iterations, and what a failure means. */
#include "container/encryption.h"

#include "base/memory.h"
#include "container/count.h"
#include "model/reason.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <stdio.h>

/* OpenSSL refuses what needs 32 MiB or more. */
#define MAX_SCRYPT_BYTES (UINT64_C(31) * 1024 * 1024)

static OSSL_LIB_CTX *context;

static void make_context(void)
{
	context = OSSL_LIB_CTX_new();
	ASSERT(context && OSSL_PROVIDER_load(context, "default"));
	/* Without the legacy module the old ciphers are reported as unsupported, by name. */
	(void)OSSL_PROVIDER_load(context, "legacy");
	ERR_clear_error();
}

OSSL_LIB_CTX *encryption_context(void)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	ASSERT(CRYPTO_THREAD_run_once(&once, make_context) == 1 && context);
	return context;
}

enum rc encryption_damaged(struct err *reterr, const char *why)
{
	ERR_clear_error();
	(void)reason_err(reterr, RC_INVALID, REASON_P116, NULL);
	if (reterr) {
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The file is damaged, or made to do harm: %s.", why);
	}
	return RC_INVALID;
}

enum rc encryption_wrong_password(bool given, struct err *reterr)
{
	ERR_clear_error();
	(void)reason_err(reterr, RC_DENIED, REASON_P101, NULL);
	if (reterr) {
		(void)snprintf(reterr->text, sizeof(reterr->text), "%s",
			       given ? "Wrong password: it does not open the file."
				     : "The file is encrypted and no password was given.");
	}
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

#define STRINGIFY(x) #x
#define TEXT_OF(x) STRINGIFY(x)
static const char count_is_out_of_bounds[] =
	"its iteration count is not between 1 and " TEXT_OF(CONTAINER_MAX_ITERATIONS);

static enum rc too_much_work(struct err *reterr, const char *what)
{
	(void)reason_err(reterr, RC_LIMIT, REASON_P117, NULL);
	if (reterr) {
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The file asks for more work than is allowed: %s.", what);
	}
	return RC_LIMIT;
}

enum rc encryption_unreadable(struct err *reterr, struct str der, const char *why)
{
	ERR_clear_error();
	if (count_is_absurd(der, CONTAINER_MAX_ITERATIONS)) {
		return too_much_work(reterr, count_is_out_of_bounds);
	}
	return encryption_damaged(reterr, why);
}

/* The bytes of an algorithm's parameters. */
static struct str parameter_bytes(const ASN1_TYPE *parameter)
{
	if (!parameter || parameter->type != V_ASN1_SEQUENCE) {
		return STR_NONE;
	}
	return str_from(ASN1_STRING_get0_data(parameter->value.sequence),
			(size_t)ASN1_STRING_length(parameter->value.sequence));
}

enum rc encryption_unsupported(struct err *reterr, const char *name)
{
	ERR_clear_error();
	(void)reason_err(reterr, RC_UNSUPPORTED, REASON_P115, NULL);
	if (reterr) {
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The file uses the cipher %s, which is not supported.", name);
	}
	return RC_UNSUPPORTED;
}

enum rc encryption_failed(const struct container *c, struct err *reterr)
{
	return queue_says_unsupported() ? encryption_unsupported(reterr, c->encryption) : RC_DENIED;
}

enum rc encryption_other_password(struct err *reterr, const char *what)
{
	ERR_clear_error();
	(void)reason_err(reterr, RC_DENIED, REASON_P127, NULL);
	if (reterr) {
		(void)snprintf(reterr->text, sizeof(reterr->text),
			       "The password opens the file, but not %.200s: that has another one.", what);
	}
	return RC_DENIED;
}

enum rc encryption_check_iterations(struct container *c, const ASN1_INTEGER *count, struct err *reterr)
{
	int64_t n = 1;
	if (count && (!ASN1_INTEGER_get_int64(&n, count) || n < 1 || n > CONTAINER_MAX_ITERATIONS)) {
		ERR_clear_error();
		return too_much_work(reterr, count_is_out_of_bounds);
	}
	c->iterations += (uint64_t)n;
	if (c->iterations > CONTAINER_MAX_ALL_ITERATIONS) {
		return too_much_work(reterr, "the iteration counts of all its parts are too high together");
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
	if (worse) {
		(void)snprintf(c->encryption, sizeof(c->encryption), "%s", name);
	}
	c->encrypted = true;
	c->legacy |= legacy;
}

static bool has_cipher(int nid)
{
	const char *name = nid > 0 ? OBJ_nid2sn(nid) : NULL;
	EVP_CIPHER *cipher = name ? EVP_CIPHER_fetch(encryption_context(), name, NULL) : NULL;
	/* Modes that authenticate need what PBES2 as OpenSSL knows it cannot carry. */
	bool has = cipher && !(EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER);
	EVP_CIPHER_free(cipher);
	return has;
}

bool encryption_has_digest(int nid)
{
	const char *name = nid > 0 ? OBJ_nid2sn(nid) : NULL;
	EVP_MD *md = name ? EVP_MD_fetch(encryption_context(), name, NULL) : NULL;
	EVP_MD_free(md);
	ERR_clear_error();
	return md != NULL;
}

static enum rc check_scrypt(struct container *c, const ASN1_TYPE *parameter, struct err *reterr)
{
	SCRYPT_PARAMS *s = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), parameter);
	uint64_t n = 0;
	uint64_t r = 0;
	uint64_t p = 0;
	bool ok = s && ASN1_INTEGER_get_uint64(&n, s->costParameter) &&
		  ASN1_INTEGER_get_uint64(&r, s->blockSize) &&
		  ASN1_INTEGER_get_uint64(&p, s->parallelizationParameter);
	SCRYPT_PARAMS_free(s);
	if (!ok) {
		return encryption_damaged(reterr, "the parameters of its encryption cannot be read");
	}
	if (r == 0 || r > 64 || p == 0 || p > 16 || n == 0 || n > MAX_SCRYPT_BYTES / 128 / r) {
		return too_much_work(reterr, "the cost of its scrypt is too high");
	}
	c->iterations += n * p;
	return RC_OK;
}

/* Returns the name of the pseudorandom function, or NULL where it is not known. */
static const char *prf_name(const PBKDF2PARAM *kdf)
{
	int digest = NID_undef;
	int nid = kdf->prf ? OBJ_obj2nid(kdf->prf->algorithm) : NID_hmacWithSHA1;
	if (!EVP_PBE_find(EVP_PBE_TYPE_PRF, nid, NULL, &digest, NULL) || !encryption_has_digest(digest)) {
		return NULL;
	}
	const char *name = OBJ_nid2sn(nid);
	return strncmp(name, "hmacWith", 8) == 0 ? name + 8 : name;
}

static enum rc check_pbkdf2(struct container *c, const char *cipher, const ASN1_TYPE *parameter,
			    struct err *reterr)
{
	char name[96];
	PBKDF2PARAM *kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), parameter);
	if (!kdf) {
		return encryption_unreadable(reterr, parameter_bytes(parameter),
					     "the parameters of its key derivation cannot be read");
	}
	const char *prf = prf_name(kdf);
	long count = ASN1_INTEGER_get(kdf->iter);
	enum rc rc = encryption_check_iterations(c, kdf->iter, reterr);
	PBKDF2PARAM_free(kdf);
	(void)snprintf(name, sizeof(name), "PBES2 %s, PBKDF2 HMAC-%s, %ld iterations", cipher,
		       prf ? prf : "unknown", count);
	note(c, name);
	if (rc == RC_OK && !prf) {
		return encryption_unsupported(reterr, name);
	}
	return rc;
}

static enum rc check_pbes2(struct container *c, const X509_ALGOR *algorithm, struct err *reterr)
{
	PBE2PARAM *pbe2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	if (!pbe2) {
		return encryption_unreadable(reterr, parameter_bytes(algorithm->parameter),
					     "the parameters of its encryption cannot be read");
	}
	enum rc rc;
	char cipher[48] = "unknown cipher";
	char name[96];
	int kdf = OBJ_obj2nid(pbe2->keyfunc->algorithm);
	(void)OBJ_obj2txt(cipher, sizeof(cipher), pbe2->encryption->algorithm, 0);
	str_upper(cipher);
	if (kdf == NID_id_scrypt) {
		(void)snprintf(name, sizeof(name), "PBES2 %s, scrypt", cipher);
		note(c, name);
		rc = check_scrypt(c, pbe2->keyfunc->parameter, reterr);
	} else if (kdf == NID_id_pbkdf2) {
		rc = check_pbkdf2(c, cipher, pbe2->keyfunc->parameter, reterr);
	} else {
		(void)OBJ_obj2txt(name, sizeof(name), pbe2->keyfunc->algorithm, 0);
		rc = encryption_unsupported(reterr, name);
	}
	if (rc == RC_OK && !has_cipher(OBJ_obj2nid(pbe2->encryption->algorithm))) {
		rc = encryption_unsupported(reterr, cipher);
	}
	PBE2PARAM_free(pbe2);
	return rc;
}

enum rc encryption_check(struct container *c, const X509_ALGOR *algorithm, struct err *reterr)
{
	char name[96] = "an unknown cipher";
	int cipher = NID_undef;
	int digest = NID_undef;
	int nid = OBJ_obj2nid(algorithm->algorithm);
	if (nid == NID_pbes2) {
		return check_pbes2(c, algorithm, reterr);
	}
	(void)OBJ_obj2txt(name, sizeof(name), algorithm->algorithm, 0);
	note(c, name);
	PBEPARAM *pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
	ERR_clear_error();
	enum rc rc = RC_OK;
	if (pbe) {
		rc = encryption_check_iterations(c, pbe->iter, reterr);
	} else if (count_is_absurd(parameter_bytes(algorithm->parameter), CONTAINER_MAX_ITERATIONS)) {
		rc = too_much_work(reterr, count_is_out_of_bounds);
	}
	PBEPARAM_free(pbe);
	if (rc == RC_OK && (!EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, &cipher, &digest, NULL) ||
			    !has_cipher(cipher) || !encryption_has_digest(digest))) {
		rc = encryption_unsupported(reterr, name);
	}
	ERR_clear_error();
	return rc;
}

enum rc encryption_decrypt_key(const struct container *c, const X509_SIG *sealed,
			       const struct password_way *way, struct buf *der, struct err *reterr)
{
	unsigned char *bytes = NULL;
	ERR_clear_error();
	PKCS8_PRIV_KEY_INFO *info =
		PKCS8_decrypt_ex(sealed, way->text, (int)way->n, encryption_context(), NULL);
	if (!info) {
		return encryption_failed(c, reterr);
	}
	int n = i2d_PKCS8_PRIV_KEY_INFO(info, &bytes);
	bool ok = n > 0 && buf_add(der, str_from(bytes, (size_t)n));
	if (n > 0) {
		OPENSSL_clear_free(bytes, (size_t)n);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	return ok ? RC_OK : encryption_damaged(reterr, "its private key is too large");
}
