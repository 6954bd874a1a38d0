/* SPDX-License-Identifier: Apache-2.0
 * User roles that endpoints ask for. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_role_fini(). */
struct store_role {
	const char *tenant;
	const char *name;
	const char *description;
	const char *owner; /* "SAP" or "Tenant Administrator" */
	struct wall created;
};
/** Release a row that was read; accepts a zeroed one. */
void store_role_fini(struct store_role *row);

/** Rows read; zeroed when empty. */
struct store_role_list {
	struct store_role *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_role_list_fini(struct store_role_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_role_insert(struct store *store, const struct store_role *row, struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_role_get(struct store *store, const char *tenant, const char *name,
				struct store_role *ret, struct err *reterr);
/** All rows of a tenant, by name. RC_STORE. */
MUST_USE enum rc store_role_list_all(struct store *store, const char *tenant, struct store_role_list *ret,
				     struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_role_delete(struct store *store, const char *tenant, const char *name,
				   struct err *reterr);
