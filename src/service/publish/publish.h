/* SPDX-License-Identifier: Apache-2.0
 * Rows of the store become records of the registry; in force with the change's commit. */
#pragma once

#include "service/publish/change.h"
#include "store/content/artifact.h"
#include "store/key/instance.h"
#include "store/keystore/keystore_entry.h"
#include "store/key/service_key.h"
#include "store/key/token_key.h"

/** Everything of every tenant, into a rebuild that was begun. RC_STORE, RC_IO. */
MUST_USE enum rc publish_everything(struct change *change, struct err *reterr);

/** Rebuild the whole registry from the store and publish it. RC_STORE, RC_IO. */
MUST_USE enum rc service_publish_all(struct session *session, struct err *reterr);
/** Take over a registry that was compacted meanwhile; now and then, not amid a change. */
void service_settle_registry(struct session *session);
/** The same without service keys, which may be many: what a registry gets that goes on from where it was.
 * RC_STORE, RC_IO. */
MUST_USE enum rc publish_all_but_keys(struct change *change, struct err *reterr);

/** A keystore entry: anchor when it is a CA certificate, receiver key when a deployed flow names it. */
MUST_USE enum rc publish_keystore_entry(struct change *change, const struct store_keystore_entry *row,
					struct err *reterr);
/** A keystore entry is gone. */
MUST_USE enum rc publish_keystore_gone(struct change *change, const char *tenant, const char *alias,
				       struct err *reterr);
/** One imported revocation list; key is its SHA-256. */
MUST_USE enum rc publish_list(struct change *change, const char *tenant, const char *key, struct str der,
			      struct err *reterr);
/** The lists of the built-in CA, as of now. */
MUST_USE enum rc publish_own_lists(struct change *change, const char *tenant, struct err *reterr);
/** A service instance. */
MUST_USE enum rc publish_instance(struct change *change, const struct store_instance *row,
				  struct err *reterr);
/** A service key with its certificates as they stand in the store. */
MUST_USE enum rc publish_service_key(struct change *change, const struct store_service_key *row,
				     struct err *reterr);
/** All unpinned service keys: a CA certificate that was imported may be the issuer they wait for. */
MUST_USE enum rc publish_unpinned(struct change *change, const char *tenant, struct err *reterr);
/** A deployed flow with what its receivers need. */
MUST_USE enum rc publish_artifact(struct change *change, const struct store_artifact *row,
				  struct err *reterr);
/** A token signing key's public half. */
MUST_USE enum rc publish_token_key(struct change *change, const struct store_token_key *row,
				   struct err *reterr);
/** The gateway's own server certificates with their keys, sealed for the workers. */
MUST_USE enum rc publish_server_keys(struct change *change, struct err *reterr);
/** The settings in force. */
MUST_USE enum rc publish_settings(struct change *change, const char *tenant, struct err *reterr);
/** A record of any kind is gone. */
MUST_USE enum rc publish_gone(struct change *change, enum registry_kind kind, const char *tenant,
			      const char *key, struct err *reterr);

/** The registry's records of a service key and an instance as JSON, owned; also what token use cases read. */
MUST_USE enum rc publish_service_key_value(struct session *session, const struct store_service_key *row,
					   struct value **ret, struct err *reterr);
struct value *publish_instance_value(const struct store_instance *row);
