/* SPDX-License-Identifier: Apache-2.0
 * Versions of design-time artifacts; one of each artifact is the active one. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_designtime_fini(). */
struct store_designtime {
	const char *tenant;
	const char *id;
	const char *version;
	const char *kind; /* "IntegrationDesigntimeArtifacts" ...: the entity set */
	const char *package;
	const char *name;
	const char *description;
	bool active;
	const char *facts; /* JSON of bundle_inspect() */
	struct wall created;
	const char *created_by;
	struct wall modified;
	const char *modified_by;
};
/** Release a row that was read; accepts a zeroed one. */
void store_designtime_fini(struct store_designtime *row);

/** Rows read; zeroed when empty. */
struct store_designtime_list {
	struct store_designtime *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_designtime_list_fini(struct store_designtime_list *list);

/** Add a row or replace the one with this key. RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_designtime_put(struct store *store, const struct store_designtime *row,
				      struct err *reterr);
/** Read one version. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_designtime_get(struct store *store, const char *tenant, const char *id,
				      const char *version, struct store_designtime *ret, struct err *reterr);
/** Read the active version. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_designtime_get_active(struct store *store, const char *tenant, const char *id,
					     struct store_designtime *ret, struct err *reterr);
/** The active versions of all artifacts of a kind, in one package or ("") in all, by id. RC_STORE. */
MUST_USE enum rc store_designtime_list_active(struct store *store, const char *tenant, const char *kind,
					      const char *package, struct store_designtime_list *ret,
					      struct err *reterr);
/** All versions of one artifact, the oldest first. RC_STORE. */
MUST_USE enum rc store_designtime_list_versions(struct store *store, const char *tenant, const char *id,
						struct store_designtime_list *ret, struct err *reterr);
/** Delete all versions of an artifact, and their bytes. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_designtime_delete(struct store *store, const char *tenant, const char *id,
					 struct err *reterr);
