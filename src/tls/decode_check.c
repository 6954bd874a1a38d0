/* SPDX-License-Identifier: Apache-2.0
 * The trial of the d2i_X509() that the program puts before OpenSSL's. */
#include "tls/decode_check.h"

#include "pki/cert_cache.h"
#include "tls/internal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static struct cert *own_certificate(const struct tls_server_context *context)
{
	AUTO_BUF(der, CERT_MAX_BYTES);
	struct cert *c = NULL;
	X509 *x509 = SSL_CTX_get0_certificate(context->ssl);
	int n = x509 ? i2d_X509(x509, NULL) : 0;
	unsigned char *room = n > 0 ? (unsigned char *)buf_reserve(&der, (size_t)n) : NULL;
	if (!room || i2d_X509(x509, &room) != n) {
		return NULL;
	}
	buf_added(&der, (size_t)n);
	return cert_new_der(&c, buf_str(&der), NULL) == RC_OK ? c : NULL;
}

/* SSL_CTX_use_certificate_ASN1(3) decodes as a handshake does: from inside libssl. */
static void decode_in_libssl(struct str der)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	if (ctx) {
		(void)SSL_CTX_use_certificate_ASN1(ctx, (int)der.n, (const unsigned char *)der.p);
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

bool tls_decode_check(const struct tls_server_context *context)
{
	AUTO(cert_free_cleanup) struct cert *own = own_certificate(context);
	AUTO(cert_cache_free_cleanup) struct cert_cache *cache = cert_cache_new(1, CERT_MAX_BYTES);
	if (!own) {
		return false;
	}
	cert_cache_add(cache, own);
	struct cert_cache *before = cert_cache_use(cache);
	decode_in_libssl(cert_der(own));
	(void)cert_cache_use(before);
	return cert_cache_decodes(cache) > 0;
}
