/* SPDX-License-Identifier: Apache-2.0
 * Secure parameters and OAuth2 client credentials: kept for the tools that manage them;
 * no flow step uses them yet. */
#pragma once

#include "service/core/service.h"

/** Most of a kind in a subaccount. */
#define SECURITY_MATERIAL_MAX 2000

/** Which kind: its entity set, the member that is secret, and the texts it has beside Name. */
struct security_material_kind {
	const char *set;
	const char *secret;
	const char *const *texts;
	size_t n_texts;
};
extern const struct security_material_kind security_material_parameter;
extern const struct security_material_kind security_material_oauth;

/** All of a kind: [{"Name",texts…,"CustomParameters"?,"modified_ms","modified_by"}], the secret left out.
 * RC_STORE. */
MUST_USE enum rc service_security_material_list(struct session *session, const char *tenant,
						const struct security_material_kind *kind, struct value **ret,
						struct err *reterr);
/** One of them. RC_NOT_FOUND. */
MUST_USE enum rc service_security_material_get(struct session *session, const char *tenant,
					       const struct security_material_kind *kind, const char *name,
					       struct value **ret, struct err *reterr);
/**
 * Write one.
 *
 * name   NULL: a new one, named by the input's Name; else the one to change, whose secret stays when the
 *        input has none
 *
 * RC_EXISTS, RC_NOT_FOUND, RC_INVALID, RC_LIMIT (err->field)
 */
MUST_USE enum rc service_security_material_put(struct session *session, const char *tenant,
					       const struct security_material_kind *kind, const char *name,
					       const struct value *input, const char *user,
					       struct err *reterr);
/** Delete. RC_NOT_FOUND. */
MUST_USE enum rc service_security_material_delete(struct session *session, const char *tenant,
						  const struct security_material_kind *kind, const char *name,
						  struct err *reterr);
