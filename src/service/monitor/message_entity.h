/* SPDX-License-Identifier: Apache-2.0
 * Messages as the OData API has them: what flows worked on, no refusals and no probes. */
#pragma once

#include "service/core/service.h"

/**
 * One message on its way through a list; take_entity is owned. False ends the walk.
 * Its members: "MessageGuid","CorrelationId","LogStart","LogEnd" [ms],"IntegrationFlowName","Status",
 * "IntegrationArtifact":{},…
 */
typedef bool (*message_entity_fn)(void *context, struct value *take_entity);

/**
 * Walk the messages, newest first, ingested up to now.
 *
 * artifact, status  only those with these; NULL: all
 *
 * RC_STORE
 */
MUST_USE enum rc service_message_walk(struct session *session, const char *tenant, const char *artifact,
				      const char *status, message_entity_fn fn, void *context,
				      struct err *reterr);
/** One of them, with "error": {"text","step"} when it failed, and "AdapterAttributes": what its sender's side
 * was. RC_NOT_FOUND, of a refusal and a probe too. */
MUST_USE enum rc service_message_entity(struct session *session, const char *tenant, const char *id,
					struct value **ret, struct err *reterr);
