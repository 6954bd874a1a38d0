/* SPDX-License-Identifier: Apache-2.0
 * User credentials that receivers use for Basic authentication; the password is sealed and never told. */
#pragma once

#include "service/core/service.h"

/** [{"name","user","kind","description","company","last_modified"}]. RC_STORE. */
MUST_USE enum rc service_credential_list(struct session *session, const char *tenant, struct value **ret,
					 struct err *reterr);
/** One of them. RC_NOT_FOUND (err->field "name"). */
MUST_USE enum rc service_credential_get(struct session *session, const char *tenant, const char *name,
					struct value **ret, struct err *reterr);
/** Make or replace {"name","user","password","kind"?,"description"?,"company"?}; ret as in the list.
 * RC_INVALID, RC_LIMIT. */
MUST_USE enum rc service_credential_put(struct session *session, const char *tenant,
					const struct value *input, struct value **ret, struct err *reterr);
/** Delete. RC_NOT_FOUND, RC_CONFLICT a deployed flow uses it. */
MUST_USE enum rc service_credential_delete(struct session *session, const char *tenant, const char *name,
					   struct err *reterr);
