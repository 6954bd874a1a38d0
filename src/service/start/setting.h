/* SPDX-License-Identifier: Apache-2.0
 * Settings that are changed at run time, by subaccount. */
#pragma once

#include "service/core/service.h"

/** Change one: {"name","value"}; value null goes back to the server's. In force at the next request.
 * RC_INVALID. */
MUST_USE enum rc service_setting_put(struct session *session, const char *tenant, const struct value *input,
				     struct err *reterr);
