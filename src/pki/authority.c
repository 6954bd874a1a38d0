/* SPDX-License-Identifier: Apache-2.0
 * Issuing certificates and revocation lists. */
#include "pki/authority.h"

#include "base/memory.h"
#include "base/random.h"
#include "pki/name.h"
#include "pki/public_key.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum rc authority_usage_parse(struct str text, enum authority_usage *ret, struct err *reterr)
{
	static const char *const names[] = { "client", "server", "both", "ca" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_is(text, names[i])) {
			*ret = (enum authority_usage)i;
			return RC_OK;
		}
	}
	(void)err_set(reterr, RC_INVALID, "The usage is not one of client, server and both.");
	return err_field(reterr, "usage");
}

static bool set_serial(X509 *x)
{
	uint8_t bytes[20];
	random_fill(bytes, sizeof(bytes));
	bytes[0] &= 0x7f; /* positive, and 20 octets at most: 159 random bits */
	BIGNUM *n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	return ok;
}

static bool set_times(X509 *x, const struct authority_order *order, const struct cert *issuer)
{
	time_t from = (time_t)wall_seconds(order->not_before);
	time_t until = from + (time_t)order->days * 86400;
	/* What outlives its issuer, or is older, fails with it; better that it says so. */
	if (issuer && from < (time_t)wall_seconds(cert_not_before(issuer))) {
		from = (time_t)wall_seconds(cert_not_before(issuer));
	}
	if (issuer && until > (time_t)wall_seconds(cert_not_after(issuer))) {
		until = (time_t)wall_seconds(cert_not_after(issuer));
	}
	return ASN1_TIME_adj(X509_getm_notBefore(x), from, 0, 0) &&
	       ASN1_TIME_adj(X509_getm_notAfter(x), until, 0, 0);
}

static bool add_extension(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	bool ok = e && X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return ok;
}

static bool add_usage(X509 *x, X509V3_CTX *ctx, const struct authority_order *order, bool rsa)
{
	static const char *const eku[] = { [AUTHORITY_CLIENT] = "clientAuth",
					   [AUTHORITY_SERVER] = "serverAuth",
					   [AUTHORITY_BOTH] = "clientAuth,serverAuth" };
	if (order->usage == AUTHORITY_CA) {
		AUTO_FREE char *basic = order->path_length < 0 ? mem_strdup("critical,CA:TRUE")
							       : mem_printf("critical,CA:TRUE,pathlen:%d",
									    order->path_length);
		return add_extension(x, ctx, NID_basic_constraints, basic) &&
		       add_extension(x, ctx, NID_key_usage, "critical,keyCertSign,cRLSign");
	}
	return add_extension(x, ctx, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(x, ctx, NID_key_usage,
			     rsa ? "critical,digitalSignature,keyEncipherment"
				 : "critical,digitalSignature") &&
	       add_extension(x, ctx, NID_ext_key_usage, eku[order->usage]);
}

static bool add_san(X509 *x, X509_EXTENSION *san)
{
	return !san || X509_add_ext(x, san, -1) == 1;
}

static const EVP_MD *digest_for(const EVP_PKEY *key)
{
	int kind = EVP_PKEY_get_base_id(key);
	if (kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448) {
		return NULL; /* they bring their own */
	}
	return kind == EVP_PKEY_EC && EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

/* Whether what it issues can name its key: an old CA may have no subject key identifier.
 * NULL: self-signed, has one. */
static bool names_key(const struct cert *issuer)
{
	return !issuer || X509_get0_subject_key_id(cert_x509(issuer));
}

/* Fill in and sign; subject and public key are there already. */
static enum rc finish(X509 *x, const struct authority_order *order, X509_EXTENSION *san,
		      const struct cert *issuer, const EVP_PKEY *signing_key, struct cert **ret,
		      struct err *reterr)
{
	X509 *issuer_x = issuer ? cert_x509(issuer) : x;
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer_x, x, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	EVP_PKEY *own = X509_get0_pubkey(x);
	if (!public_key_is_strong(own)) {
		return err_set(reterr, RC_INVALID,
			       "The public key is weak; take RSA of at least 2048 bit, or P-256.");
	}
	if (issuer && order->not_before.us >= cert_not_after(issuer).us) {
		return err_set(reterr, RC_CERT, "The issuing CA certificate has expired.");
	}
	EVP_PKEY *signer = (EVP_PKEY *)(uintptr_t)signing_key; /* lint: libcrypto only signs with it */
	bool ok = X509_set_version(x, X509_VERSION_3) && set_serial(x) && set_times(x, order, issuer) &&
		  X509_set_issuer_name(x, X509_get_subject_name(issuer_x)) &&
		  add_usage(x, &ctx, order, EVP_PKEY_get_base_id(own) == EVP_PKEY_RSA) && add_san(x, san) &&
		  add_extension(x, &ctx, NID_subject_key_identifier, "hash") &&
		  (!names_key(issuer) || add_extension(x, &ctx, NID_authority_key_identifier, "keyid")) &&
		  X509_sign(x, signer, digest_for(signing_key)) > 0;
	unsigned char *der = NULL;
	int n = ok ? i2d_X509(x, &der) : -1;
	enum rc rc =
		n > 0 ? cert_new_der(ret, str_from(der, (size_t)n), reterr)
		      : err_set(reterr, RC_INVALID, "The certificate cannot be issued with these names.");
	OPENSSL_free(der);
	ERR_clear_error();
	return rc;
}

static enum rc check_days(const struct authority_order *order, struct err *reterr)
{
	if (order->days >= 1 && order->days <= AUTHORITY_MAX_DAYS) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_INVALID, "The validity is not between 1 and %d days.", AUTHORITY_MAX_DAYS);
	return err_field(reterr, "days");
}

enum rc authority_issue(struct cert **ret, const struct authority_order *order, const struct key *subject_key,
			const struct cert *issuer, const struct key *issuer_key, struct err *reterr)
{
	X509_NAME *name = NULL;
	X509_EXTENSION *san = NULL;
	TRY(check_days(order, reterr));
	TRY(name_parse(&name, order->subject, reterr));
	enum rc rc = request_san_extension(order->sans, order->n_sans, &san, reterr);
	X509 *x = X509_new();
	if (rc == RC_OK) {
		(void)X509_set_subject_name(x, name);
		(void)X509_set_pubkey(x, key_evp(subject_key));
		rc = finish(x, order, san, issuer, key_evp(issuer_key ? issuer_key : subject_key), ret,
			    reterr);
	}
	X509_free(x);
	X509_EXTENSION_free(san);
	X509_NAME_free(name);
	return rc;
}

static X509_EXTENSION *san_of_request(const struct request *request)
{
	STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(request_x509(request));
	int at = all ? X509v3_get_ext_by_NID(all, NID_subject_alt_name, -1) : -1;
	/* Read and written anew: what the asker's bytes are else is not signed. */
	GENERAL_NAMES *names = at >= 0 ? X509V3_EXT_d2i(X509v3_get_ext(all, at)) : NULL;
	X509_EXTENSION *san =
		names && sk_GENERAL_NAME_num(names) > 0 && sk_GENERAL_NAME_num(names) <= REQUEST_MAX_SANS
			? X509V3_EXT_i2d(NID_subject_alt_name, 0, names)
			: NULL;
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
	return san;
}

enum rc authority_sign(struct cert **ret, const struct authority_order *order, const struct request *request,
		       const struct cert *issuer, const struct key *issuer_key, struct err *reterr)
{
	X509_NAME *name = NULL;
	X509_EXTENSION *san = NULL;
	TRY(check_days(order, reterr));
	if (order->subject.p) {
		TRY(name_parse(&name, order->subject, reterr));
	}
	enum rc rc = RC_OK;
	if (order->n_sans) {
		rc = request_san_extension(order->sans, order->n_sans, &san, reterr);
	} else {
		san = san_of_request(request);
	}
	X509 *x = X509_new();
	if (rc == RC_OK) {
		(void)X509_set_subject_name(x,
					    name ? name : X509_REQ_get_subject_name(request_x509(request)));
		(void)X509_set_pubkey(x, X509_REQ_get0_pubkey(request_x509(request)));
		rc = finish(x, order, san, issuer, key_evp(issuer_key), ret, reterr);
	}
	X509_free(x);
	X509_EXTENSION_free(san);
	X509_NAME_free(name);
	return rc;
}

static bool add_revoked(X509_CRL *crl, const struct authority_revoked *revoked)
{
	BIGNUM *n = NULL;
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *since = ASN1_TIME_adj(NULL, (time_t)wall_seconds(revoked->since), 0, 0);
	ASN1_INTEGER *serial =
		revoked->serial[0] && BN_hex2bn(&n, revoked->serial) == (int)strlen(revoked->serial) &&
				!BN_is_negative(n)
			? BN_to_ASN1_INTEGER(n, NULL)
			: NULL;
	bool ok = serial && since && X509_REVOKED_set_serialNumber(entry, serial) &&
		  X509_REVOKED_set_revocationDate(entry, since) && X509_CRL_add0_revoked(crl, entry);
	if (!ok) {
		X509_REVOKED_free(entry);
	}
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(since);
	BN_free(n);
	return ok;
}

static bool number_crl(X509_CRL *crl, const struct cert *issuer, int64_t number)
{
	X509V3_CTX ctx;
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	X509V3_set_ctx(&ctx, cert_x509(issuer), NULL, NULL, crl, 0);
	X509_EXTENSION *key_id =
		names_key(issuer) ? X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid")
				  : NULL;
	bool ok = n && ASN1_INTEGER_set_int64(n, number) &&
		  X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0, 0) &&
		  (key_id ? X509_CRL_add_ext(crl, key_id, -1) == 1 : !names_key(issuer));
	X509_EXTENSION_free(key_id);
	ASN1_INTEGER_free(n);
	return ok;
}

enum rc authority_crl(const struct cert *issuer, const struct key *issuer_key,
		      const struct authority_revoked *revoked, size_t n_revoked, int64_t number,
		      struct wall now, int days, struct buf *out, struct err *reterr)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_adj(NULL, (time_t)wall_seconds(now), 0, 0);
	ASN1_TIME *until = ASN1_TIME_adj(NULL, (time_t)wall_seconds(now), days, 0);
	bool ok = crl && from && until && X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
		  X509_CRL_set_issuer_name(crl, X509_get_subject_name(cert_x509(issuer))) &&
		  X509_CRL_set1_lastUpdate(crl, from) && X509_CRL_set1_nextUpdate(crl, until);
	for (size_t i = 0; ok && i < n_revoked; i++) {
		ok = add_revoked(crl, &revoked[i]);
	}
	ok = ok && X509_CRL_sort(crl) && number_crl(crl, issuer, number) &&
	     X509_CRL_sign(crl, key_evp(issuer_key), digest_for(key_evp(issuer_key))) > 0;
	unsigned char *der = NULL;
	int n = ok ? i2d_X509_CRL(crl, &der) : -1;
	enum rc rc = n > 0 ? RC_OK : err_set(reterr, RC_INVALID, "The revocation list cannot be made.");
	if (rc == RC_OK && !buf_add(out, str_from(der, (size_t)n))) {
		rc = err_set(reterr, RC_LIMIT, "The revocation list is too long.");
	}
	OPENSSL_free(der);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	X509_CRL_free(crl);
	ERR_clear_error();
	return rc;
}
