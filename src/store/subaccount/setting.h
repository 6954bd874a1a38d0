/* SPDX-License-Identifier: Apache-2.0
 * Settings that are changed at run time, by tenant. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_setting_fini(). */
struct store_setting {
	const char *tenant;
	const char *name;
	const char *value; /* JSON text */
};
/** Release a row that was read; accepts a zeroed one. */
void store_setting_fini(struct store_setting *row);

/** Add a row or replace the one with this key. RC_EXISTS another unique value is taken, RC_STORE. */
MUST_USE enum rc store_setting_put(struct store *store, const struct store_setting *row, struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_setting_get(struct store *store, const char *tenant, const char *name,
				   struct store_setting *ret, struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_setting_delete(struct store *store, const char *tenant, const char *name,
				      struct err *reterr);
