/* SPDX-License-Identifier: Apache-2.0
 * Signed tokens: compact JWS, RS256 and nothing else. */
#pragma once

#include "pki/key.h"

/** Longest token that is read [bytes]. */
#define JWS_MAX_BYTES ((size_t)16 * 1024)

/** A public key that verifies tokens, known by its key id. */
struct jws_key;
/** Read an RSA public key from SubjectPublicKeyInfo DER. RC_INVALID no RSA key of at least 2048 bit. */
MUST_USE enum rc jws_key_new(struct jws_key **ret, const char *kid, struct str spki_der, struct err *reterr);
/** Free; accepts NULL. */
void jws_key_free(struct jws_key *k);
/** {"kty":"RSA","use":"sig","alg":"RS256","kid","n","e","value": PEM}; owned. Source: RFC 7517. */
struct value *jws_key_to_value(const struct jws_key *k);

/** Append header.payload.signature; jku may be NULL. RC_INVALID no RSA key, RC_LIMIT.
 * Source: RFC 7515 §3.1. */
MUST_USE enum rc jws_sign(const struct key *k, const char *kid, const char *jku, const struct value *payload,
			  struct buf *out, struct err *reterr);
/**
 * Verify a token against the key that its kid names; the algorithm is the key's, whatever the token says it
 * is.
 * RC_DENIED malformed, alg not RS256, unknown kid, signature wrong; RC_LIMIT too long.
 * Claims are the caller's to judge.
 */
MUST_USE enum rc jws_verify(struct str token, struct jws_key *const *keys, size_t n_keys,
			    struct value **ret_payload, struct err *reterr);
