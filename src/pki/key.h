/* SPDX-License-Identifier: Apache-2.0
 * Private keys: made, read and written. */
#pragma once

#include "pki/cert.h"

struct key;

/** Largest private key that is read [bytes of DER]. */
#define KEY_MAX_BYTES ((size_t)32 * 1024)

/**
 * Make a key pair; type is "rsa-2048", "rsa-3072", "rsa-4096", "p-256" or "p-384".
 * RC_INVALID another type (err->field "key-type").
 */
MUST_USE enum rc key_generate(struct key **ret, const char *type, struct err *reterr);
/** Read a private key from PKCS#8, PKCS#1 or SEC1 DER, unencrypted. RC_INVALID, RC_LIMIT. */
MUST_USE enum rc key_new_der(struct key **ret, struct str der, struct err *reterr);
/** Take over an OpenSSL key, for keystore; take_evp is freed with it. */
struct key *key_new_evp(EVP_PKEY *take_evp);
/** One more owner; accepts NULL. */
struct key *key_ref(struct key *k);
/** One owner less; accepts NULL. */
void key_free(struct key *k);
DEFINE_CLEANUP(struct key, key_free);

/** Append as PKCS#8 DER; out should be secret. RC_LIMIT at its maximum. */
MUST_USE enum rc key_format_pkcs8(const struct key *k, struct buf *out);
/** Append as PKCS#8 PEM, encrypted with PBES2 AES-256-CBC where password.p is not NULL. RC_LIMIT. */
MUST_USE enum rc key_format_pem(const struct key *k, struct str password, struct buf *out);
/** Append the public key as SubjectPublicKeyInfo DER. RC_LIMIT. */
MUST_USE enum rc key_format_public(const struct key *k, struct buf *out);
/** Whether the certificate holds this key's public half. */
bool key_matches(const struct key *k, const struct cert *c);
/** "RSA 2048", "EC P-256"; borrowed. */
const char *key_text(const struct key *k);
/** Whether it is an RSA (true) or another key (false). */
bool key_is_rsa(const struct key *k);
/** The OpenSSL object, for pki, keystore and tls; borrowed. */
EVP_PKEY *key_evp(const struct key *k);
