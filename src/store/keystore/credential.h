/* SPDX-License-Identifier: Apache-2.0
 * User credentials that receivers name for Basic authentication. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_credential_fini(). */
struct store_credential {
	const char *tenant;
	const char *name;
	const char *user_name;
	struct str password; /* sealed */
	struct wall modified;
	const char *kind;        /* "default" ...; NULL when it was never told */
	const char *description; /* NULL likewise */
	const char *company;     /* company id of SuccessFactors; NULL likewise */
};
/** Release a row that was read; accepts a zeroed one. */
void store_credential_fini(struct store_credential *row);

/** Rows read; zeroed when empty. */
struct store_credential_list {
	struct store_credential *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_credential_list_fini(struct store_credential_list *list);

/** Add a row or replace the one with this key. RC_EXISTS another unique value is taken, RC_STORE. */
MUST_USE enum rc store_credential_put(struct store *store, const struct store_credential *row,
				      struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_credential_get(struct store *store, const char *tenant, const char *name,
				      struct store_credential *ret, struct err *reterr);
/** All rows of a tenant, by name. RC_STORE. */
MUST_USE enum rc store_credential_list_all(struct store *store, const char *tenant,
					   struct store_credential_list *ret, struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_credential_delete(struct store *store, const char *tenant, const char *name,
					 struct err *reterr);
