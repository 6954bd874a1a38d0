/* SPDX-License-Identifier: Apache-2.0
 * A subaccount is made: its roles, CA, token key and administrator. */
#pragma once

#include "helper/job_key.h"
#include "service/core/service.h"

/** Which keys a subaccount that is made needs; appended. */
void service_tenant_key_order(struct job_key_order *ret);
/**
 * Make a subaccount with its roles, CA, token key and administrator `admin`, whose password is appended.
 * Inside the caller's transaction.
 *
 * keys  the first of them are as service_tenant_key_order() has them; zeroed: made here, which takes seconds
 *
 * RC_EXISTS, RC_STORE
 */
MUST_USE enum rc service_tenant_make(struct session *session, const char *tenant, const struct job_keys *keys,
				     struct buf *ret_password, struct err *reterr);
