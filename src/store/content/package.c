/* SPDX-License-Identifier: Apache-2.0
 * Integration packages: what design-time artifacts are filed under. */
#include "store/content/package.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_package, TEXT, tenant),   COLUMN(store_package, TEXT, id),
	COLUMN(store_package, TEXT, name),     COLUMN(store_package, TEXT, texts),
	COLUMN(store_package, TIME, created),  COLUMN(store_package, TEXT, created_by),
	COLUMN(store_package, TIME, modified), COLUMN(store_package, TEXT, modified_by),
};
static const struct table table = TABLE(store_package, "package", columns, 2);

void store_package_fini(struct store_package *row)
{
	table_row_fini(&table, row);
}

void store_package_list_fini(struct store_package_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_package_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_package_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_package_list){ items, n };
	return RC_OK;
}

enum rc store_package_put(struct store *store, const struct store_package *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_package_get(struct store *store, const char *tenant, const char *id, struct store_package *ret,
			  struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), ret, reterr);
}

enum rc store_package_list_all(struct store *store, const char *tenant, struct store_package_list *ret,
			       struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY id", TEXT(tenant)), ret, reterr);
}

enum rc store_package_delete(struct store *store, const char *tenant, const char *id, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), reterr);
}
