/* SPDX-License-Identifier: Apache-2.0
 * Service instances. */
#include "store/key/instance.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_instance, TEXT, tenant),  COLUMN(store_instance, TEXT, id),
	COLUMN(store_instance, TEXT, name),    COLUMN(store_instance, TEXT, service),
	COLUMN(store_instance, TEXT, plan),    COLUMN(store_instance, TEXT, parameters),
	COLUMN(store_instance, TIME, created), COLUMN(store_instance, TIME, modified),
};
static const struct table table = TABLE(store_instance, "instance", columns, 2);

void store_instance_fini(struct store_instance *row)
{
	table_row_fini(&table, row);
}

void store_instance_list_fini(struct store_instance_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_instance_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_instance_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_instance_list){ items, n };
	return RC_OK;
}

enum rc store_instance_insert(struct store *store, const struct store_instance *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_instance_update(struct store *store, const struct store_instance *row, struct err *reterr)
{
	return table_update(store, &table, row, reterr);
}

enum rc store_instance_get(struct store *store, const char *tenant, const char *id,
			   struct store_instance *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), ret, reterr);
}

enum rc store_instance_list_all(struct store *store, const char *tenant, struct store_instance_list *ret,
				struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY name", TEXT(tenant)), ret, reterr);
}

enum rc store_instance_delete(struct store *store, const char *tenant, const char *id, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), reterr);
}

enum rc store_instance_find_name(struct store *store, const char *tenant, const char *name,
				 struct store_instance *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), ret,
			 reterr);
}
