/* SPDX-License-Identifier: Apache-2.0
 * Settings of a subaccount as they are in force. */
#pragma once

#include "service/core/service.h"

/** {"name": value} of those in force. RC_STORE. */
MUST_USE enum rc service_setting_list(struct session *session, const char *tenant, struct value **ret,
				      struct err *reterr);
