/* SPDX-License-Identifier: Apache-2.0
 * The one backup of a tenant's keystore. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_keystore_backup_list_fini(). */
struct store_keystore_backup {
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

/** Rows read; zeroed when empty. */
struct store_keystore_backup_list {
	struct store_keystore_backup *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_keystore_backup_list_fini(struct store_keystore_backup_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_keystore_backup_insert(struct store *store, const struct store_keystore_backup *row,
					      struct err *reterr);
/** All rows of a tenant, by alias. RC_STORE. */
MUST_USE enum rc store_keystore_backup_list_all(struct store *store, const char *tenant,
						struct store_keystore_backup_list *ret, struct err *reterr);
/** Delete all rows of a tenant. RC_STORE; that there were none is no error. */
MUST_USE enum rc store_keystore_backup_clear(struct store *store, const char *tenant, struct err *reterr);
