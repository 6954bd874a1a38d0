/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts: each served under its own host name, nothing of one visible in another. */
#pragma once

#include "service/service.h"

/** A URL of the server ("management_url", "gateway_url") as it is for a subaccount: "NAME." in front of the host of all but
 * the default one. Owned. */
char *service_subaccount_url(const struct service *service, const char *setting, const char *tenant);
