/* SPDX-License-Identifier: Apache-2.0
 * One number, counted in the transaction of each change. */
#include "store/publication.h"

#include "store/table.h"

enum rc store_publication_get(struct store *store, int64_t *ret, struct err *reterr)
{
	sqlite3_stmt *stmt = NULL;
	TRY(store_prepare(store, "SELECT number FROM publication", &stmt, reterr));
	int native = sqlite3_step(stmt);
	*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return native == SQLITE_ROW ? RC_OK : store_err(store, native, reterr);
}

enum rc store_publication_next(struct store *store, struct err *reterr)
{
	return store_execute(store, "UPDATE publication SET number=number+1", reterr);
}
