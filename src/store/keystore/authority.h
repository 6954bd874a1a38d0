/* SPDX-License-Identifier: Apache-2.0
 * The root and the issuing CA of a tenant, their keys sealed. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_authority_fini(). */
struct store_authority {
	const char *tenant;
	const char *name;       /* "root" or "issuing" */
	struct str certificate; /* DER */
	struct str key;         /* sealed PKCS#8 */
	struct wall created;
};
/** Release a row that was read; accepts a zeroed one. */
void store_authority_fini(struct store_authority *row);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_authority_insert(struct store *store, const struct store_authority *row,
					struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_authority_get(struct store *store, const char *tenant, const char *name,
				     struct store_authority *ret, struct err *reterr);
