/* SPDX-License-Identifier: Apache-2.0
 * Deployed integration flows. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_artifact_fini(). */
struct store_artifact {
	const char *tenant;
	const char *id;
	const char *name;
	const char *version;
	const char *address; /* unique without case */
	/* the zip as it came; written, and not read back with the rest: nobody asks for it */
	struct str bundle;
	const char *plan; /* JSON text of the flow plan; NULL of a head */
	struct wall deployed;
};
/** Release a row that was read; accepts a zeroed one. */
void store_artifact_fini(struct store_artifact *row);

/** Rows read; zeroed when empty. */
struct store_artifact_list {
	struct store_artifact *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_artifact_list_fini(struct store_artifact_list *list);

/** Add a row or replace the one with this key. RC_EXISTS another unique value is taken, RC_STORE. */
MUST_USE enum rc store_artifact_put(struct store *store, const struct store_artifact *row,
				    struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_artifact_get(struct store *store, const char *tenant, const char *id,
				    struct store_artifact *ret, struct err *reterr);
/** All rows of a tenant, by id. RC_STORE. */
MUST_USE enum rc store_artifact_list_all(struct store *store, const char *tenant,
					 struct store_artifact_list *ret, struct err *reterr);
/** The same without their plans, for who wants names and addresses:
 * a plan may be as large as what a flow answers. RC_STORE. */
MUST_USE enum rc store_artifact_list_heads(struct store *store, const char *tenant,
					   struct store_artifact_list *ret, struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_artifact_delete(struct store *store, const char *tenant, const char *id,
				       struct err *reterr);
