/* SPDX-License-Identifier: Apache-2.0
 * What the built-in CA issued, and what of it is revoked. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_authority_certificate_fini(). */
struct store_authority_certificate {
	const char *tenant;
	const char *serial;     /* upper-case hex */
	const char *sha256;     /* 64 upper-case hex digits */
	const char *subject;    /* RFC 2253 */
	const char *issuer;     /* RFC 2253; the root or the issuing CA */
	const char *usage;      /* "client", "server", "both" or "ca" */
	struct str certificate; /* DER */
	struct wall not_after;
	struct wall created;
	struct wall revoked; /* 0 while it is not */
};
/** Release a row that was read; accepts a zeroed one. */
void store_authority_certificate_fini(struct store_authority_certificate *row);

/** Rows read; zeroed when empty. */
struct store_authority_certificate_list {
	struct store_authority_certificate *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_authority_certificate_list_fini(struct store_authority_certificate_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_authority_certificate_insert(struct store *store,
						    const struct store_authority_certificate *row,
						    struct err *reterr);
/** Change all members of the row with this key. RC_NOT_FOUND, RC_EXISTS, RC_STORE. */
MUST_USE enum rc store_authority_certificate_update(struct store *store,
						    const struct store_authority_certificate *row,
						    struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_authority_certificate_get(struct store *store, const char *tenant, const char *serial,
						 struct store_authority_certificate *ret, struct err *reterr);
/** All rows of a tenant, by created DESC, serial. RC_STORE. */
MUST_USE enum rc store_authority_certificate_list_all(struct store *store, const char *tenant,
						      struct store_authority_certificate_list *ret,
						      struct err *reterr);
/** Those of a tenant whose sha256 comes after another, by sha256, limit at most. RC_STORE. */
MUST_USE enum rc store_authority_certificate_list_after(struct store *store, const char *tenant,
							const char *sha256, uint32_t limit,
							struct store_authority_certificate_list *ret,
							struct err *reterr);
/** Read one row by its sha256. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_authority_certificate_find_sha256(struct store *store, const char *tenant,
							 const char *sha256,
							 struct store_authority_certificate *ret,
							 struct err *reterr);
