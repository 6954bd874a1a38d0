/* SPDX-License-Identifier: Apache-2.0
 * User roles that endpoints ask for and instances have. Values are those of /admin/v1/roles. */
#pragma once

#include "service/core/service.h"

/** [{"name","description","owner"}]. RC_STORE. */
MUST_USE enum rc service_role_list(struct session *session, const char *tenant, struct value **ret,
				   struct err *reterr);
/** One of them. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc service_role_get(struct session *session, const char *tenant, const char *name,
				  struct value **ret, struct err *reterr);
/** Make {"name","description"?}; ret is the role. RC_INVALID, RC_EXISTS. */
MUST_USE enum rc service_role_create(struct session *session, const char *tenant, const struct value *input,
				     struct value **ret, struct err *reterr);
/** Delete. RC_NOT_FOUND, RC_DENIED it is predefined, RC_CONFLICT an instance or an endpoint uses it. */
MUST_USE enum rc service_role_delete(struct session *session, const char *tenant, const char *name,
				     struct err *reterr);

/** For this module: RC_INVALID (S311, listing those there are) when the role does not exist. */
MUST_USE enum rc service_role_check(struct session *session, const char *tenant, const char *name,
				    struct err *reterr);
/** For this module: make it when it is not there. Inside the caller's transaction. RC_INVALID, RC_STORE. */
MUST_USE enum rc service_role_ensure(struct session *session, const char *tenant, const char *name,
				     struct err *reterr);
