/* SPDX-License-Identifier: Apache-2.0
 * Service keys: who may call, by secret or by certificate. Values are those of /admin/v1/.../service-keys. */
#pragma once

#include "pki/key.h"
#include "service/publish/change.h"

/** Most certificates of one key, during renewal. */
#define SERVICE_KEY_MAX_CERTIFICATES 2

/**
 * Make one.
 *
 * input  {"name","parameters"?:{"key-type","X.509","validity","key-length","pin"|"certificate-pinning"},
 *        "certificate"?: pasted text or base64}
 * key    for key-type certificate: made by a job; NULL: made here
 * ret    as in the list
 *
 * RC_NOT_FOUND no instance; RC_EXISTS; RC_INVALID (S303, P109, P112; err->field);
 * RC_CONFLICT (S305, names the key);
 * RC_UNSUPPORTED certificates without grant type client_credentials
 */
MUST_USE enum rc service_key_create(struct session *session, const char *tenant, const char *instance,
				    const struct value *input, struct key *key, struct value **ret,
				    struct err *reterr);
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
