/* SPDX-License-Identifier: Apache-2.0
 * The tenant keystore's entries. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_keystore_entry_fini(). */
struct store_keystore_entry {
	const char *tenant;
	const char *alias;  /* compared without case */
	const char *id;     /* UUID; the sealed key is bound to it, so a new name needs no new seal */
	const char *type;   /* "Key Pair" or "Certificate" */
	const char *chain;  /* PEM, leaf first */
	struct str key;     /* sealed PKCS#8; p NULL for a certificate */
	const char *sha256; /* of the first certificate */
	int64_t size;       /* counted against the keystore's limit [bytes] */
	const char *status; /* "new", "changed" or "unchanged" */
	struct wall created;
	struct wall modified;
};
/** Release a row that was read; accepts a zeroed one. */
void store_keystore_entry_fini(struct store_keystore_entry *row);

/** Rows read; zeroed when empty. */
struct store_keystore_entry_list {
	struct store_keystore_entry *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_keystore_entry_list_fini(struct store_keystore_entry_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_keystore_entry_insert(struct store *store, const struct store_keystore_entry *row,
					     struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_keystore_entry_get(struct store *store, const char *tenant, const char *alias,
					  struct store_keystore_entry *ret, struct err *reterr);
/** All rows of a tenant, by alias. RC_STORE. */
MUST_USE enum rc store_keystore_entry_list_all(struct store *store, const char *tenant,
					       struct store_keystore_entry_list *ret, struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_keystore_entry_delete(struct store *store, const char *tenant, const char *alias,
					     struct err *reterr);
