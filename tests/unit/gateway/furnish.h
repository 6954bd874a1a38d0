/* SPDX-License-Identifier: Apache-2.0
 * What stands in a registry, said in a line: "trust root; key good; endpoint /orders". */
#pragma once

#include "seal/seal.h"
#include "pki/key.h"
#include "registry/batch.h"

/**
 * Put what every gateway needs: the subaccount "default" of id "tenant-id", the server's key, the key k1 that
 * signs tokens.
 * All of it fails the test where it cannot be put.
 */
void furnish_base(struct registry_batch *batch, const struct seal_key *secrets);
/**
 * Put what the statements say, apart by semicolons; PARTY is one of parties.h.
 * "no STATEMENT" takes it away again.
 *
 *   trust PARTY                 its certificate as an anchor; "broken" one that cannot be read
 *   twins N                     N anchors of one name without key identifiers
 *   revoke PARTY                a list of its issuer that names it
 *   overdue PARTY               an empty list of that CA, past its next update
 *   key PARTY [OPTION...]       a service key of its certificate ("-": none);
 *   client id "sb-PARTY", or "sb-ID"
 *     as=ID unpinned issuer-unknown plan=PLAN role=ROLE secret=TEXT
 *   endpoint /ADDRESS [OPTION...]   a flow that answers "ok"
 *     role=ROLE csrf max=MB echo to=URL ("@" is the receiver's address) timeout=MS broken
 *   setting NAME JSON
 *
 * receiver  "http://host:port"
 */
void furnish(struct registry_batch *batch, const struct seal_key *secrets, const char *receiver,
	     const char *statements);
/** The private key of k1. Borrowed. */
const struct key *furnish_token_key(void);
/** Free it. */
void furnish_fini(void);
