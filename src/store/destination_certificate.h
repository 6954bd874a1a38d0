/* SPDX-License-Identifier: Apache-2.0
 * Key stores and trust stores that destinations name. */
#pragma once

#include "store/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_destination_certificate_fini(). */
struct store_destination_certificate {
	const char *tenant;
	const char *instance; /* id of the service instance, "" for the subaccount */
	const char *name;     /* file name */
	const char *type;     /* "CERTIFICATE" */
	struct str content;   /* sealed */
	struct wall created;
	struct wall modified;
};
/** Release a row that was read; accepts a zeroed one. */
void store_destination_certificate_fini(struct store_destination_certificate *row);

/** Rows read; zeroed when empty. */
struct store_destination_certificate_list {
	struct store_destination_certificate *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_destination_certificate_list_fini(struct store_destination_certificate_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_destination_certificate_insert(struct store *store,
						      const struct store_destination_certificate *row,
						      struct err *reterr);
/** Add a row or replace the one with this key. RC_EXISTS another unique value is taken, RC_STORE. */
MUST_USE enum rc store_destination_certificate_put(struct store *store,
						   const struct store_destination_certificate *row,
						   struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_destination_certificate_get(struct store *store, const char *tenant,
						   const char *instance, const char *name,
						   struct store_destination_certificate *ret,
						   struct err *reterr);
/** All rows of the subaccount (instance "") or of one instance, by name. RC_STORE. */
MUST_USE enum rc store_destination_certificate_list_all(struct store *store, const char *tenant,
							const char *instance,
							struct store_destination_certificate_list *ret,
							struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_destination_certificate_delete(struct store *store, const char *tenant,
						      const char *instance, const char *name,
						      struct err *reterr);
