/* SPDX-License-Identifier: Apache-2.0
 * A connection and its context from the inside; for the files of this folder. */
#pragma once

#include "os/transport.h"
#include "pki/cert.h"
#include "tls/cause.h"
#include "tls/hooks.h"

#include <openssl/ssl.h>

struct tls_server_context {
	size_t owners;
	SSL_CTX *ssl;
	struct session_store *sessions;
	struct cert_cache *certificates;
	struct tls_server_hooks hooks;
};

struct tls_client_context {
	size_t owners;
	SSL_CTX *ssl;
	bool check_host;
	bool verify;
};

struct tls_connection {
	struct transport transport; /* first: a transport is cast back to it */
	struct transport *below;    /* what carries it: a socket, as a rule; NULL once taken */
	SSL *ssl;
	struct tls_server_context *server; /* one of both is set */
	struct tls_client_context *client;
	bool failed;                 /* after a fatal error OpenSSL must not be asked for a shutdown */
	bool has_peer;               /* peer is filled */
	bool has_claim;              /* claim is filled: the chain of this handshake was found good */
	bool extended_master_secret; /* the client asked for it, so a TLS 1.2 session has it */
	bool hold;                   /* a handshake is under way: what it writes is gathered in held */
	bool eof;                    /* the peer sends no more */
	bool emptied;                /* what lay below was read in this handshake() */
	bool began;                  /* the first byte has come */
	bool plain_text;             /* and no record of TLS begins so: it was printable */
	struct buf held;
	struct cert_list peer;
	char *sni; /* server's side: as the ClientHello names it, NULL for none */
	void *user;
	struct tls_claim claim;
};

/** A text for OpenSSL's macros, which cast it to char * and only read it. By way of a number no compiler sees
 * const dropped. */
static inline uintptr_t tls_text(const char *text)
{
	return (uintptr_t)text; /* lint: libssl only reads it */
}

/** Let OpenSSL read from and write to what is below the connection by way of bio.c. */
bool tls_bio_attach(struct tls_connection *c);
/** Send what is held. False with errno: EAGAIN when no more is taken now. */
bool tls_bio_flush(struct tls_connection *c);
/** The peer's chain has come on a server's connection: read it, and let the hook judge it. */
void tls_connection_judge(struct tls_connection *c, STACK_OF(X509) * chain);
/** The ClientHello names a server (lower case is made of it); bounded by RFC 6066 §3. */
void tls_connection_set_sni(struct tls_connection *c, struct str name);
