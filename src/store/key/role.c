/* SPDX-License-Identifier: Apache-2.0
 * User roles that endpoints ask for. */
#include "store/key/role.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_role, TEXT, tenant),      COLUMN(store_role, TEXT, name),
	COLUMN(store_role, TEXT, description), COLUMN(store_role, TEXT, owner),
	COLUMN(store_role, TIME, created),
};
static const struct table table = TABLE(store_role, "role", columns, 2);

void store_role_fini(struct store_role *row)
{
	table_row_fini(&table, row);
}

void store_role_list_fini(struct store_role_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_role_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_role_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_role_list){ items, n };
	return RC_OK;
}

enum rc store_role_insert(struct store *store, const struct store_role *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_role_get(struct store *store, const char *tenant, const char *name, struct store_role *ret,
		       struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), ret,
			 reterr);
}

enum rc store_role_list_all(struct store *store, const char *tenant, struct store_role_list *ret,
			    struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY name", TEXT(tenant)), ret, reterr);
}

enum rc store_role_delete(struct store *store, const char *tenant, const char *name, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), reterr);
}
