/* SPDX-License-Identifier: Apache-2.0
 * Deployments that were asked for by the OData API: begun, ended, asked after;
 * and what is deployed, with its errors. */
#pragma once

#include "service/core/service.h"

/** What is to be deployed; all borrowed. */
struct deployment_order {
	const char *tenant;
	const char *kind; /* the entity set it comes from */
	const char *artifact;
	const char *name;
	const char *version;
	const char *user;
};

/** Note that a deployment has begun; ret_task is its id, owned. RC_STORE. */
MUST_USE enum rc service_deployment_begin(struct session *session, const struct deployment_order *order,
					  char **ret_task, struct err *reterr);
/** Note how it ended: well where failure is NULL. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc service_deployment_end(struct session *session, const char *tenant, const char *task,
					const struct err *failure, struct err *reterr);
/** Those that a restart has cut off have failed. RC_STORE. */
MUST_USE enum rc service_deployment_recover(struct session *session, struct err *reterr);
/** {"TaskId","Status"}. RC_NOT_FOUND. */
MUST_USE enum rc service_deployment_status(struct session *session, const char *tenant, const char *task,
					   struct value **ret, struct err *reterr);

/** What is deployed or was refused: [{"Id","Version","Name","Type","DeployedBy","DeployedOn","Status"}].
 * RC_STORE. */
MUST_USE enum rc service_runtime_list(struct session *session, const char *tenant, struct value **ret,
				      struct err *reterr);
/** One of them, with "error": null or {"text","reason"}. RC_NOT_FOUND. */
MUST_USE enum rc service_runtime_get(struct session *session, const char *tenant, const char *id,
				     struct value **ret, struct err *reterr);
/** Undeploy it, and forget what its deployments came to. RC_NOT_FOUND. */
MUST_USE enum rc service_runtime_undeploy(struct session *session, const char *tenant, const char *id,
					  struct err *reterr);
