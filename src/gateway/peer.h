/* SPDX-License-Identifier: Apache-2.0
 * What the other end of a connection has proved, and the verdict about its chain as long as that holds. */
#pragma once

#include "gateway/tenant.h"
#include "identity/identity.h"

struct caller;

/** Attached to each connection. */
struct peer {
	const struct tenant *tenant; /* the verdict is of its trust */
	uint64_t trust_generation;
	struct wall judged_at, good_until; /* between them the verdict needs no second look */
	struct chain_verdict verdict;
	struct identity_peer identity;
	struct caller *caller; /* kept by caller_judge(); of this verdict */
	char text[512];        /* of a chain that cannot be read */
};

/** The peer of a connection, judged anew where the subaccount, its trust or the time asks for it. Borrowed. */
struct peer *peer_judge(struct http_connection *connection, const struct tenant *tenant, struct wall now);
/** The chain as it was sent; NULL when none was, or it cannot be read. Borrowed. */
const struct cert_list *peer_chain(struct http_connection *connection);
/** Free what peer_judge() attached; a connection's end calls it. */
void peer_forget(struct http_connection *connection);
