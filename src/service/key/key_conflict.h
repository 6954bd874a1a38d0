/* SPDX-License-Identifier: Apache-2.0
 * Service keys that nobody could tell apart, found when one of them is made. */
#pragma once

#include "service/core/service.h"
#include "store/key/instance.h"
#include "store/key/service_key.h"

/**
 * Refuse a key, as it stands in the store within the caller's transaction, that another key of the subaccount
 * could not be told from: RC_CONFLICT (S310), with the other one named.
 * A key without certificate conflicts with none. RC_STORE, RC_INVALID.
 */
MUST_USE enum rc key_conflict_check(struct session *session, const struct store_instance *instance,
				    const struct store_service_key *key, struct err *reterr);
