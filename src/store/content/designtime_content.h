/* SPDX-License-Identifier: Apache-2.0
 * The bytes of versions of design-time artifacts, apart because lists do not need them. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_designtime_content_fini(). */
struct store_designtime_content {
	const char *tenant;
	const char *id;
	const char *version;
	struct str content; /* the zip */
};
/** Release a row that was read; accepts a zeroed one. */
void store_designtime_content_fini(struct store_designtime_content *row);

/** Add a row or replace the one with this key. RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_designtime_content_put(struct store *store, const struct store_designtime_content *row,
					      struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_designtime_content_get(struct store *store, const char *tenant, const char *id,
					      const char *version, struct store_designtime_content *ret,
					      struct err *reterr);
