/* SPDX-License-Identifier: Apache-2.0
 * Whether an app that is bound can use what the destinations it will find hold. */
#pragma once

#include "service/core/service.h"

/** The same for one destination, as it is about to be written. Errors as binding_check(). */
MUST_USE enum rc binding_check_one(struct session *session, const char *tenant, const char *instance,
				   const struct value *destination, unsigned clients, struct value *findings,
				   struct err *reterr);

/**
 * Append a finding for every key store of a destination, of the instance's or of the subaccount's, that is
 * missing (D402) or that one of the clients cannot use (D404, P102, P103).
 *
 * instance  id of the `destination` instance
 * clients   set of enum key_store_client
 *
 * RC_STORE, RC_DENIED, RC_BUG
 */
MUST_USE enum rc binding_check(struct session *session, const char *tenant, const char *instance,
			       unsigned clients, struct value *findings, struct err *reterr);
