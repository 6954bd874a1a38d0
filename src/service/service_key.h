/* SPDX-License-Identifier: Apache-2.0
 * Service keys: who may call, by secret or by certificate. Values are those of /admin/v1/.../service-keys. */
#pragma once

#include "pki/key.h"
#include "service/change.h"
#include "service/page.h"

/** Most certificates of one key, during renewal. */
#define SERVICE_KEY_MAX_CERTIFICATES 2

/** [{"id","name","instance","type","pinned","certificate","certificates","roles","client_id","created","warnings"}].
 * By created, name; a part of them by name, with one above its limit where there is one. RC_NOT_FOUND no such instance. */
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
/**
 * Make one.
 *
 * input  {"name","parameters"?:{"key-type","X.509","validity","key-length","pin"|"certificate-pinning"},"certificate"?:
 *        pasted text or base64}
 * key    for key-type certificate: made by a job; NULL: made here
 * ret    as in the list
 *
 * RC_NOT_FOUND no instance; RC_EXISTS; RC_INVALID (S303, P109, P112; err->field); RC_CONFLICT (S305, names the key);
 * RC_UNSUPPORTED certificates without grant type client_credentials
 */
MUST_USE enum rc service_key_create(struct session *session, const char *tenant, const char *instance,
				    const struct value *input, struct key *key, struct value **ret,
				    struct err *reterr);
/** The type of private key that a job makes for service_key_create(input), static; NULL where none is to be made. */
const char *service_key_type(const struct value *input);
/** service_key_create() as a part of the caller's change, which commits it. */
MUST_USE enum rc service_key_add(struct change *change, const char *tenant, const char *instance,
				 const struct value *input, struct key *key, struct value **ret,
				 struct err *reterr);
/** Add the second certificate for a renewal: {"certificate"}. As above, RC_LIMIT it has two. */
MUST_USE enum rc service_key_add_certificate(struct session *session, const char *tenant,
					     const char *instance, const char *name,
					     const struct value *input, struct value **ret,
					     struct err *reterr);
/** Take a certificate out. RC_NOT_FOUND, RC_CONFLICT it is the last one. */
MUST_USE enum rc service_key_remove_certificate(struct session *session, const char *tenant,
						const char *instance, const char *name, const char *sha256,
						struct err *reterr);
/** Delete. RC_NOT_FOUND. */
MUST_USE enum rc service_key_delete(struct session *session, const char *tenant, const char *instance,
				    const char *name, struct err *reterr);

/** For tokens: the registry's credential record and instance record of the key with this client id; both owned by the
 * caller. RC_NOT_FOUND. */
MUST_USE enum rc service_key_find_client(struct session *session, const char *tenant, const char *client_id,
					 struct value **ret_credential, struct value **ret_instance,
					 struct err *reterr);
/** The same for the key of this id. RC_NOT_FOUND. */
MUST_USE enum rc service_key_find_id(struct session *session, const char *tenant, const char *id,
				     struct value **ret_credential, struct value **ret_instance,
				     struct err *reterr);
/** Whether this is the secret of a client; an unknown client takes as long as a wrong secret. RC_STORE. */
MUST_USE enum rc service_key_check_secret(struct session *session, const char *tenant, const char *client_id,
					  struct str secret, bool *ret, struct err *reterr);
