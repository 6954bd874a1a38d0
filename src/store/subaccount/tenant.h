/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts: every other row belongs to one, by its name, which never changes. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_tenant_fini(). */
struct store_tenant {
	const char *name; /* "default", or the label in front of the host name */
	const char *id;   /* UUID */
	struct wall created;
	struct wall tokens_since; /* refresh tokens issued before it have ended; 0: none have */
};
/** Release a row that was read; accepts a zeroed one. */
void store_tenant_fini(struct store_tenant *row);

/** Rows read; zeroed when empty. */
struct store_tenant_list {
	struct store_tenant *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_tenant_list_fini(struct store_tenant_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_tenant_insert(struct store *store, const struct store_tenant *row, struct err *reterr);
/** Change all members of the row of this name. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_tenant_update(struct store *store, const struct store_tenant *row, struct err *reterr);
/** All rows, by name. RC_STORE. */
MUST_USE enum rc store_tenant_list_all(struct store *store, struct store_tenant_list *ret,
				       struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_tenant_get(struct store *store, const char *name, struct store_tenant *ret,
				  struct err *reterr);
/** Delete one with every row of every table that is its. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_tenant_delete(struct store *store, const char *name, struct err *reterr);
