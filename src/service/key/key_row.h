/* SPDX-License-Identifier: Apache-2.0
 * Service keys as the store has them: found, shown, and told to tokens.
 * Values are those of /admin/v1/.../service-keys. */
#pragma once

#include "service/core/page.h"
#include "service/core/service.h"
#include "store/key/instance.h"
#include "store/key/service_key.h"

/** A key with its instance: what most use cases begin with. */
struct key_row {
	struct store_instance instance;
	struct store_service_key key;
};

/** Find both by their names; key_row_fini(ret) in any case.
 * RC_NOT_FOUND (err->field "instance" or "name"), RC_STORE. */
MUST_USE enum rc key_row_find(struct session *session, const char *tenant, const char *instance,
			      const char *name, struct key_row *ret, struct err *reterr);
/** Release; accepts a zeroed one. */
void key_row_fini(struct key_row *row);
/** A key as the list shows it; owned. RC_STORE. */
MUST_USE enum rc key_row_value(struct session *session, const struct store_instance *instance,
			       const struct store_service_key *key, struct value **ret, struct err *reterr);

/** [{"id","name","instance","type","pinned","certificate","certificates","roles","client_id","created",
 * "warnings"}].
 * By created, name; a part of them by name, with one above its limit where there is one.
 * RC_NOT_FOUND no such instance. */
MUST_USE enum rc service_key_list(struct session *session, const char *tenant, const char *instance,
				  const struct page *page, struct value **ret, struct err *reterr);
/** How many an instance has. RC_NOT_FOUND no such instance. */
MUST_USE enum rc service_key_count(struct session *session, const char *tenant, const char *instance,
				   int64_t *ret, struct err *reterr);
/** One of them. RC_NOT_FOUND. */
MUST_USE enum rc service_key_get(struct session *session, const char *tenant, const char *instance,
				 const char *name, struct value **ret, struct err *reterr);
/** The credentials in SAP's shape: {"oauth":{}} of it-rt, flat of destination. Secrets! RC_NOT_FOUND. */
MUST_USE enum rc service_key_credentials(struct session *session, const char *tenant, const char *instance,
					 const char *name, struct value **ret, struct err *reterr);

/** For tokens: the registry's service key record and instance record of the key with this client id;
 * both owned by the caller. RC_NOT_FOUND. */
MUST_USE enum rc service_key_find_client(struct session *session, const char *tenant, const char *client_id,
					 struct value **ret_service_key, struct value **ret_instance,
					 struct err *reterr);
/** The same for the key of this id. RC_NOT_FOUND. */
MUST_USE enum rc service_key_find_id(struct session *session, const char *tenant, const char *id,
				     struct value **ret_service_key, struct value **ret_instance,
				     struct err *reterr);
/** Whether this is the secret of a client; an unknown client takes as long as a wrong secret. RC_STORE. */
MUST_USE enum rc service_key_check_secret(struct session *session, const char *tenant, const char *client_id,
					  struct str secret, bool *ret, struct err *reterr);
