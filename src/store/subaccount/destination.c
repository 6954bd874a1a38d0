/* SPDX-License-Identifier: Apache-2.0
 * What the Destination service keeps. */
#include "store/subaccount/destination.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_destination, TEXT, tenant),        COLUMN(store_destination, TEXT, kind),
	COLUMN(store_destination, TEXT, instance),      COLUMN(store_destination, TEXT, name),
	COLUMN(store_destination, TEXT, configuration), COLUMN(store_destination, BLOB, secrets),
	COLUMN(store_destination, BLOB, renewal),       COLUMN(store_destination, TEXT, labels),
	COLUMN(store_destination, TIME, created),       COLUMN(store_destination, TIME, modified),
};
static const struct table table = TABLE(store_destination, "destination", columns, 4);

#define WHERE_KEY(key) \
	WHERE("tenant=$1 AND kind=$2 AND instance=$3 AND name=$4", TEXT((key)->tenant), TEXT((key)->kind), \
	      TEXT((key)->instance), TEXT((key)->name))

void store_destination_fini(struct store_destination *row)
{
	table_row_fini(&table, row);
}

void store_destination_list_fini(struct store_destination_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_destination_list){ 0 };
}

enum rc store_destination_insert(struct store *store, const struct store_destination *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_destination_update(struct store *store, const struct store_destination *row, struct err *reterr)
{
	return table_update(store, &table, row, reterr);
}

enum rc store_destination_get(struct store *store, const struct store_destination *key,
			      struct store_destination *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE_KEY(key), ret, reterr);
}

enum rc store_destination_list_all(struct store *store, struct store_destination_list *ret,
				   struct err *reterr)
{
	const struct where where = { "TRUE ORDER BY tenant, kind, instance, name", NULL, 0 };
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_destination_list){ items, n };
	return RC_OK;
}

enum rc store_destination_delete(struct store *store, const struct store_destination *key, struct err *reterr)
{
	return table_delete(store, &table, WHERE_KEY(key), reterr);
}

enum rc store_destination_delete_instance(struct store *store, const char *tenant, const char *instance,
					  struct err *reterr)
{
	enum rc rc = table_delete(store, &table,
				  WHERE("tenant=$1 AND instance=$2", TEXT(tenant), TEXT(instance)), reterr);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}
