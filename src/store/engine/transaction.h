/* SPDX-License-Identifier: Apache-2.0
 * What is read as one state, and what is written as one change. */
#pragma once

#include "base/result.h"

struct store;

/** From the first statement on, show the store as it is then, until store_snapshot_end(). */
void store_snapshot_begin(struct store *store);
void store_snapshot_end(struct store *store);

/** One transaction, to be ended with AUTO(store_transaction_end). Zeroed when none is open. */
struct store_transaction {
	struct store *store;
};
/** Begin to write; not nested. RC_STORE. */
MUST_USE enum rc store_transaction_begin(struct store_transaction *ret, struct store *store,
					 struct err *reterr);
/**
 * Make it durable (synchronous=FULL). On RC_STORE nothing of it has happened.
 * RC_UNCERTAIN the disk did not confirm: it is undone here, but the next start may find it.
 */
MUST_USE enum rc store_transaction_commit(struct store_transaction *transaction, struct err *reterr);
/** Undo what was not committed; accepts a zeroed or committed one. */
void store_transaction_end(struct store_transaction *transaction);
