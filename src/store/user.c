/* SPDX-License-Identifier: Apache-2.0
 * Who may log in to the management APIs. */
#include "store/user.h"

#include "store/table.h"

static const struct column columns[] = {
	COLUMN(store_user, TEXT, tenant), COLUMN(store_user, TEXT, name),    COLUMN(store_user, TEXT, salt),
	COLUMN(store_user, TEXT, hash),   COLUMN(store_user, TIME, created),
};
static const struct table table = TABLE(store_user, "user", columns, 2);

void store_user_fini(struct store_user *row)
{
	table_row_fini(&table, row);
}

void store_user_list_fini(struct store_user_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_user_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_user_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_user_list){ items, n };
	return RC_OK;
}

enum rc store_user_put(struct store *store, const struct store_user *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_user_get(struct store *store, const char *tenant, const char *name, struct store_user *ret,
		       struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=?1 AND name=?2", tenant, name), ret, reterr);
}

enum rc store_user_list_all(struct store *store, const char *tenant, struct store_user_list *ret,
			    struct err *reterr)
{
	return list_where(store, WHERE("tenant=?1 ORDER BY name", tenant), ret, reterr);
}
