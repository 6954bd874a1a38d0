/* SPDX-License-Identifier: Apache-2.0
 * Transactions of a connection; who writes locks out who else would. */
#include "store/engine/transaction.h"

#include "store/engine/statement.h"

void store_snapshot_begin(struct store *store)
{
	/* Where this fails, so does the first statement, which tells it. */
	(void)!store_execute(store, "BEGIN", NULL);
}

void store_snapshot_end(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db)) {
		(void)!store_execute(store, "COMMIT", NULL);
	}
}

enum rc store_transaction_begin(struct store_transaction *ret, struct store *store, struct err *reterr)
{
	TRY(store_execute(store, "BEGIN IMMEDIATE", reterr));
	ret->store = store;
	return RC_OK;
}

enum rc store_transaction_commit(struct store_transaction *transaction, struct err *reterr)
{
	enum rc rc = store_execute(transaction->store, "COMMIT", reterr);
	if (rc == RC_OK) {
		transaction->store = NULL;
	} else if (sqlite3_extended_errcode(transaction->store->db) == SQLITE_IOERR_FSYNC) {
		/* What was written may reach the disk all the same; at the next start it counts then. */
		return err_set(reterr, RC_UNCERTAIN,
			       "The disk did not confirm the change: whether it is kept is not known. Look "
			       "before it is done again.");
	}
	return rc;
}

void store_transaction_end(struct store_transaction *transaction)
{
	/* A failing disk may have ended the transaction already. */
	if (transaction->store && !sqlite3_get_autocommit(transaction->store->db)) {
		(void)sqlite3_exec(transaction->store->db, "ROLLBACK", NULL, NULL, NULL);
	}
	transaction->store = NULL;
}
