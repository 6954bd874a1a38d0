/* SPDX-License-Identifier: Apache-2.0
 * Destinations of the subaccount and of service instances. */
#pragma once

#include "store/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_destination_fini(). */
struct store_destination {
	const char *tenant;
	const char *instance; /* id of the service instance, "" for the subaccount */
	const char *name;
	const char *configuration; /* JSON text without the secret properties */
	struct str secrets; /* sealed JSON object of the secret properties; p NULL when there are none */
	struct wall created;
	struct wall modified;
};
/** Release a row that was read; accepts a zeroed one. */
void store_destination_fini(struct store_destination *row);

/** Rows read; zeroed when empty. */
struct store_destination_list {
	struct store_destination *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_destination_list_fini(struct store_destination_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_destination_insert(struct store *store, const struct store_destination *row,
					  struct err *reterr);
/** Change all members of the row with this key. RC_NOT_FOUND, RC_EXISTS, RC_STORE. */
MUST_USE enum rc store_destination_update(struct store *store, const struct store_destination *row,
					  struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_destination_get(struct store *store, const char *tenant, const char *instance,
				       const char *name, struct store_destination *ret, struct err *reterr);
/** All rows of the subaccount (instance "") or of one instance, by name. RC_STORE. */
MUST_USE enum rc store_destination_list_all(struct store *store, const char *tenant, const char *instance,
					    struct store_destination_list *ret, struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_destination_delete(struct store *store, const char *tenant, const char *instance,
					  const char *name, struct err *reterr);
