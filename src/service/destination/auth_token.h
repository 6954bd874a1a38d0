/* SPDX-License-Identifier: Apache-2.0
 * Tokens of OAuth destinations: got by jobs, kept until they expire, got anew before that. */
#pragma once

#include "service/destination/auth_token_request.h"
#include "service/core/service.h"

struct auth_tokens;
struct auth_token_wait;
struct loop;

/** Most tokens that are kept; the one that expires first goes. */
#define AUTH_TOKENS_MAX 1000
/** Longest token answer that is kept [bytes]. */
#define AUTH_TOKEN_KEPT_MAX ((size_t)64 * 1024)

/**
 * Keep tokens. Jobs are those of a pool of its own, so that a slow token service holds up nobody else.
 * program  as for job_pool_new()
 */
struct auth_tokens *auth_tokens_new(struct loop *loop, const char *program);
/** End what runs, wipe what is kept, free; accepts NULL. No callback is called. */
void auth_tokens_free(struct auth_tokens *tokens);

/** The tokens are there: an array, borrowed, for authTokens. */
typedef void (*auth_token_done_fn)(void *context, const struct value *list);

/**
 * The tokens of one Find.
 *
 * found      what service_destination_find() answered, with its credentials
 * etag       its etag: another one is another token
 * trust      what the call trusts, as service_check_trust() sets it;
 *            NULL: not known, then RC_AGAIN where there has to be a call
 * ret_list   owned array; NULL when the destination's type has none, or *ret_wait is set
 * ret_wait   set when a token service has to be asked: done is called later, once, unless auth_token_cancel()
 *            comes first
 *
 * Callers that ask for the same token wait for the same call.
 * RC_INVALID contradicting headers; RC_LIMIT too many calls wait. On the loop.
 */
MUST_USE enum rc auth_token_get(struct auth_tokens *tokens, const char *tenant, const struct value *found,
				const char *etag, const struct value *trust,
				const struct auth_token_headers *headers, auth_token_done_fn done,
				void *context, struct value **ret_list, struct auth_token_wait **ret_wait,
				struct err *reterr);
/** The caller is gone; accepts NULL. */
void auth_token_cancel(struct auth_token_wait *wait);
