/* SPDX-License-Identifier: Apache-2.0
 * What the receivers of deployed integration flows name: key pairs and user credentials. */
#pragma once

#include "store/engine/store.h"

/** What a name stands for. */
#define STORE_RECEIVER_ALIAS "alias"           /* a key pair of the keystore */
#define STORE_RECEIVER_CREDENTIAL "credential" /* a user credential */

/** A row. Written: members are borrowed. Read: owned, release with store_artifact_receiver_fini().
 * It goes with its artifact. */
struct store_artifact_receiver {
	const char *tenant;
	const char *artifact;
	const char *kind;
	const char *name; /* as the flow writes it */
};
/** Release a row that was read; accepts a zeroed one. */
void store_artifact_receiver_fini(struct store_artifact_receiver *row);

/** Rows read; zeroed when empty. */
struct store_artifact_receiver_list {
	struct store_artifact_receiver *items;
	size_t n;
};
/** Release all rows; accepts a zeroed list. */
void store_artifact_receiver_list_fini(struct store_artifact_receiver_list *list);

/** Add a row; one that is there already is no error. RC_CONFLICT there is no such artifact, RC_STORE. */
MUST_USE enum rc store_artifact_receiver_put(struct store *store, const struct store_artifact_receiver *row,
					     struct err *reterr);
/** The first artifact, by id, that names it; upper and lower case of A to Z are one.
 * RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc store_artifact_receiver_find(struct store *store, const char *tenant, const char *kind,
					      const char *name, struct store_artifact_receiver *ret,
					      struct err *reterr);
/** All rows of a tenant, by kind and name. RC_STORE. */
MUST_USE enum rc store_artifact_receiver_list_all(struct store *store, const char *tenant,
						  struct store_artifact_receiver_list *ret,
						  struct err *reterr);
/** All rows of an artifact, by kind and name. RC_STORE. */
MUST_USE enum rc store_artifact_receiver_list_of(struct store *store, const char *tenant,
						 const char *artifact,
						 struct store_artifact_receiver_list *ret,
						 struct err *reterr);
/** Delete all rows of an artifact. RC_STORE. */
MUST_USE enum rc store_artifact_receiver_clear(struct store *store, const char *tenant, const char *artifact,
					       struct err *reterr);
