/* SPDX-License-Identifier: Apache-2.0
 * Integration packages, as the OData API has them. */
#pragma once

#include "service/core/service.h"

/** Most packages of a subaccount. */
#define PACKAGE_MAX 1000

/** All packages: [{"Id","Name","Description",…,"Mode","CreationDate",…}]. RC_STORE. */
MUST_USE enum rc service_package_list(struct session *session, const char *tenant, struct value **ret,
				      struct err *reterr);
/** One of them. RC_NOT_FOUND. */
MUST_USE enum rc service_package_get(struct session *session, const char *tenant, const char *id,
				     struct value **ret, struct err *reterr);
/**
 * Make a package: {"Id","Name","ShortText"?,"Description"?,"Version"?,…}; without Id it is made of the name.
 * overwrite takes one that is there already for good. RC_EXISTS, RC_INVALID, RC_LIMIT (err->field).
 */
MUST_USE enum rc service_package_create(struct session *session, const char *tenant,
					const struct value *input, bool overwrite, const char *user,
					struct value **ret, struct err *reterr);
/** Change the texts given. RC_NOT_FOUND, RC_INVALID, RC_LIMIT. */
MUST_USE enum rc service_package_update(struct session *session, const char *tenant, const char *id,
					const struct value *input, const char *user, struct err *reterr);
/** Delete it with all artifacts in it; what is deployed stays deployed. RC_NOT_FOUND. */
MUST_USE enum rc service_package_delete(struct session *session, const char *tenant, const char *id,
					struct err *reterr);
