/* SPDX-License-Identifier: Apache-2.0
 * Who may log in to the management APIs. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_user_fini(). */
struct store_user {
	const char *tenant;
	const char *name;
	const char *salt; /* hex, 32 digits */
	const char *hash; /* derived from salt and password, hex */
	struct wall created;
};
/** Release a row that was read; accepts a zeroed one. */
void store_user_fini(struct store_user *row);

/** Add a row or replace the one with this key. RC_EXISTS another unique value is taken, RC_STORE. */
MUST_USE enum rc store_user_put(struct store *store, const struct store_user *row, struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_user_get(struct store *store, const char *tenant, const char *name,
				struct store_user *ret, struct err *reterr);
