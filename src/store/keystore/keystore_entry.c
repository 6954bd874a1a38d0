/* SPDX-License-Identifier: Apache-2.0
 * The tenant keystore's entries. */
#include "store/keystore/keystore_entry.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_keystore_entry, TEXT, tenant),   COLUMN(store_keystore_entry, TEXT, alias),
	COLUMN(store_keystore_entry, TEXT, id),       COLUMN(store_keystore_entry, TEXT, type),
	COLUMN(store_keystore_entry, TEXT, chain),    COLUMN(store_keystore_entry, BLOB, key),
	COLUMN(store_keystore_entry, TEXT, sha256),   COLUMN(store_keystore_entry, INT, size),
	COLUMN(store_keystore_entry, TEXT, status),   COLUMN(store_keystore_entry, TIME, created),
	COLUMN(store_keystore_entry, TIME, modified),
};
static const struct table table = TABLE(store_keystore_entry, "keystore_entry", columns, 2);

void store_keystore_entry_fini(struct store_keystore_entry *row)
{
	table_row_fini(&table, row);
}

void store_keystore_entry_list_fini(struct store_keystore_entry_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_keystore_entry_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_keystore_entry_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_keystore_entry_list){ items, n };
	return RC_OK;
}

enum rc store_keystore_entry_insert(struct store *store, const struct store_keystore_entry *row,
				    struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_keystore_entry_get(struct store *store, const char *tenant, const char *alias,
				 struct store_keystore_entry *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND alias=$2", TEXT(tenant), TEXT(alias)), ret,
			 reterr);
}

enum rc store_keystore_entry_list_all(struct store *store, const char *tenant,
				      struct store_keystore_entry_list *ret, struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY alias", TEXT(tenant)), ret, reterr);
}

enum rc store_keystore_entry_delete(struct store *store, const char *tenant, const char *alias,
				    struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND alias=$2", TEXT(tenant), TEXT(alias)),
			    reterr);
}
