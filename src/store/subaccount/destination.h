/* SPDX-License-Identifier: Apache-2.0
 * What the Destination service keeps: destinations, fragments, certificates and trust key pairs, one table of
 * them all. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_destination_fini(). */
struct store_destination {
	const char *tenant;
	const char *kind;     /* "destination", "fragment", "certificate" or "trust" */
	const char *instance; /* id of the service instance, "" for the subaccount */
	const char *name;
	const char *configuration; /* JSON text of what is no secret */
	/* sealed: JSON object of the secret properties, or a file; p NULL when there are none */
	struct str secrets;
	/* sealed JSON object: what renewing a generated certificate needs; p NULL otherwise */
	struct str renewal;
	const char *labels; /* JSON text: [{"key","values":[]}] */
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
/** Read the row with the key of this one. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_destination_get(struct store *store, const struct store_destination *key,
				       struct store_destination *ret, struct err *reterr);
/** Every row, in the order of the key. RC_STORE. */
MUST_USE enum rc store_destination_list_all(struct store *store, struct store_destination_list *ret,
					    struct err *reterr);
/** Delete the row with the key of this one. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_destination_delete(struct store *store, const struct store_destination *key,
					  struct err *reterr);
/** Delete the rows of an instance, of which there may be none. RC_STORE. */
MUST_USE enum rc store_destination_delete_instance(struct store *store, const char *tenant,
						   const char *instance, struct err *reterr);
