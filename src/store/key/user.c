/* SPDX-License-Identifier: Apache-2.0
 * Who may log in to the management APIs. */
#include "store/key/user.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_user, TEXT, tenant), COLUMN(store_user, TEXT, name),    COLUMN(store_user, TEXT, salt),
	COLUMN(store_user, TEXT, hash),   COLUMN(store_user, TIME, created),
};
static const struct table table = TABLE(store_user, "account", columns, 2);

void store_user_fini(struct store_user *row)
{
	table_row_fini(&table, row);
}

enum rc store_user_put(struct store *store, const struct store_user *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_user_get(struct store *store, const char *tenant, const char *name, struct store_user *ret,
		       struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), ret,
			 reterr);
}
