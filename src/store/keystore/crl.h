/* SPDX-License-Identifier: Apache-2.0
 * Imported revocation lists. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_crl_list_fini(). */
struct store_crl {
	const char *tenant;
	const char *sha256; /* of the DER, 64 upper-case hex digits */
	const char *issuer; /* RFC 2253 */
	struct str der;
	struct wall this_update;
	struct wall next_update; /* 0 when the list names none */
	struct wall created;
};

/** Rows read; zeroed when empty. */
struct store_crl_list {
	struct store_crl *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_crl_list_fini(struct store_crl_list *list);

/** Add a row or replace the one with this key. RC_EXISTS another unique value is taken, RC_STORE. */
MUST_USE enum rc store_crl_put(struct store *store, const struct store_crl *row, struct err *reterr);
/** All rows of a tenant, by issuer, this_update DESC. RC_STORE. */
MUST_USE enum rc store_crl_list_all(struct store *store, const char *tenant, struct store_crl_list *ret,
				    struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_crl_delete(struct store *store, const char *tenant, const char *sha256,
				  struct err *reterr);
