/* SPDX-License-Identifier: Apache-2.0
 * One X.509 certificate: immutable, shared by counting, its facts read once. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "json/value.h"

#include <openssl/types.h>

struct cert;

/** Largest certificate that is read [bytes]. */
#define CERT_MAX_BYTES ((size_t)64 * 1024)
#define CERT_SHA256_TEXT_SIZE 65
/** Largest key that signatures are checked with [bits]; the check's cost grows with the cube. */
#define CERT_KEY_MAX_BITS 8192

enum cert_place { CERT_PLACE_LEAF, CERT_PLACE_CA, CERT_PLACE_ROOT };

/**
 * Read one certificate from DER, nothing behind it.
 * RC_INVALID no certificate, or bytes behind it; RC_LIMIT larger than CERT_MAX_BYTES. Source: RFC 5280 §4.1.
 */
MUST_USE enum rc cert_new_der(struct cert **ret, struct str der, struct err *reterr);
/**
 * The certificate of a decoded object, which is shared and not decoded again;
 * objects whose certificate is alive give that very one. For objects of this thread alone.
 * RC_INVALID malformed name, date or serial number.
 */
MUST_USE enum rc cert_new_x509(struct cert **ret, X509 *x509, struct err *reterr);
/** One more owner; c may be NULL. Returns c. */
struct cert *cert_ref(struct cert *c);
/** One owner less; the last frees. Accepts NULL. */
void cert_free(struct cert *c);
DEFINE_CLEANUP(struct cert, cert_free);

/* Facts; text is borrowed from the certificate and never NULL. */
/** The whole certificate as DER. */
struct str cert_der(const struct cert *c);
/** Subject in RFC 2253 form; may be "". */
const char *cert_subject(const struct cert *c);
/** Issuer in RFC 2253 form. */
const char *cert_issuer(const struct cert *c);
/** Both in the form that names are compared in, see model/dn.h; empty for an empty name. */
struct str cert_subject_name(const struct cert *c);
struct str cert_issuer_name(const struct cert *c);
/** Serial number in upper-case hex. */
const char *cert_serial(const struct cert *c);
/** 1, 2 or 3. */
int cert_version(const struct cert *c);
/** SHA-256 over the DER: 64 upper-case hex digits; the other sizes likewise. */
const char *cert_sha256(const struct cert *c);
const char *cert_sha1(const struct cert *c);
const char *cert_sha512(const struct cert *c);
/** The same as 32 bytes. */
const uint8_t *cert_sha256_bytes(const struct cert *c);
/** SHA-256 over the SubjectPublicKeyInfo, 64 upper-case hex digits. */
const char *cert_public_key_sha256(const struct cert *c);
/** First and last instant of validity. */
struct wall cert_not_before(const struct cert *c);
struct wall cert_not_after(const struct cert *c);
/** "RSA 2048", "EC P-256", "Ed25519" ... */
const char *cert_key_text(const struct cert *c);
/** Signature algorithm, "sha256WithRSAEncryption". */
const char *cert_signature_text(const struct cert *c);
/** Root: self-signed CA; CA: other CA; leaf: everything else. */
enum cert_place cert_place(const struct cert *c);
/** "leaf", "ca" or "root". */
const char *cert_place_name(enum cert_place place);
/** basicConstraints CA:TRUE, or a version 1 certificate that is self-signed. */
bool cert_is_ca(const struct cert *c);
/** Subject equals issuer. */
bool cert_is_self_issued(const struct cert *c);
/** The same, and the own key verifies the signature; checked when first asked. */
bool cert_is_self_signed(const struct cert *c);
bool cert_may_client_auth(const struct cert *c);
bool cert_may_server_auth(const struct cert *c);
/** RSA below 2048 bit, EC below 224 bit, or signed with MD5 or SHA-1 (which counts for no root). */
bool cert_is_weak(const struct cert *c);
/** Extended key usages: "clientAuth", "serverAuth" ..., else the OID. */
size_t cert_eku_count(const struct cert *c);
const char *cert_eku_name(const struct cert *c, size_t i);
/** Subject alternative names: "DNS:x", "IP:x", "URI:x", "email:x". */
size_t cert_san_count(const struct cert *c);
const char *cert_san(const struct cert *c, size_t i);

/** Whether issuer's key, of at most CERT_KEY_MAX_BITS, signed subject; names are not asked. */
bool cert_signed(const struct cert *issuer, const struct cert *subject);
/** Whether issuer's name and key made subject: names match (RFC 5280 §7.1) and the signature verifies. */
bool cert_issued(const struct cert *issuer, const struct cert *subject);
/** Byte for byte the same. */
bool cert_equal(const struct cert *a, const struct cert *b);
/** The subject's common name (the last one), or the whole subject where there is none; owned. */
char *cert_common_name(const struct cert *c);

/** Append as PEM. RC_LIMIT at out's maximum. */
MUST_USE enum rc cert_format_pem(const struct cert *c, struct buf *out);
/** The same as owned text. */
char *cert_pem(const struct cert *c);
/** {"role","subject","issuer","serial","sha256","not_before","not_after","key","eku":[],"san":[]}; owned. */
struct value *cert_to_value(const struct cert *c);

/** The OpenSSL object, for pki, keystore and tls; borrowed, must not be changed. */
X509 *cert_x509(const struct cert *c);

/** Certificates in an order; each element is owned. Start with zeroes. */
struct cert_list {
	struct cert **items;
	size_t n;
};
/** Append certificates that stand one behind the other as DER, at most max;
 * nothing else between or behind them.
 * RC_INVALID, RC_LIMIT; what was added before stays. */
MUST_USE enum rc cert_list_read(struct cert_list *list, struct str der, size_t max, struct err *reterr);
/** Append, adding an owner. */
void cert_list_add(struct cert_list *list, struct cert *c);
/** Whether it holds this very certificate. */
bool cert_list_has(const struct cert_list *list, const struct cert *c);
/** Free all; accepts a zeroed list and leaves one. */
void cert_list_fini(struct cert_list *list);
/**
 * Put into chain order: leaf (or list->items[leaf]) first, then each one's issuer as far as they are there,
 * then the rest as they stood. */
void cert_list_sort_chain(struct cert_list *list, size_t leaf);
#define AUTO_CERT_LIST AUTO(cert_list_fini) struct cert_list
