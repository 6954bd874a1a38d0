/* SPDX-License-Identifier: Apache-2.0
 * Records that only those read who have the workers' key: gateways, and the manager that sealed them. */
#pragma once

#include "seal/seal.h"
#include "pki/cert.h"
#include "pki/key.h"
#include "registry/record.h"

/** Append the plain text of a sealed record; out should be secret. RC_DENIED another key, or altered. */
MUST_USE enum rc view_unseal(const struct seal_key *key, const struct registry_record *record,
			     struct buf *out, struct err *reterr);
/** Read a sealed {"chain":[base64 DER],"key":base64 PKCS#8} record; chain is appended to.
 * RC_DENIED, RC_INVALID. */
MUST_USE enum rc view_key_pair(const struct seal_key *key, const struct registry_record *record,
			       struct cert_list *chain, struct key **ret_key, struct err *reterr);
