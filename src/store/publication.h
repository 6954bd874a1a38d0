/* SPDX-License-Identifier: Apache-2.0
 * How often what gateways judge by was changed: tells whether a published registry is of the store as it is now. */
#pragma once

#include "store/store.h"

/** The number of the last change. RC_STORE. */
MUST_USE enum rc store_publication_get(struct store *store, int64_t *ret, struct err *reterr);
/** Count one change more, in the transaction that is open. RC_STORE. */
MUST_USE enum rc store_publication_next(struct store *store, struct err *reterr);
