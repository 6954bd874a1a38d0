/* SPDX-License-Identifier: Apache-2.0
 * Integration flows: deployed, listed, undeployed. Values are those of /admin/v1/artifacts. */
#pragma once

#include "service/core/service.h"

/** [{"id","name","version","status":"STARTED","address","url","role","csrf","max_body","deployed"}].
 * RC_STORE. */
MUST_USE enum rc service_artifact_list(struct session *session, const char *tenant, struct value **ret,
				       struct err *reterr);
/** One of them. RC_NOT_FOUND. */
MUST_USE enum rc service_artifact_get(struct session *session, const char *tenant, const char *id,
				      struct value **ret, struct err *reterr);
/** Open a bundle: {"id","name","version","plan"}. Pure; what a job does for service_artifact_deploy().
 * As bundle_read(). */
MUST_USE enum rc service_artifact_parse(struct str zip, struct value **ret, struct err *reterr);
/**
 * Deploy a bundle that was opened; one of the same id is replaced, a role not known yet is made.
 *
 * parsed  what service_artifact_parse() gave
 *
 * RC_CONFLICT another artifact's address collides; RC_INVALID an unknown credential or key alias
 */
MUST_USE enum rc service_artifact_deploy(struct session *session, const char *tenant, struct str zip,
					 const struct value *parsed, struct value **ret, struct err *reterr);
/** Write and deploy a bundle: {"name","address","role"?,"csrf"?,"to"?,"reply"?}. As above, RC_EXISTS. */
MUST_USE enum rc service_artifact_create(struct session *session, const char *tenant,
					 const struct value *input, struct value **ret, struct err *reterr);
/** Undeploy. RC_NOT_FOUND. */
MUST_USE enum rc service_artifact_undeploy(struct session *session, const char *tenant, const char *id,
					   struct err *reterr);
