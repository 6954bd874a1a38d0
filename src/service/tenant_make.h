/* SPDX-License-Identifier: Apache-2.0
 * A subaccount is made: its roles, CA, token key and administrator. */
#pragma once

#include "service/service.h"

/** Make a subaccount with its roles, CA, token key and administrator `admin`, whose password is appended. RC_EXISTS, RC_STORE. */
MUST_USE enum rc service_tenant_make(struct session *session, const char *tenant, struct buf *ret_password,
				     struct err *reterr);
