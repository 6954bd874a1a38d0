/* SPDX-License-Identifier: Apache-2.0
 * What the other end of a connection shows of itself: its chain, and the name it asks for. */
#pragma once

#include "pki/cert.h"

struct tls_connection;

/* A chain above this gets no session. Up to twice the bytes are read, so that a chain that is too long is
 * told so in HTTP. */
#define TLS_CHAIN_CERTIFICATES_MAX 10
#define TLS_CHAIN_BYTES_MAX ((size_t)64 * 1024)
/** Whether the chain is within the limits above. */
bool tls_chain_fits(const struct cert_list *chain);

/**
 * The certificates that the peer presented, leaf first, as sent; empty when it presented none.
 * Borrowed, as long as the connection lives; empty on a resumed connection, where tls_connection_recalled()
 * stands for it. UNVERIFIED on the server's side: only the possession of the leaf's key is proven. NULL with
 * RC_INVALID in reterr when one cannot be read as a certificate.
 */
const struct cert_list *tls_connection_peer_chain(struct tls_connection *connection, struct err *reterr);
/** Server name that the client asked for, lower case as sent; "" for none. */
const char *tls_connection_sni(const struct tls_connection *connection);
