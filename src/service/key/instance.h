/* SPDX-License-Identifier: Apache-2.0
 * Service instances: a plan and the roles of the keys made in it.
 * Values are those of /admin/v1/service-instances. */
#pragma once

#include "service/publish/change.h"

/** [{"id","name","service","plan","parameters","warnings","keys","created"}]. RC_STORE. */
MUST_USE enum rc service_instance_list(struct session *session, const char *tenant, struct value **ret,
				       struct err *reterr);
/** One of them. RC_NOT_FOUND. */
MUST_USE enum rc service_instance_get(struct session *session, const char *tenant, const char *name,
				      struct value **ret, struct err *reterr);
/**
 * Make one: {"name","service":"it-rt"|"destination","plan":"integration-flow"|"api"|"lite","parameters"?}.
 * ret as in the list, with S306 among "warnings" for client_x509.
 * RC_INVALID (err->field; S311 unknown role), RC_EXISTS.  Source:
 * SAP, Service Instance Parameters in JSON Format.
 */
MUST_USE enum rc service_instance_create(struct session *session, const char *tenant,
					 const struct value *input, struct value **ret, struct err *reterr);
/** Replace the parameters that are given: {"parameters":{}}. In force at the next request.
 * RC_NOT_FOUND, RC_INVALID. */
MUST_USE enum rc service_instance_update(struct session *session, const char *tenant, const char *name,
					 const struct value *input, struct value **ret, struct err *reterr);
/** service_instance_create() as a part of the caller's change, which commits it. */
MUST_USE enum rc service_instance_add(struct change *change, const char *tenant, const struct value *input,
				      struct value **ret, struct err *reterr);
/** service_instance_update() as a part of the caller's change, which commits it. */
MUST_USE enum rc service_instance_alter(struct change *change, const char *tenant, const char *name,
					const struct value *input, struct value **ret, struct err *reterr);
/** Delete. RC_NOT_FOUND, RC_CONFLICT it has keys. */
MUST_USE enum rc service_instance_delete(struct session *session, const char *tenant, const char *name,
					 struct err *reterr);
