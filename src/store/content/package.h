/* SPDX-License-Identifier: Apache-2.0
 * Integration packages: what design-time artifacts are filed under. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_package_fini(). */
struct store_package {
	const char *tenant;
	const char *id;
	const char *name;
	const char *texts; /* JSON object of the further texts: Description, ShortText, Version, ... */
	struct wall created;
	const char *created_by;
	struct wall modified;
	const char *modified_by;
};
/** Release a row that was read; accepts a zeroed one. */
void store_package_fini(struct store_package *row);

/** Rows read; zeroed when empty. */
struct store_package_list {
	struct store_package *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_package_list_fini(struct store_package_list *list);

/** Add a row or replace the one with this key. RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_package_put(struct store *store, const struct store_package *row, struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_package_get(struct store *store, const char *tenant, const char *id,
				   struct store_package *ret, struct err *reterr);
/** All rows of a tenant, by id. RC_STORE. */
MUST_USE enum rc store_package_list_all(struct store *store, const char *tenant,
					struct store_package_list *ret, struct err *reterr);
/** Delete one row and all artifacts in it. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_package_delete(struct store *store, const char *tenant, const char *id,
				      struct err *reterr);
