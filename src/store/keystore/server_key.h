/* SPDX-License-Identifier: Apache-2.0
 * The gateway's own server certificates with their keys. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_server_key_fini(). */
struct store_server_key {
	const char *tenant;
	const char *kind;      /* "rsa" or "ec" */
	const char *chain;     /* PEM, leaf first */
	struct str key;        /* sealed PKCS#8 */
	struct wall not_after; /* of the leaf */
	bool own;              /* issued by the built-in CA, so renewed at start */
};
/** Release a row that was read; accepts a zeroed one. */
void store_server_key_fini(struct store_server_key *row);

/** Rows read; zeroed when empty. */
struct store_server_key_list {
	struct store_server_key *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_server_key_list_fini(struct store_server_key_list *list);

/** Add a row or replace the one with this key. RC_EXISTS another unique value is taken, RC_STORE. */
MUST_USE enum rc store_server_key_put(struct store *store, const struct store_server_key *row,
				      struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_server_key_get(struct store *store, const char *tenant, const char *kind,
				      struct store_server_key *ret, struct err *reterr);
/** All rows of a tenant, by kind. RC_STORE. */
MUST_USE enum rc store_server_key_list_all(struct store *store, const char *tenant,
					   struct store_server_key_list *ret, struct err *reterr);
