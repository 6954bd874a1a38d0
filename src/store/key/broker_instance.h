/* SPDX-License-Identifier: Apache-2.0
 * What a platform knows of a service instance that it ordered through the broker API. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_broker_instance_fini(). */
struct store_broker_instance {
	const char *tenant;
	const char *id;         /* the platform's */
	const char *instance;   /* id of the service instance */
	const char *service_id; /* of the catalog */
	const char *plan_id;
	const char *organization;
	const char *space;
	const char *parameters; /* JSON text, as given */
};
/** Release a row that was read; accepts a zeroed one. */
void store_broker_instance_fini(struct store_broker_instance *row);

/** Add a row. RC_EXISTS, RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_broker_instance_insert(struct store *store, const struct store_broker_instance *row,
					      struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_broker_instance_get(struct store *store, const char *tenant, const char *id,
					   struct store_broker_instance *ret, struct err *reterr);
/** Change all members of the row with this key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_broker_instance_update(struct store *store, const struct store_broker_instance *row,
					      struct err *reterr);
