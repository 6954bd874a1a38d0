/* SPDX-License-Identifier: Apache-2.0
 * Handlers of the Open Service Broker API below /v2. Source: Open Service Broker API 2.17. */
#pragma once

#include "api/core/call.h"

/** GET /v2/catalog. */
void broker_api_catalog(struct call *call);
/** PUT /v2/service_instances/{id}. */
void broker_api_provision(struct call *call);
/** GET /v2/service_instances/{id}. */
void broker_api_instance(struct call *call);
/** PATCH /v2/service_instances/{id}. */
void broker_api_update(struct call *call);
/** DELETE /v2/service_instances/{id}?service_id&plan_id. */
void broker_api_deprovision(struct call *call);
/** GET /v2/service_instances/{id}/last_operation. */
void broker_api_instance_operation(struct call *call);
/** PUT /v2/service_instances/{id}/service_bindings/{binding}. */
void broker_api_bind(struct call *call);
/** GET /v2/service_instances/{id}/service_bindings/{binding}. */
void broker_api_binding(struct call *call);
/** DELETE /v2/service_instances/{id}/service_bindings/{binding}?service_id&plan_id. */
void broker_api_unbind(struct call *call);
/** GET /v2/service_instances/{id}/service_bindings/{binding}/last_operation. */
void broker_api_binding_operation(struct call *call);
