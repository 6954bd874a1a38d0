/* SPDX-License-Identifier: Apache-2.0
 * What a platform knows of a service key that it ordered through the broker API. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_broker_binding_fini(). */
struct store_broker_binding {
	const char *tenant;
	const char *id;          /* the platform's */
	const char *instance;    /* the platform's id of the instance */
	const char *key;         /* id of the service key */
	const char *parameters;  /* JSON text, as given */
	const char *predecessor; /* the platform's id of the binding that this one renews, or empty */
};
/** Release a row that was read; accepts a zeroed one. */
void store_broker_binding_fini(struct store_broker_binding *row);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_broker_binding_insert(struct store *store, const struct store_broker_binding *row,
					     struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_broker_binding_get(struct store *store, const char *tenant, const char *id,
					  struct store_broker_binding *ret, struct err *reterr);
