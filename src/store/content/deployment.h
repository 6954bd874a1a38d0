/* SPDX-License-Identifier: Apache-2.0
 * What became of deployments that were asked for by the OData API. */
#pragma once

#include "store/engine/store.h"

/** A row. Written: members are borrowed. Read: owned, release with store_deployment_fini(). */
struct store_deployment {
	const char *tenant;
	const char *task; /* UUID */
	const char *artifact;
	const char *kind; /* the entity set it was deployed from */
	const char *name;
	const char *version;
	const char *status; /* "DEPLOYING", "SUCCESS" or "FAIL" */
	const char *error;  /* one sentence; "" without one */
	const char *reason; /* reason code; "" without one */
	const char *user_name;
	struct wall started;
	struct wall ended; /* 0 while it works */
};
/** Release a row that was read; accepts a zeroed one. */
void store_deployment_fini(struct store_deployment *row);

/** Rows read; zeroed when empty. */
struct store_deployment_list {
	struct store_deployment *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_deployment_list_fini(struct store_deployment_list *list);

/** Add a row or replace the one with this key. RC_CONFLICT what it refers to is not there, RC_STORE. */
MUST_USE enum rc store_deployment_put(struct store *store, const struct store_deployment *row,
				      struct err *reterr);
/** Read one row by its key. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_deployment_get(struct store *store, const char *tenant, const char *task,
				      struct store_deployment *ret, struct err *reterr);
/** Read the newest deployment of an artifact. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_deployment_get_newest(struct store *store, const char *tenant, const char *artifact,
					     struct store_deployment *ret, struct err *reterr);
/** The newest deployment of each artifact, by artifact. RC_STORE. */
MUST_USE enum rc store_deployment_list_newest(struct store *store, const char *tenant,
					      struct store_deployment_list *ret, struct err *reterr);
/** Those of all tenants that are still said to be at work. RC_STORE. */
MUST_USE enum rc store_deployment_list_open(struct store *store, const char *status,
					    struct store_deployment_list *ret, struct err *reterr);
/** Delete all deployments of an artifact. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_deployment_forget(struct store *store, const char *tenant, const char *artifact,
					 struct err *reterr);
/** Delete all but the newest hundred of an artifact. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_deployment_trim(struct store *store, const char *tenant, const char *artifact,
				       struct err *reterr);
