/* SPDX-License-Identifier: Apache-2.0
 * Which subaccounts there are, and where each is served. */
#pragma once

#include "service/core/service.h"

/** Check that a subaccount exists. RC_NOT_FOUND (err->field "subaccount"). */
MUST_USE enum rc service_tenant_check(struct session *session, const char *tenant, struct err *reterr);
/** The UUID of a subaccount, owned. RC_NOT_FOUND. */
MUST_USE enum rc service_tenant_id(struct session *session, const char *tenant, char **ret,
				   struct err *reterr);
/** A URL of the server ("management_url", "gateway_url") as it is for a subaccount:
 * "NAME." in front of the host of all but the default one. Owned. */
char *service_tenant_url(const struct session *session, const char *setting, const char *tenant);
