/* SPDX-License-Identifier: Apache-2.0
 * What a server's handshakes ask the program: about a chain, and about a session that is to be resumed. */
#pragma once

#include "base/clock.h"
#include "pki/digest.h"

struct tls_connection;

/** Longest time from the proof of the key to the last resumption [s], renewed tickets included. */
#define TLS_SESSION_LIFETIME_S 7200

/** What a session stands for: the chain whose key was proven, when, and how long that may be relied on. */
struct tls_claim {
	uint8_t chain_sha256[DIGEST_SHA256_SIZE];
	struct wall proven_at;
	struct wall until;
};

/** Calls of a server's handshakes; none of them may end the connection. All or none are set. */
struct tls_server_hooks {
	void *context;
	/**
	 * The peer's chain has come (tls_connection_peer_chain());
	 * the key is not proven yet, and the handshake fails if it is not.
	 * True: the chain is good, and a session of it may be kept: fill chain_sha256 and until of ret.
	 */
	bool (*judge)(void *context, struct tls_connection *connection, struct tls_claim *ret);
	/**
	 * A session is about to be resumed: the object that stands for its chain (one reference;
	 * release() gives it back), which tls_connection_recalled() then gives; NULL: not at hand, a full
	 * handshake follows. *ret_renew: whether it gets a new ticket.
	 * The verdict need not be good: it is asked for at each request.
	 */
	void *(*recall)(void *context, struct tls_connection *connection, const struct tls_claim *claim,
			bool *ret_renew);
	void (*release)(void *held);
	/** The connection ends: free what tls_connection_set_user() attached. */
	void (*forget)(void *user);
};
