/* SPDX-License-Identifier: Apache-2.0
 * Service keys, their secrets and private keys sealed. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_service_key_fini(). */
struct store_service_key {
	const char *tenant;
	const char *id;            /* UUID */
	const char *instance;      /* id of the instance */
	const char *name;          /* unique in the instance */
	const char *type;          /* "clientid-secret", "certificate" or "certificate-external" */
	const char *client_id;     /* unique */
	const char *secret_sha256; /* upper-case hex; NULL when it has no secret */
	struct str secret;         /* sealed; p NULL when it has none */
	struct str key;            /* sealed PKCS#8 of an issued certificate; p NULL otherwise */
	bool pinned;               /* exactly its certificates match, not their names */
	struct wall created;
};
/** Release a row that was read; accepts a zeroed one. */
void store_service_key_fini(struct store_service_key *row);

/** Rows read; zeroed when empty. */
struct store_service_key_list {
	struct store_service_key *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_service_key_list_fini(struct store_service_key_list *list);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_service_key_insert(struct store *store, const struct store_service_key *row,
					  struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_service_key_get(struct store *store, const char *tenant, const char *id,
				       struct store_service_key *ret, struct err *reterr);
/** How many there are of one instance (its id). RC_STORE. */
MUST_USE enum rc store_service_key_count_of_instance(struct store *store, const char *tenant,
						     const char *instance, int64_t *ret, struct err *reterr);
/** Takes a row, borrowed for the call. Anything but RC_OK ends the walk. */
typedef enum rc (*store_service_key_fn)(void *context, const struct store_service_key *row,
					struct err *reterr);
/** Walk all rows of a tenant, by id, some at a time in memory. RC_STORE, or what fn returned. */
MUST_USE enum rc store_service_key_each(struct store *store, const char *tenant, store_service_key_fn fn,
					void *context, struct err *reterr);
/** The same for those that are not pinned and hold a certificate whose issuer is not known. */
MUST_USE enum rc store_service_key_each_waiting(struct store *store, const char *tenant,
						store_service_key_fn fn, void *context, struct err *reterr);
/** Delete one row by its key. RC_NOT_FOUND, RC_CONFLICT others refer to it, RC_STORE. */
MUST_USE enum rc store_service_key_delete(struct store *store, const char *tenant, const char *id,
					  struct err *reterr);
/** Read one row by its client_id. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_service_key_find_client_id(struct store *store, const char *tenant,
						  const char *client_id, struct store_service_key *ret,
						  struct err *reterr);
/** Read one row by instance (its id) and name. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_service_key_find_name(struct store *store, const char *tenant, const char *instance,
					     const char *name, struct store_service_key *ret,
					     struct err *reterr);
/** Those of one instance (its id) whose name comes after another, by name, limit at most. RC_STORE. */
MUST_USE enum rc store_service_key_list_after(struct store *store, const char *tenant, const char *instance,
					      const char *name, uint32_t limit,
					      struct store_service_key_list *ret, struct err *reterr);
/** All rows of one instance (its id), by created, name. RC_STORE. */
MUST_USE enum rc store_service_key_list_of_instance(struct store *store, const char *tenant,
						    const char *instance, struct store_service_key_list *ret,
						    struct err *reterr);
