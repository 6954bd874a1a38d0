/* SPDX-License-Identifier: Apache-2.0
 * Why a handshake failed, in words for people. */
#include "tls/cause.h"

#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* What a person reads of one of OpenSSL's errors; our is said where we are the server, their where we are the
 * client. */
struct cause {
	int reason;
	const char *our, *our_fix, *their;
};

#define VERSION_FIX "Have the caller use TLS 1.2 or 1.3."
#define CIPHER_FIX \
	"Have the caller offer ECDHE with AES-GCM or ChaCha20-Poly1305, and one of X25519, P-256 and P-384."
#define SIGN_FIX \
	"Have the caller sign with SHA-256 or better: RSA from 2048 bit, P-256, P-384, P-521, Ed25519 or " \
	"Ed448."
#define KEY_FIX "Have the caller use a key pair of RSA 2048 or P-256."
#define SEND_FIX "Have the caller send its own certificate and the issuing CAs, at most ten certificates."
#define TRUST_FIX \
	"Give the caller the root of the gateway's certificate, and have it call a name that the " \
	"certificate holds."

#define NO_VERSION "the two sides share no TLS version; TLS 1.2 and 1.3 are spoken here"
#define NO_CIPHER "the two sides share no cipher suite"
#define NO_GROUP "the two sides share no group for the key exchange; X25519, P-256 and P-384 are spoken here"
#define NO_ALGORITHM "the two sides share no signature algorithm"
#define NO_TLS "what came is no TLS"
#define BROKEN "what came breaks the rules of TLS"
#define TOO_LARGE "a message of the handshake is larger than is taken"

static const struct cause CAUSES[] = {
	{ SSL_R_UNSUPPORTED_PROTOCOL, NO_VERSION, VERSION_FIX, NO_VERSION },
	{ SSL_R_NO_PROTOCOLS_AVAILABLE, NO_VERSION, VERSION_FIX, NO_VERSION },
	{ SSL_R_VERSION_TOO_LOW, NO_VERSION, VERSION_FIX, NO_VERSION },
	{ SSL_R_WRONG_SSL_VERSION, NO_VERSION, VERSION_FIX, NO_VERSION },
	{ SSL_R_INAPPROPRIATE_FALLBACK, "the caller tried a lower TLS version than it can speak", VERSION_FIX,
	  NO_VERSION },
	{ SSL_R_NO_SHARED_CIPHER, NO_CIPHER, CIPHER_FIX, NO_CIPHER },
	{ SSL_R_NO_CIPHERS_SPECIFIED, NO_CIPHER, CIPHER_FIX, NO_CIPHER },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, NO_GROUP, CIPHER_FIX, NO_GROUP },
	{ SSL_R_NO_SUITABLE_GROUPS, NO_GROUP, CIPHER_FIX, NO_GROUP },
	{ SSL_R_MISSING_SUPPORTED_GROUPS_EXTENSION, NO_GROUP, CIPHER_FIX, NO_GROUP },
	{ SSL_R_BAD_KEY_SHARE, BROKEN, NULL, BROKEN },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, NO_ALGORITHM, SIGN_FIX, NO_ALGORITHM },
	{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, NO_ALGORITHM, SIGN_FIX, NO_ALGORITHM },
	{ SSL_R_MISSING_SIGALGS_EXTENSION, NO_ALGORITHM, SIGN_FIX, NO_ALGORITHM },
	{ SSL_R_WRONG_SIGNATURE_TYPE, "the caller signed with an algorithm that is not taken", SIGN_FIX,
	  "the server signed with an algorithm that is not taken" },
	{ SSL_R_BAD_SIGNATURE, "the caller's signature does not belong to the certificate that it sent",
	  "Have the caller use the private key that belongs to its certificate.",
	  "the server's signature does not belong to its certificate" },
	{ SSL_R_WRONG_CURVE, "the key of the caller's certificate is of a kind that TLS does not take here",
	  KEY_FIX, "the key of the server's certificate is of a kind that is not taken" },
	{ SSL_R_WRONG_CERTIFICATE_TYPE,
	  "the key of the caller's certificate is of a kind that TLS does not take here", KEY_FIX,
	  "the key of the server's certificate is of a kind that is not taken" },
	{ SSL_R_UNKNOWN_CERTIFICATE_TYPE, "the key of the caller's certificate is of an unknown kind",
	  KEY_FIX, "the key of the server's certificate is of an unknown kind" },
	{ SSL_R_SIGNATURE_FOR_NON_SIGNING_CERTIFICATE, "the key of the caller's certificate cannot sign",
	  KEY_FIX, "the key of the server's certificate cannot sign" },
	{ SSL_R_ILLEGAL_POINT_COMPRESSION,
	  "the key of the caller's certificate is written in a form that TLS does not take", KEY_FIX,
	  "the key of the server's certificate is written in a form that TLS does not take" },
	{ SSL_R_EE_KEY_TOO_SMALL, "the key of the certificate is too small", KEY_FIX,
	  "the key of the certificate is too small" },
	{ SSL_R_CA_MD_TOO_WEAK, "the signature of the certificate is too weak", NULL,
	  "the signature of the certificate is too weak" },
	{ SSL_R_DH_KEY_TOO_SMALL, "the key exchange is too weak", CIPHER_FIX,
	  "the key exchange is too weak" },
	{ ERR_R_ASN1_LIB, "a certificate that the caller sent cannot be read", SEND_FIX,
	  "a certificate that the server sent cannot be read" },
	{ SSL_R_EXCESSIVE_MESSAGE_SIZE, TOO_LARGE, SEND_FIX, TOO_LARGE },
	{ SSL_R_CERTIFICATE_VERIFY_FAILED, "the caller's certificate is not taken", NULL,
	  "the server's certificate is not trusted" },
	{ SSL_R_WRONG_VERSION_NUMBER, NO_TLS, "Have the caller speak TLS: https:// in its URL.",
	  "what the server sent is no TLS" },
	{ SSL_R_HTTP_REQUEST, NO_TLS, "Have the caller speak TLS: https:// in its URL.", NO_TLS },
	{ SSL_R_HTTPS_PROXY_REQUEST, "the caller takes this for a proxy",
	  "Have the caller call the gateway directly, not as its proxy.", NO_TLS },
	{ SSL_R_PACKET_LENGTH_TOO_LONG, NO_TLS, NULL, "what the server sent is no TLS" },
	{ SSL_R_RECORD_LENGTH_MISMATCH, BROKEN, NULL, BROKEN },
	{ SSL_R_UNEXPECTED_MESSAGE, BROKEN, NULL, BROKEN },
	{ SSL_R_LENGTH_MISMATCH, BROKEN, NULL, BROKEN },
	{ SSL_R_BAD_EXTENSION, BROKEN, NULL, BROKEN },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, "the caller closed the connection in the middle of it", NULL,
	  "the server closed the connection in the middle of it" },
	{ SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, "what came was altered on its way", NULL,
	  "what came was altered on its way" },
	{ SSL_R_DIGEST_CHECK_FAILED, "what came was altered on its way", NULL,
	  "what came was altered on its way" },
};

/* = RFC 8446 §6.2, with those of RFC 5246; OpenSSL adds 1000 to an alert that it received. */
struct alert {
	int number;
	const char *name;
	const char *our, *our_fix, *their;
};

#define OF_THE_GATEWAY "it does not take the gateway's certificate"
#define OF_THE_CLIENT "it does not take our certificate"

static const struct alert ALERTS[] = {
	{ 40, "handshake failure", "nothing that is offered here suits it", CIPHER_FIX,
	  "nothing that is offered suits it, or it wants a client certificate" },
	{ 41, "no certificate", OF_THE_GATEWAY, TRUST_FIX, "it wants a client certificate" },
	{ 42, "bad certificate", OF_THE_GATEWAY, TRUST_FIX, OF_THE_CLIENT },
	{ 43, "unsupported certificate", OF_THE_GATEWAY, TRUST_FIX, OF_THE_CLIENT },
	{ 44, "certificate revoked", OF_THE_GATEWAY, TRUST_FIX, "our certificate is revoked" },
	{ 45, "certificate expired",
	  "the gateway's certificate is outside its time, or the caller's clock is", NULL,
	  "our certificate is outside its time" },
	{ 46, "certificate unknown", OF_THE_GATEWAY, TRUST_FIX, OF_THE_CLIENT },
	{ 48, "unknown CA", "it does not trust the CA of the gateway's certificate", TRUST_FIX,
	  "it does not trust the CA of our certificate" },
	{ 49, "access denied", "it refuses", NULL, "it refuses" },
	{ 70, "protocol version", NO_VERSION, VERSION_FIX, NO_VERSION },
	{ 71, "insufficient security", "it asks for stronger algorithms", NULL,
	  "it asks for stronger algorithms" },
	{ 80, "internal error", "something failed there", NULL, "something failed there" },
	{ 90, "user canceled", "somebody cancelled it", NULL, "somebody cancelled it" },
	{ 112, "unrecognized name", "it knows no such name", NULL, "it does not serve this name" },
	{ 116, "certificate required", "it wants a certificate", NULL, "it wants a client certificate" },
	{ 120, "no application protocol", "it speaks no protocol that is offered", NULL,
	  "it speaks no protocol that is offered" },
};

#define ALERT_BASE 1000
#define ALERT_MAX 255

static enum rc tell_alert(struct err *reterr, enum rc code, const char *what, bool is_server, int number)
{
	const char *who = is_server ? "the caller" : "the server";
	for (size_t i = 0; i < ARRAY_SIZE(ALERTS); i++) {
		const struct alert *a = &ALERTS[i];
		if (a->number != number) {
			continue;
		}
		(void)err_set(reterr, code, "%s: %s ended it, for %s (TLS alert %d, %s)", what, who,
			      is_server ? a->our : a->their, number, a->name);
		return is_server && a->our_fix ? err_fix(reterr, "%s", a->our_fix) : code;
	}
	return err_set(reterr, code, "%s: %s ended it (TLS alert %d)", what, who, number);
}

static const struct cause *find(int reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(CAUSES); i++) {
		if (CAUSES[i].reason == reason) {
			return &CAUSES[i];
		}
	}
	return NULL;
}

/* Of the queue's errors, oldest first, the first that a person can be told.
 * The caller's decoder complains before TLS does. */
static enum rc tell_queue(struct err *reterr, enum rc code, const char *what, bool is_server)
{
	unsigned long e;
	while ((e = ERR_get_error()) != 0) {
		int reason = ERR_GET_REASON(e);
		if (ERR_GET_LIB(e) == ERR_LIB_ASN1) {
			reason = ERR_R_ASN1_LIB;
		} else if (ERR_GET_LIB(e) != ERR_LIB_SSL) {
			continue;
		}
		if (reason >= ALERT_BASE && reason <= ALERT_BASE + ALERT_MAX) {
			return tell_alert(reterr, code, what, is_server, reason - ALERT_BASE);
		}
		const struct cause *cause = find(reason);
		if (!cause) {
			continue;
		}
		(void)err_set(reterr, code, "%s: %s", what, is_server ? cause->our : cause->their);
		return is_server && cause->our_fix ? err_fix(reterr, "%s", cause->our_fix) : code;
	}
	return err_set(reterr, code, "%s", what);
}

enum rc tls_err(struct err *reterr, enum rc code, const char *what, bool is_server)
{
	unsigned long oldest = ERR_peek_error();
	(void)tell_queue(reterr, code, what, is_server);
	ERR_clear_error();
	(void)err_native(reterr, ERR_OPENSSL, (int)oldest);
	return code;
}
