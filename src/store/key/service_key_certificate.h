/* SPDX-License-Identifier: Apache-2.0
 * Certificates of service keys; each is in one key of the tenant only. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_service_key_certificate_fini(). */
struct store_service_key_certificate {
	const char *tenant;
	const char *sha256;                   /* 64 upper-case hex digits */
	const char *key;                      /* id of the service key; goes when it goes */
	const char *chain;                    /* PEM, leaf first */
	const char *subject;                  /* RFC 2253 */
	const char *issuer;                   /* RFC 2253 */
	const char *serial;                   /* upper-case hex */
	const char *public_key_sha256;        /* of the leaf, upper-case hex */
	const char *issuer_public_key_sha256; /* of its issuer; NULL when that is not known */
	struct wall not_before;
	struct wall not_after;
	struct wall created;
};
/** Release a row that was read; accepts a zeroed one. */
void store_service_key_certificate_fini(struct store_service_key_certificate *row);

/** Rows read; zeroed when empty. */
struct store_service_key_certificate_list {
	struct store_service_key_certificate *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_service_key_certificate_list_fini(struct store_service_key_certificate_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_service_key_certificate_insert(struct store *store,
						      const struct store_service_key_certificate *row,
						      struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_service_key_certificate_get(struct store *store, const char *tenant,
						   const char *sha256,
						   struct store_service_key_certificate *ret,
						   struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_service_key_certificate_delete(struct store *store, const char *tenant,
						      const char *sha256, struct err *reterr);
/** All rows of one key (its id), by created, sha256. RC_STORE. */
MUST_USE enum rc store_service_key_certificate_list_of_key(struct store *store, const char *tenant,
							   const char *key,
							   struct store_service_key_certificate_list *ret,
							   struct err *reterr);
