/* SPDX-License-Identifier: Apache-2.0
 * What the other end of a connection has proved, and the verdict about its chain as long as that holds. */
#pragma once

#include "gateway/judgement.h"

struct caller;

/** Attached to each connection that has presented a certificate, or resumed a session of one. */
struct peer {
	struct judgement *judgement;          /* NULL: no certificate */
	const struct identity_peer *identity; /* of the judgement, or of nobody */
	struct caller *caller;                /* kept by caller_judge(); of this judgement */
};

/** The calls of a gateway's TLS server: chains are judged as they come, sessions are kept of good ones alone. */
struct tls_server_hooks peer_hooks(struct gateway *g);

/**
 * The peer of a connection, judged anew where the subaccount, its trust or the time asks for it. Borrowed: who needs the
 * judgement for longer than this call's turn holds it.
 */
struct peer *peer_judge(struct gateway *g, struct http_connection *connection, const struct tenant *tenant,
			struct wall now);
/** The leaf that was presented; NULL when none was, or it cannot be read. Borrowed. */
const struct cert *peer_leaf(struct http_connection *connection);
