/* SPDX-License-Identifier: Apache-2.0
 * Tokens are verified; a verdict is remembered until it could be another. */
#pragma once

#include "service/core/service.h"
#include "service/token/token_holder.h"

/**
 * Verify a token of a subaccount: signature by one of its keys, zid, aud, exp, nbf, and that its service key
 * is still there.
 * One that was good before is remembered, as long as it lasts and nobody's rights change.
 * RC_DENIED malformed, forged, foreign, expired, not yet valid, or its key was deleted;
 * RC_AGAIN memory does not know it.
 */
MUST_USE enum rc service_token_verify(struct session *session, const char *tenant, struct str text,
				      struct wall now, struct service_token *ret, struct err *reterr);
/** Verdicts that are remembered; one a service. */
struct token_verify_cache *token_verify_cache_new(void);
void token_verify_cache_free(struct token_verify_cache *cache);
