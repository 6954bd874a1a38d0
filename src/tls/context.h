/* SPDX-License-Identifier: Apache-2.0
 * What all TLS connections of one listener or one kind of outbound call have in common. */
#pragma once

#include "pki/cert_cache.h"
#include "pki/key.h"
#include "tls/hooks.h"
#include "tls/peer.h"
#include "tls/session_store.h"

struct tls_server_context;
struct tls_client_context;

/** A certificate chain (leaf first) with the leaf's key; all borrowed for the call it is given to. */
struct tls_identity {
	const struct cert_list *chain;
	const struct key *key;
};

/** Largest list of CA names that a handshake offers [bytes]: Java refuses messages of it above 32 KiB. */
#define TLS_CA_NAMES_BYTES_MAX ((size_t)30 * 1024)

/** Options of a server; zeroed fields take the default. */
struct tls_server_options {
	struct tls_identity rsa;         /* chain NULL: none; at least one of both */
	struct tls_identity ec;          /* preferred for clients that can take it */
	bool request_client_certificate; /* ask for one; the verdict on it is the caller's, later */
	bool offer_http2; /* by ALPN, before HTTP/1.1; without it ALPN is not answered at all */
	/* names of acceptable issuers to send, unless there are too many (tls_ca_names_fit()) */
	const struct cert_list *offered_ca_names;
	struct tls_server_hooks hooks;
	struct session_store *sessions;  /* NULL: nothing is resumed; needs hooks. Outlives the connections */
	struct cert_cache *certificates; /* for libssl's decoding; NULL: none. Outlives the connections */
};

/**
 * Make a server's context: TLS 1.2 and 1.3, algorithm lists of tls/context.c, sessions as the options say.
 * The handshake completes with any client chain of up to twice TLS_CHAIN_BYTES_MAX, or none;
 * possession of the key is still proven.
 * RC_INVALID a key does not fit its chain, or there is none. Free with tls_server_context_free().
 */
MUST_USE enum rc tls_server_context_new(struct tls_server_context **ret,
					const struct tls_server_options *options, struct err *reterr);
/** Whether the subjects of certs can be offered as CA names:
 * all of them, or none, for a client whose CA is left out of a list keeps its certificate back. */
bool tls_ca_names_fit(const struct cert_list *certs);
/** One more holder; connections hold their context themselves. */
struct tls_server_context *tls_server_context_ref(struct tls_server_context *context);
/** Give up one hold; accepts NULL. */
void tls_server_context_free(struct tls_server_context *context);
DEFINE_CLEANUP(struct tls_server_context, tls_server_context_free);

/** Options of a client; zeroed: system's trust, no certificate, everything checked. */
struct tls_client_options {
	/* trusted beside or instead of the system's; may be intermediates; NULL none */
	const struct cert_list *anchors;
	bool with_system_trust; /* trust the system's store too; always so when anchors is NULL or empty */
	struct tls_identity identity; /* client certificate; chain NULL: none */
	bool skip_host_check;         /* the server's name is not compared */
	bool skip_verification;       /* anything goes; only for TrustAll destinations */
};

/** Make a client's context. RC_INVALID the key does not fit the chain.
 * Free with tls_client_context_free(). */
MUST_USE enum rc tls_client_context_new(struct tls_client_context **ret,
					const struct tls_client_options *options, struct err *reterr);
/** One more holder. */
struct tls_client_context *tls_client_context_ref(struct tls_client_context *context);
/** Give up one hold; accepts NULL. */
void tls_client_context_free(struct tls_client_context *context);
DEFINE_CLEANUP(struct tls_client_context, tls_client_context_free);
