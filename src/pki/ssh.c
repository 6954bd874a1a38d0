/* SPDX-License-Identifier: Apache-2.0
 * Public keys in OpenSSH's text form. */
#include "pki/ssh.h"

#include "base/encoding.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define NUMBER_MAX 2048
#define BLOB_MAX ((size_t)8192)

/* A field with its length before it. */
static void add_field(struct buf *out, struct str bytes)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		(void)buf_add_char(out, (char)(bytes.n >> shift & 0xff));
	}
	(void)buf_add(out, bytes);
}

/* A number: big endian, a zero byte in front where the first bit would say that it is negative.
 * Source: RFC 4251 §5. */
static bool add_number(struct buf *out, const EVP_PKEY *key, const char *name)
{
	BIGNUM *n = NULL;
	unsigned char bytes[NUMBER_MAX + 1] = { 0 };
	if (EVP_PKEY_get_bn_param(key, name, &n) != 1) {
		return false;
	}
	int size = BN_num_bytes(n);
	bool fits = size > 0 && size <= NUMBER_MAX && BN_bn2bin(n, bytes + 1) == size;
	BN_free(n);
	if (!fits) {
		return false;
	}
	bool padded = bytes[1] & 0x80;
	add_field(out, str_from(bytes + !padded, (size_t)size + padded));
	return true;
}

enum rc ssh_format_public(const struct cert *c, struct buf *out, struct err *reterr)
{
	AUTO_BUF(blob, BLOB_MAX);
	EVP_PKEY *key = X509_get0_pubkey(cert_x509(c));
	add_field(&blob, STR("ssh-rsa"));
	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
	    !add_number(&blob, key, OSSL_PKEY_PARAM_RSA_E) ||
	    !add_number(&blob, key, OSSL_PKEY_PARAM_RSA_N)) {
		return err_set(reterr, RC_INVALID, "Only an RSA key can be told in OpenSSH's form.");
	}
	return buf_add_c(out, "ssh-rsa ") && base64_encode(out, buf_str(&blob)) && !blob.overflow ? RC_OK
												  : RC_LIMIT;
}
