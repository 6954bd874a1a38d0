/* SPDX-License-Identifier: Apache-2.0
 * What the other end of a connection has proved, and the verdict about its chain as long as that holds. */
#pragma once

#include "gateway/judgement.h"

/** The calls of a gateway's TLS server: chains are judged as they come, sessions are kept of good ones
 * alone. */
struct tls_server_hooks peer_hooks(struct gateway *g);

/**
 * The judgement about the peer of a connection, made anew where the subaccount, its trust or the time asks
 * for it; owned.
 * NULL when it has presented no certificate.
 */
struct judgement *peer_judge(struct gateway *g, struct http_connection *connection,
			     const struct tenant *tenant, struct wall now);
/** The leaf that was presented; NULL when none was, or it cannot be read. Borrowed. */
const struct cert *peer_leaf(struct http_connection *connection);
