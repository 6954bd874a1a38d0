/* SPDX-License-Identifier: Apache-2.0
 * Keys that sign tokens, newest first. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_token_key_list_fini(). */
struct store_token_key {
	const char *tenant;
	const char *kid;
	struct str public_key; /* DER SubjectPublicKeyInfo */
	struct str key;        /* sealed PKCS#8 */
	struct wall created;
	struct wall retired; /* 0 while it signs; verifies on until tokens of it have expired */
};

/** Rows read; zeroed when empty. */
struct store_token_key_list {
	struct store_token_key *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_token_key_list_fini(struct store_token_key_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_token_key_insert(struct store *store, const struct store_token_key *row,
					struct err *reterr);
/** Change all members of the row with this key. RC_NOT_FOUND, RC_EXISTS, RC_STORE. */
MUST_USE enum rc store_token_key_update(struct store *store, const struct store_token_key *row,
					struct err *reterr);
/** All rows of a tenant, by created DESC, kid. RC_STORE. */
MUST_USE enum rc store_token_key_list_all(struct store *store, const char *tenant,
					  struct store_token_key_list *ret, struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_token_key_delete(struct store *store, const char *tenant, const char *kid,
					struct err *reterr);
