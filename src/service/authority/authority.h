/* SPDX-License-Identifier: Apache-2.0
 * The built-in certificate authority: show, issue, sign, revoke, list. Values are those of /admin/v1/ca. */
#pragma once

#include "pki/key.h"
#include "service/core/page.h"
#include "service/core/service.h"

/** {"root_pem","issuing_pem","root","issuing","crl_pem"}. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc service_authority_show(struct session *session, const char *tenant, struct value **ret,
					struct err *reterr);
/**
 * Issue a certificate with its key.
 *
 * input  {"name","subject"?,"usage"?:"client","days"?:365,"key_type"?:"rsa-2048","san"?:[]}
 * key    made by a job; NULL: made here
 * ret    {"certificate_pem","chain_pem","key_pem","certificate"}; the key is not kept
 *
 * RC_INVALID (err->field), RC_STORE
 */
MUST_USE enum rc service_authority_issue(struct session *session, const char *tenant,
					 const struct value *input, struct key *key, struct value **ret,
					 struct err *reterr);
/** Sign a request: {"csr_pem","usage"?,"days"?} gives {"certificate_pem","chain_pem","certificate"}.
 * RC_INVALID. */
MUST_USE enum rc service_authority_sign(struct session *session, const char *tenant,
					const struct value *input, struct value **ret, struct err *reterr);
/** Revoke {"serial"|"certificate"|"sha256"|"public_key_sha256"}; in force at the next request:
 * {"revoked":{}}. RC_NOT_FOUND, RC_INVALID. */
MUST_USE enum rc service_authority_revoke(struct session *session, const char *tenant,
					  const struct value *input, struct value **ret, struct err *reterr);
/** {"crl_pem"} as of now. RC_STORE. */
MUST_USE enum rc service_authority_crl(struct session *session, const char *tenant, struct value **ret,
				       struct err *reterr);
/** Everything issued, newest first; a part of it by SHA-256, with one above its limit where there is one.
 * RC_STORE. */
MUST_USE enum rc service_authority_certificates(struct session *session, const char *tenant,
						const struct page *page, struct value **ret,
						struct err *reterr);

struct request;

/** For this module: issue for a key as the issuing CA and keep the certificate;
 * ret_chain gets leaf, issuing, root. */
struct service_authority_order {
	struct str subject;
	const char *const *sans;
	size_t n_sans;
	const char *usage; /* "client", "server" or "both" */
	int days;
	const struct request *request; /* whose key is certified where no key is given; NULL otherwise */
};
/** Inside the caller's transaction. RC_INVALID, RC_STORE. */
MUST_USE enum rc service_authority_issue_chain(struct session *session, const char *tenant,
					       const struct service_authority_order *order,
					       const struct key *key, struct cert_list *ret_chain,
					       struct err *reterr);
/** The type of a CA's keys. */
#define AUTHORITY_KEY_TYPE "rsa-3072"
/** Make root and issuing CA of a tenant that has none, of these keys; NULL: made here.
 * Inside the caller's transaction. RC_STORE. */
MUST_USE enum rc service_authority_make(struct session *session, const char *tenant, struct key *root_key,
					struct key *issuing_key, struct err *reterr);
