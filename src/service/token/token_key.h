/* SPDX-License-Identifier: Apache-2.0
 * The keys that sign tokens: made, announced, in use, retired, gone; each subaccount has its own. */
#pragma once

#include "pki/jws.h"
#include "service/core/service.h"

/** Type of a key that signs tokens. */
#define TOKEN_KEY_TYPE "rsa-2048"
/** How old a key that signs gets before the next one follows it [days]. */
#define TOKEN_KEY_DAYS 90
/** How long the next key stands in /token_keys before it signs [s]: verifiers keep copies of the list. */
#define TOKEN_KEY_ANNOUNCE_SECONDS 3600
/** How long a retired key verifies [s]: the longest token-validity, and a minute for clocks that differ. */
#define TOKEN_KEY_KEEP_SECONDS (86400 + 60)
/** Most keys of a subaccount at a time. */
#define TOKEN_KEY_MAX 16

/** Public keys that verify. Zeroed when empty. */
struct token_key_set {
	struct jws_key *keys[TOKEN_KEY_MAX];
	size_t n;
};
/** Release; accepts a zeroed one. */
void token_key_set_fini(struct token_key_set *set);
/** All keys of a subaccount that verify, those announced among them. RC_STORE. */
MUST_USE enum rc token_key_set_read(struct session *session, const char *tenant, struct token_key_set *ret,
				    struct err *reterr);

/** The first key of a new subaccount, inside the caller's transaction. key NULL: made here. RC_STORE. */
MUST_USE enum rc service_token_key_make(struct session *session, const char *tenant, struct key *key,
					struct wall now, struct err *reterr);
/** The key that signs, with its id, both owned. RC_STORE. */
MUST_USE enum rc service_token_key_signing(struct session *session, const char *tenant, struct wall now,
					   struct key **ret, char **ret_kid, struct err *reterr);
/**
 * A new key follows; gateways know it before it signs.
 *
 * key               NULL: made here
 * announce_seconds  how long the former one signs on; 0: the new one signs at once
 * revoke            the former ones verify nothing from now on: every token out there ends
 * ret               as service_token_key_list(); may be NULL
 *
 * RC_LIMIT so many were rotated that the oldest tokens would end early; wait, or revoke. RC_STORE.
 */
MUST_USE enum rc service_token_key_rotate(struct session *session, const char *tenant, struct key *key,
					  int64_t announce_seconds, bool revoke, struct wall now,
					  struct value **ret, struct err *reterr);
/** [{"kid","state":"announced|signing|verifying","created","retired","ends"}], newest first. RC_STORE. */
MUST_USE enum rc service_token_key_list(struct session *session, const char *tenant, struct wall now,
					struct value **ret, struct err *reterr);
/**
 * What time brings: the next key of a subaccount whose key has grown old, the end of those that verify
 * nothing any more.
 * ret_tenant  NULL, or a subaccount whose key is due, owned: make one and call service_token_key_rotate().
 *             One at a time.
 */
MUST_USE enum rc service_token_key_tick(struct session *session, struct wall now, char **ret_tenant,
					struct err *reterr);
/** {"keys":[JWK]} of all that sign or verify. RC_STORE. */
MUST_USE enum rc service_token_keys(struct session *session, const char *tenant, struct value **ret,
				    struct err *reterr);
