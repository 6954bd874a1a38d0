/* SPDX-License-Identifier: Apache-2.0
 * Key stores and trust stores that destinations name. */
#include "store/destination_certificate.h"

#include "store/table.h"

static const struct column columns[] = {
	COLUMN(store_destination_certificate, TEXT, tenant),
	COLUMN(store_destination_certificate, TEXT, instance),
	COLUMN(store_destination_certificate, TEXT, name),
	COLUMN(store_destination_certificate, TEXT, type),
	COLUMN(store_destination_certificate, BLOB, content),
	COLUMN(store_destination_certificate, TIME, created),
	COLUMN(store_destination_certificate, TIME, modified),
};
static const struct table table = TABLE(store_destination_certificate, "destination_certificate", columns, 3);

void store_destination_certificate_fini(struct store_destination_certificate *row)
{
	table_row_fini(&table, row);
}

void store_destination_certificate_list_fini(struct store_destination_certificate_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_destination_certificate_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where,
			  struct store_destination_certificate_list *ret, struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_destination_certificate_list){ items, n };
	return RC_OK;
}

enum rc store_destination_certificate_insert(struct store *store,
					     const struct store_destination_certificate *row,
					     struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_destination_certificate_put(struct store *store,
					  const struct store_destination_certificate *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_destination_certificate_get(struct store *store, const char *tenant, const char *instance,
					  const char *name, struct store_destination_certificate *ret,
					  struct err *reterr)
{
	return table_get(store, &table,
			 WHERE("tenant=?1 AND instance=?2 AND name=?3", tenant, instance, name), ret, reterr);
}

enum rc store_destination_certificate_list_all(struct store *store, const char *tenant, const char *instance,
					       struct store_destination_certificate_list *ret,
					       struct err *reterr)
{
	return list_where(store, WHERE("tenant=?1 AND instance=?2 ORDER BY name", tenant, instance), ret,
			  reterr);
}

enum rc store_destination_certificate_delete(struct store *store, const char *tenant, const char *instance,
					     const char *name, struct err *reterr)
{
	return table_delete(store, &table,
			    WHERE("tenant=?1 AND instance=?2 AND name=?3", tenant, instance, name), reterr);
}
