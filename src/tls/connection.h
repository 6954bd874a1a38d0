/* SPDX-License-Identifier: Apache-2.0
 * One TLS connection as a transport, and what its peer proved. */
#pragma once

#include "os/transport.h"
#include "tls/context.h"
#include "tls/peer.h"

/** Transport for the server's side over another one; takes below, also on failure. */
MUST_USE enum rc tls_connection_accept_over(struct transport **ret, struct tls_server_context *context,
					    struct transport *take_below, struct err *reterr);
/** The same over a connected socket; takes fd, also on failure. */
MUST_USE enum rc tls_connection_accept(struct transport **ret, struct tls_server_context *context,
				       int take_fd, struct err *reterr);
/** Transport for the client's side over another one; host (name or literal) is checked and, if a name, sent
 * as SNI. Takes below.
 * A server whose chain or name is not good fails the handshake with RC_CERT and a sentence that says why. */
MUST_USE enum rc tls_connection_connect_over(struct transport **ret, struct tls_client_context *context,
					     struct transport *take_below, const char *host,
					     struct err *reterr);
/** The same over a connected socket; takes fd. */
MUST_USE enum rc tls_connection_connect(struct transport **ret, struct tls_client_context *context,
					int take_fd, const char *host, struct err *reterr);
/** The same as a hook for http_server_listen(): context is a struct tls_server_context *. */
MUST_USE enum rc tls_connection_accept_hook(void *context, int take_fd, struct transport **ret,
					    struct err *reterr);

/** The TLS connection behind a transport, or NULL when it is a plain one. */
struct tls_connection *tls_connection_of(struct transport *transport);
/** What carries it, now the caller's; the connection is good for nothing but to be freed. */
struct transport *tls_connection_take_below(struct tls_connection *connection);

/** On a server's side: what the hook recall() gave for the session that was resumed;
 * NULL after a full handshake. Borrowed. */
void *tls_connection_recalled(const struct tls_connection *connection);
/** A pointer of the embedding program; the hook forget() gets it at the end. */
void tls_connection_set_user(struct tls_connection *connection, void *user);
void *tls_connection_user(const struct tls_connection *connection);
/** "TLSv1.3", "TLSv1.2"; static. "" before the handshake. */
const char *tls_connection_version(const struct tls_connection *connection);
/** Whether HTTP/2 was agreed on (ALPN "h2"); false before the handshake's end. */
bool tls_connection_is_http2(const struct tls_connection *connection);
/** Whether the peer began with a printable byte, which no record of TLS does, but a request in plain HTTP. */
bool tls_connection_is_plain_text(const struct tls_connection *connection);
