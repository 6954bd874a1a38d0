/* SPDX-License-Identifier: Apache-2.0
 * OpenSSL's information callback, made facts. */
#include "tls/client_note.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static int index_value = -1;

static void make_index(void)
{
	index_value = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static void note_names(const SSL *ssl, struct tls_client_note *note)
{
	X509 *peer = SSL_get0_peer_certificate(ssl);
	GENERAL_NAMES *names = peer ? X509_get_ext_d2i(peer, NID_subject_alt_name, NULL, NULL) : NULL;
	AUTO_BUF(text, sizeof(note->names) - 1);
	for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);
		if (one->type != GEN_DNS) {
			continue;
		}
		struct str name = str_from(ASN1_STRING_get0_data(one->d.dNSName),
					   (size_t)ASN1_STRING_length(one->d.dNSName));
		if (text.n + 2 + name.n > text.max) {
			break;
		}
		(void)buf_printf(&text, "%s%.*s", text.n ? ", " : "", STR_ARG(name));
	}
	str_printable(buf_str(&text), note->names, sizeof(note->names));
	GENERAL_NAMES_free(names);
}

static bool is_no_tls(unsigned long error)
{
	int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
	return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
	       reason == SSL_R_HTTPS_PROXY_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
	       reason == SSL_R_RECORD_TOO_SMALL;
}

static void on_information(const SSL *ssl, int where, int value)
{
	struct tls_client_note *note = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index_value);
	/* close_notify and user_canceled end a connection in order. */
	if ((where & SSL_CB_READ) && (where & SSL_CB_ALERT)) {
		note->began = true;
		if ((value & 0xff) != SSL_AD_CLOSE_NOTIFY && (value & 0xff) != SSL_AD_USER_CANCELLED) {
			note->alert = value & 0xff;
		}
	}
	OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
	note->began |=
		state == TLS_ST_CR_SRVR_HELLO || state == TLS_ST_CR_CERT || state == TLS_ST_CR_CERT_REQ;
	note->certificate_asked |= state == TLS_ST_CR_CERT_REQ;
	if ((where & SSL_CB_EXIT) && value <= 0 && !note->began) {
		note->not_tls |= is_no_tls(ERR_peek_last_error());
	}
	if (where & SSL_CB_HANDSHAKE_DONE) {
		note->done = true;
		note_names(ssl, note);
	}
}

void tls_client_note_attach(void *ssl_ctx, struct tls_client_note *note)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	ASSERT(CRYPTO_THREAD_run_once(&once, make_index) == 1 && index_value >= 0);
	(void)SSL_CTX_set_ex_data(ssl_ctx, index_value, note);
	SSL_CTX_set_info_callback(ssl_ctx, on_information);
}

const char *tls_alert_words(int alert)
{
	switch (alert) {
	case SSL_AD_HANDSHAKE_FAILURE: return "it finds nothing that both sides can do";
	case SSL_AD_BAD_CERTIFICATE: return "it finds the client certificate bad";
	case SSL_AD_UNSUPPORTED_CERTIFICATE: return "it does not take client certificates of this kind";
	case SSL_AD_CERTIFICATE_REVOKED: return "it says that the client certificate is revoked";
	case SSL_AD_CERTIFICATE_EXPIRED: return "it says that the client certificate is expired";
	case SSL_AD_CERTIFICATE_UNKNOWN: return "it does not accept the client certificate";
	case SSL_AD_UNKNOWN_CA: return "it does not know the CA of the client certificate";
	case SSL_AD_ACCESS_DENIED: return "it denies access to the client certificate";
	case SSL_AD_DECRYPT_ERROR: return "it cannot verify the signature of the client's key";
	case SSL_AD_PROTOCOL_VERSION: return "it speaks no version of TLS from 1.2 on";
	case SSL_AD_INSUFFICIENT_SECURITY: return "it demands stronger ciphers";
	case SSL_AD_INTERNAL_ERROR: return "it failed inside";
	case SSL_AD_UNRECOGNIZED_NAME: return "it does not serve the host name of the URL";
	case TLS13_AD_CERTIFICATE_REQUIRED: return "it demands a client certificate";
	case SSL_AD_NO_APPLICATION_PROTOCOL: return "it does not speak HTTP/1.1";
	default: return "it gives no cause";
	}
}

const char *tls_verify_words(long verified)
{
	switch (verified) {
	case X509_V_ERR_CERT_HAS_EXPIRED: return "It, or a CA of its chain, is expired.";
	case X509_V_ERR_CERT_NOT_YET_VALID: return "It is not valid yet.";
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK: return "A key or digest of its chain is too weak.";
	case X509_V_ERR_INVALID_PURPOSE: return "It is no certificate for servers.";
	default: return "No anchor that is trusted leads to it.";
	}
}
