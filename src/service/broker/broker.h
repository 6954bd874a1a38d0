/* SPDX-License-Identifier: Apache-2.0
 * Service instances and keys as a platform orders them through the Open Service Broker API:
 * under ids of its own. */
#pragma once

#include "pki/key.h"
#include "service/core/service.h"

/** Longest id of a platform [bytes]. */
#define BROKER_ID_MAX 255

/**
 * Order an instance.
 *
 * id        the platform's
 * input     {"service_id","plan_id","organization_guid","space_guid","context"?,"parameters"?,
 *           "maintenance_info"?}
 * ret_made  false: it was there already with the same attributes
 *
 * RC_INVALID (err->field); RC_CONFLICT it is there with other attributes;
 * RC_UNSUPPORTED maintenance_info that the catalog does not have.
 * Source: Open Service Broker API 2.17, Provisioning.
 */
MUST_USE enum rc service_broker_provision(struct session *session, const char *tenant, const char *id,
					  const struct value *input, bool *ret_made, struct err *reterr);
/** {"service_id","plan_id","parameters"}. RC_NOT_FOUND. */
MUST_USE enum rc service_broker_instance(struct session *session, const char *tenant, const char *id,
					 struct value **ret, struct err *reterr);
/** Change parameters: {"service_id","plan_id"?,"parameters"?}.
 * RC_NOT_FOUND, RC_INVALID, RC_UNSUPPORTED another plan. */
MUST_USE enum rc service_broker_update(struct session *session, const char *tenant, const char *id,
				       const struct value *input, struct err *reterr);
/** Delete; the ids of the catalog are compared. RC_NOT_FOUND, RC_INVALID, RC_CONFLICT it has keys. */
MUST_USE enum rc service_broker_deprovision(struct session *session, const char *tenant, const char *id,
					    const char *service_id, const char *plan_id, struct err *reterr);

/**
 * What key a binding asks for, so that its private key can be made first.
 *
 * input     {"service_id","plan_id","parameters"?,"bind_resource"?,"context"?}, or {"predecessor_binding_id"}
 *           to renew one
 * ret_type  type for a job's key, or NULL where none is to be made; static
 *
 * RC_NOT_FOUND no such instance; RC_INVALID; RC_CONFLICT it is there with other attributes;
 * RC_UNSUPPORTED the predecessor has expired, or its certificate is not Postern's to renew
 */
MUST_USE enum rc service_broker_key_type(struct session *session, const char *tenant, const char *instance,
					 const char *id, const struct value *input, const char **ret_type,
					 struct err *reterr);
/**
 * Bind: make the key, or find that it is there. As above; key is the one made, NULL where none is needed.
 * ret  {"credentials","metadata"?:{"expires_at","renew_before"}}. Secrets!
 * Source: Open Service Broker API 2.17, Binding; Binding Rotation.
 */
MUST_USE enum rc service_broker_bind(struct session *session, const char *tenant, const char *instance,
				     const char *id, const struct value *input, struct key *key,
				     bool *ret_made, struct value **ret, struct err *reterr);
/** {"credentials","metadata"?,"parameters"}. Secrets! RC_NOT_FOUND. */
MUST_USE enum rc service_broker_binding(struct session *session, const char *tenant, const char *instance,
					const char *id, struct value **ret, struct err *reterr);
/** Delete the key; the ids of the catalog are compared. RC_NOT_FOUND, RC_INVALID. */
MUST_USE enum rc service_broker_unbind(struct session *session, const char *tenant, const char *instance,
				       const char *id, const char *service_id, const char *plan_id,
				       struct err *reterr);
