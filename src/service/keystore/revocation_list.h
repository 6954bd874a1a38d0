/* SPDX-License-Identifier: Apache-2.0
 * Imported revocation lists: what each can say beside the others, what replaces what, and whom deleting one
 * lets in. */
#pragma once

#include "service/core/service.h"

#include "pki/cert.h"

/** Most lists of a subaccount, and most bytes of all of them. */
#define REVOCATION_LISTS_MAX 256
#define REVOCATION_LISTS_MAX_BYTES ((int64_t)64 * 1024 * 1024)

/**
 * Import a revocation list, DER or PEM. In force at the next request when its issuer is known;
 * else it waits. It takes away those that it replaces (crl_replaces()) and that the same key signed, no
 * others.
 *
 * ret  {"imported":[],"crl":{as in the list, and "text": what came of it, "replaces":[{"number",
 *      "this_update","sha256"}]},
 *      "findings":[K208 it is stale, K220 it can not say all]}
 *
 * RC_INVALID no list. RC_CONFLICT not taken: one in force is newer, or it is the own CA's.
 * RC_LIMIT too many (K221). RC_STORE.
 */
MUST_USE enum rc service_keystore_import_crl(struct session *session, const char *tenant, struct str bytes,
					     struct value **ret, struct err *reterr);
/**
 * [{"issuer","number"?,"base"? of a delta,"this_update","next_update"?,"entries","sha256","verified":
 * a known key signed it,
 * "state","says": in a sentence each what it cannot say, or null}];
 * state is "in force", "limited" (in force, cannot say all),
 * "stale", "future", "replaced" or "waiting" (for its issuer). RC_STORE.
 */
MUST_USE enum rc service_keystore_crls(struct session *session, const char *tenant, struct value **ret,
				       struct err *reterr);
/**
 * Delete a list by its SHA-256, or the first digits of it (8 at least).
 * force: also where it lets somebody in.
 *
 * ret  {"deleted": sha256,"issuer","number"?,"let_in":[{"serial","subject"?,"key"?: INSTANCE/NAME}],
 *      "let_in_count"}
 *
 * RC_NOT_FOUND; RC_INVALID too few digits, or several lists begin so;
 * RC_CONFLICT it alone revokes those that are told; RC_STORE.
 */
MUST_USE enum rc service_keystore_delete_crl(struct session *session, const char *tenant, const char *sha256,
					     bool force, struct value **ret, struct err *reterr);
/** Append a finding K220 for each list of an issuer in the chain that cannot say all, or nothing yet.
 * RC_STORE. */
MUST_USE enum rc service_keystore_judge_crls(struct session *session, const char *tenant,
					     const struct cert_list *chain, struct value *findings,
					     struct err *reterr);
