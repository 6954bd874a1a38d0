/* SPDX-License-Identifier: Apache-2.0
 * The tenant keystore: what is trusted, and key pairs for receivers.
 * Values are those of /admin/v1/keystore. */
#pragma once

#include "container/container.h"
#include "service/core/service.h"

/** [{"alias","type","owner","valid_from","valid_until","subject","issuer","sha256","key","serial","status",
 * "last_modified","revoked"?}], Postern's own CA included. RC_STORE. */
MUST_USE enum rc service_keystore_list(struct session *session, const char *tenant, struct value **ret,
				       struct err *reterr);
/** One entry as in the list, and "certificate" and "chain" with all facts. RC_NOT_FOUND. */
MUST_USE enum rc service_keystore_get(struct session *session, const char *tenant, const char *alias,
				      struct value **ret, struct err *reterr);
/**
 * Import an opened container.
 *
 * input  {"alias"?, "overwrite"?: false}
 * ret    {"imported":[{"alias","type","subject","sha256"}],"findings":[]}
 *
 * RC_INVALID, RC_EXISTS, RC_LIMIT (K206), RC_DENIED (K205, P101)
 */
MUST_USE enum rc service_keystore_import_container(struct session *session, const char *tenant,
						   const struct container *container,
						   const struct value *input, struct value **ret,
						   struct err *reterr);
/** Make a self-signed key pair: {"alias","key_type"?:"rsa-2048","subject"?:"CN=alias","days"?:1095,
 * "not_before_ms"?: now,"overwrite"?:false}. key as in
 * service_authority_issue(). ret is the entry. RC_EXISTS, RC_INVALID, RC_DENIED (K205). */
MUST_USE enum rc service_keystore_create(struct session *session, const char *tenant,
					 const struct value *input, struct key *key, struct value **ret,
					 struct err *reterr);
/** Rename {"alias","to"}; ret is the entry. RC_NOT_FOUND, RC_EXISTS, RC_CONFLICT a flow uses it,
 * RC_DENIED. */
MUST_USE enum rc service_keystore_rename(struct session *session, const char *tenant,
					 const struct value *input, struct value **ret, struct err *reterr);
/** Delete. RC_NOT_FOUND, RC_CONFLICT a deployed flow uses it, RC_DENIED (K205). */
MUST_USE enum rc service_keystore_delete(struct session *session, const char *tenant, const char *alias,
					 struct err *reterr);
/** {"pem"} of what: "certificate" (default), "chain" or "root". Public parts only.
 * RC_NOT_FOUND, RC_INVALID. */
MUST_USE enum rc service_keystore_export(struct session *session, const char *tenant, const char *alias,
					 const char *what, struct value **ret, struct err *reterr);
/** {"csr_pem"} for a key pair, with its subject. RC_NOT_FOUND, RC_INVALID it is a certificate. */
MUST_USE enum rc service_keystore_request(struct session *session, const char *tenant, const char *alias,
					  struct value **ret, struct err *reterr);
/** Take the signed chain for a key pair: {"content": base64 or text}. RC_INVALID it is for another key. */
MUST_USE enum rc service_keystore_signing_response(struct session *session, const char *tenant,
						   const char *alias, const struct value *input,
						   struct value **ret, struct err *reterr);
/** Keep a copy of all entries in the store, in place of the former one: {"entries":n,"created"}. RC_STORE. */
MUST_USE enum rc service_keystore_backup(struct session *session, const char *tenant, struct value **ret,
					 struct err *reterr);
/** Replace all entries by the backup's: {"entries":n}. RC_NOT_FOUND there is none. */
MUST_USE enum rc service_keystore_restore(struct session *session, const char *tenant, struct value **ret,
					  struct err *reterr);
