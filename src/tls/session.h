/* SPDX-License-Identifier: Apache-2.0
 * Sessions that resume on whichever worker accepts: what is kept of one, and OpenSSL's calls for it. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "pki/digest.h"

#include <openssl/types.h>

/** Longest time from the proof of the key to the last resumption [s], renewed tickets included. */
#define TLS_SESSION_LIFETIME_S 7200

/** What a session stands for: the chain whose key was proven, when, and how long that may be relied on. */
struct tls_claim {
	uint8_t chain_sha256[DIGEST_SHA256_SIZE];
	struct wall proven_at;
	struct wall until;
};

/** Largest session that is kept, claim included [bytes]; those of ours have about 250. */
#define TLS_SESSION_MAX ((size_t)2048)

/** Append claim and session (DER, from i2d_SSL_SESSION()), the peer's certificate cut out. RC_INVALID no session of that
 * form; RC_LIMIT. */
MUST_USE enum rc tls_session_format(const struct tls_claim *claim, struct str session, struct buf *out);
/** Read what tls_session_format() wrote; ret_session is a slice of bytes. RC_INVALID. */
MUST_USE enum rc tls_session_parse(struct str bytes, struct tls_claim *ret_claim, struct str *ret_session);

/** Let a server's connections be resumed; the context must be one of tls/context.c. */
void tls_session_enable(SSL_CTX *ssl);
/** What was attached by a hook's recall() to the session that this connection resumed, or NULL. Borrowed. */
void *tls_session_recalled(SSL *ssl);
