/* SPDX-License-Identifier: Apache-2.0
 * Secure parameters and OAuth2 client credentials: kept for tools, secrets sealed. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_security_material_fini(). */
struct store_security_material {
	const char *tenant;
	const char *kind; /* "SecureParameters" or "OAuth2ClientCredentials": the entity set */
	const char *name;
	const char *facts; /* JSON object of everything but the secret */
	struct str secret; /* sealed */
	struct wall modified;
	const char *modified_by;
};
/** Release a row that was read; accepts a zeroed one. */
void store_security_material_fini(struct store_security_material *row);

/** Rows read; zeroed when empty. */
struct store_security_material_list {
	struct store_security_material *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_security_material_list_fini(struct store_security_material_list *list);

/** Add a row or replace the one with this key. RC_STORE. */
MUST_USE enum rc store_security_material_put(struct store *store, const struct store_security_material *row,
					     struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_security_material_get(struct store *store, const char *tenant, const char *kind,
					     const char *name, struct store_security_material *ret,
					     struct err *reterr);
/** All rows of a kind, by name. RC_STORE. */
MUST_USE enum rc store_security_material_list_all(struct store *store, const char *tenant, const char *kind,
						  struct store_security_material_list *ret,
						  struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_security_material_delete(struct store *store, const char *tenant, const char *kind,
						const char *name, struct err *reterr);
