/* SPDX-License-Identifier: Apache-2.0
 * The catalog of the Open Service Broker API: services, plans, and the JSON schemas of their parameters. */
#pragma once

#include "service/core/service.h"

/** Room for an id of the catalog, with NUL. */
#define BROKER_CATALOG_ID_SIZE 37

/** {"services":[...]}; the ids are made of the subaccount's, so that one platform can register several
 * servers.
 * RC_NOT_FOUND no such subaccount; RC_STORE.  Source: Open Service Broker API 2.17, Catalog Management. */
MUST_USE enum rc broker_catalog(struct session *session, const char *tenant, struct value **ret,
				struct err *reterr);

/**
 * The service and plan that two ids of the catalog stand for.
 *
 * service_id, plan_id  as the platform sent them, may be NULL
 * ret_service, ret_plan  static names, as service_instance_create() takes them
 *
 * RC_INVALID one is missing or unknown, or the plan is of another service (err->field)
 */
MUST_USE enum rc broker_catalog_find(struct session *session, const char *tenant, const char *service_id,
				     const char *plan_id, const char **ret_service, const char **ret_plan,
				     struct err *reterr);
