/* SPDX-License-Identifier: Apache-2.0
 * Certificates of service keys: taken as pasted, judged, kept; and credentials in SAP's shape. */
#pragma once

#include "service/core/service.h"
#include "store/key/instance.h"
#include "store/key/service_key.h"

/** Append what will bite with a key's certificate to an array of findings: P108, P109, P110, P114. */
void key_certificate_warn(const struct cert *c, struct wall now, struct value *warnings);

/** Whether a key may hold a certificate: a leaf, signed by a CA, not expired.
 * RC_INVALID with reason and repair. */
MUST_USE enum rc key_certificate_judge(const struct cert *c, struct wall now, struct err *reterr);
/**
 * Read a pasted certificate (or base64 of DER) for a key: the leaf is picked, its chain follows.
 * RC_INVALID: S303 cannot be read, P112 a CA certificate, P113 self-signed, P109 expired.
 * RC_CONFLICT: S305 another key of the tenant, which is named, holds it.
 */
MUST_USE enum rc key_certificate_take(struct session *session, const char *tenant, struct str text,
				      struct cert_list *ret_chain, struct err *reterr);
/** Add a chain's leaf to a key. Inside the caller's transaction. RC_EXISTS, RC_STORE. */
MUST_USE enum rc key_certificate_add(struct session *session, const struct store_service_key *key,
				     const struct cert_list *chain, struct err *reterr);
/** The credentials of a key: {"oauth":{}} of it-rt, flat of destination. RC_STORE. */
MUST_USE enum rc key_certificate_credentials(struct session *session, const struct store_instance *instance,
					     const struct store_service_key *key, struct value **ret,
					     struct err *reterr);
