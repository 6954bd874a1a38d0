/* SPDX-License-Identifier: Apache-2.0
 * Changes of many keystore entries at once, as the OData API has them. */
#pragma once

#include "service/keystore/keystore.h"

/** What an import does with what is there. Source: SAP, KeystoreResources. */
enum keystore_option {
	KEYSTORE_OVERWRITE, /* same aliases are replaced, the rest stays */
	KEYSTORE_MERGE,     /* same aliases stay as they are */
	KEYSTORE_REPLACE,   /* everything else goes */
};

/**
 * Import all entries of an opened container under their own aliases, in one change.
 *
 * ret  [{"Hexalias","Alias",…,"Status"}]: "new", "changed", "unchanged", "removed", or "notImported:
 *      …" with the reason
 *
 * RC_INVALID it holds no entry, RC_LIMIT (K206), RC_CONFLICT a deployed flow uses what would go
 */
MUST_USE enum rc service_keystore_bulk_import(struct session *session, const char *tenant,
					      const struct container *container, enum keystore_option option,
					      struct value **ret, struct err *reterr);

/** Delete entries, all or none. RC_NOT_FOUND one of them (named), RC_CONFLICT, RC_DENIED (K205). */
MUST_USE enum rc service_keystore_bulk_delete(struct session *session, const char *tenant,
					      const struct value *aliases, struct err *reterr);
