/* SPDX-License-Identifier: Apache-2.0
 * The gateway's own certificates and keys, as the registry has them, and the CA names beside them. */
#pragma once

#include "gateway/gateway.h"

/** Make g->tls of what the registry holds now. RC_AGAIN there is no server key yet;
 * RC_DENIED, RC_INVALID one cannot be opened or read. */
MUST_USE enum rc server_keys_make(struct gateway *g, struct err *reterr);
/** Make it anew where a key or the names to offer have moved: they count from the next connection on.
 * A failure is logged, and what was there stays. */
void server_keys_renew(struct gateway *g);
