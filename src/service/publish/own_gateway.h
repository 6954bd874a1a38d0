/* SPDX-License-Identifier: Apache-2.0
 * Destinations that point at this server's own gateway: known, and trusted without being told. */
#pragma once

#include "service/core/service.h"

/**
 * The name under which Postern's root is served to clients as a trust store.
 * A .pem with one dot in its name, because the Cloud SDK takes no other.
 */
#define OWN_GATEWAY_TRUST_STORE "postern-ca.pem"

/** Whether it leads to what the gateway serves for this subaccount; its path then. */
bool own_gateway_path(struct session *session, const char *tenant, struct str url, struct str *ret_path);

/**
 * Whether Find Destination should name OWN_GATEWAY_TRUST_STORE:
 * the destination leads to the own gateway, whose server certificates are Postern's own, and says nothing
 * about trust itself. Node forgets NODE_EXTRA_CA_CERTS as soon as the
 * .p12 holds a CA certificate, so without this an app with a partner's .p12 could not trust the gateway.
 */
bool own_gateway_needs_trust(struct session *session, const struct value *destination);

/** Postern's root as a destination certificate {"Name","Type","Content"}; owned. */
struct value *own_gateway_trust_store(struct session *session);
/** Postern's root as PEM; owned. */
char *own_gateway_root_pem(struct session *session);
/** Remember anew what the store says of the own gateway: at the start, and when its certificates were
 * replaced. RC_STORE. */
MUST_USE enum rc own_gateway_read(struct session *session, struct err *reterr);

/** Forget what is remembered of the own gateway; accepts NULL. */
void own_gateway_memory_free(struct own_gateway_memory *memory);
