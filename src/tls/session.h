/* SPDX-License-Identifier: Apache-2.0
 * Sessions that resume on whichever worker accepts: what is kept of one, and OpenSSL's calls for it. */
#pragma once

#include "base/buf.h"
#include "tls/hooks.h"

#include <openssl/types.h>

/** Largest session that is kept, claim included [bytes]; those of ours have about 250. */
#define TLS_SESSION_MAX ((size_t)2048)

/** Append claim and session (DER, from i2d_SSL_SESSION()), the peer's certificate cut out.
 * RC_INVALID no session of that form; RC_LIMIT. */
MUST_USE enum rc tls_session_format(const struct tls_claim *claim, struct str session, struct buf *out);
/** Read what tls_session_format() wrote; ret_session is a slice of bytes. RC_INVALID. */
MUST_USE enum rc tls_session_parse(struct str bytes, struct tls_claim *ret_claim, struct str *ret_session);

/** Let a server's connections be resumed; the context must be one of tls/context.c. */
void tls_session_enable(SSL_CTX *ssl);
/** What was attached by a hook's recall() to the session that this connection resumed, or NULL. Borrowed. */
void *tls_session_recalled(SSL *ssl);
