/* SPDX-License-Identifier: Apache-2.0
 * What the store holds of the built-in certificate authority, read: certificates, keys, revocation lists. */
#pragma once

#include "pki/key.h"
#include "service/core/service.h"

/** The certificate of "root" or "issuing"; owned. RC_STORE. */
MUST_USE enum rc service_authority_load_cert(struct session *session, const char *tenant, const char *name,
					     struct cert **ret, struct err *reterr);
/** The same with its key; both owned. RC_STORE, RC_DENIED. */
MUST_USE enum rc service_authority_load(struct session *session, const char *tenant, const char *name,
					struct cert **ret_cert, struct key **ret_key, struct err *reterr);
/** Root and issuing certificate of a tenant appended to ret, issuing first. RC_STORE. */
MUST_USE enum rc service_authority_certs(struct session *session, const char *tenant, struct cert_list *ret,
					 struct err *reterr);
/** The list of "root" or "issuing" as of now, for so many days; DER appended to out. RC_STORE. */
MUST_USE enum rc service_authority_list(struct session *session, const char *tenant, const char *name,
					int days, struct buf *out, struct err *reterr);
/** The lists of issuing CA and root as of now, DER appended to out_issuing and out_root. RC_STORE. */
MUST_USE enum rc service_authority_lists(struct session *session, const char *tenant, struct buf *out_issuing,
					 struct buf *out_root, struct err *reterr);
/** Now, less what clocks may differ by: what is signed begins then. */
struct wall service_authority_backdated(void);
