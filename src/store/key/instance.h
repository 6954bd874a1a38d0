/* SPDX-License-Identifier: Apache-2.0
 * Service instances. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_instance_fini(). */
struct store_instance {
	const char *tenant;
	const char *id; /* UUID */
	const char *name;
	const char *service; /* "it-rt" or "destination" */
	const char *plan;
	const char *parameters; /* JSON text, as it was given and completed */
	struct wall created;
	struct wall modified;
};
/** Release a row that was read; accepts a zeroed one. */
void store_instance_fini(struct store_instance *row);

/** Rows read; zeroed when empty. */
struct store_instance_list {
	struct store_instance *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_instance_list_fini(struct store_instance_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_instance_insert(struct store *store, const struct store_instance *row,
				       struct err *reterr);
/** Change all members of the row with this key. RC_NOT_FOUND, RC_EXISTS, RC_STORE. */
MUST_USE enum rc store_instance_update(struct store *store, const struct store_instance *row,
				       struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_instance_get(struct store *store, const char *tenant, const char *id,
				    struct store_instance *ret, struct err *reterr);
/** All rows of a tenant, by name. RC_STORE. */
MUST_USE enum rc store_instance_list_all(struct store *store, const char *tenant,
					 struct store_instance_list *ret, struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_instance_delete(struct store *store, const char *tenant, const char *id,
				       struct err *reterr);
/** Read one row by its name. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_instance_find_name(struct store *store, const char *tenant, const char *name,
					  struct store_instance *ret, struct err *reterr);
