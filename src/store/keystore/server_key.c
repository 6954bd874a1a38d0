/* SPDX-License-Identifier: Apache-2.0
 * The gateway's own server certificates with their keys. */
#include "store/keystore/server_key.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_server_key, TEXT, tenant),    COLUMN(store_server_key, TEXT, kind),
	COLUMN(store_server_key, TEXT, chain),     COLUMN(store_server_key, BLOB, key),
	COLUMN(store_server_key, TIME, not_after), COLUMN(store_server_key, BOOL, own),
};
static const struct table table = TABLE(store_server_key, "server_key", columns, 2);

void store_server_key_fini(struct store_server_key *row)
{
	table_row_fini(&table, row);
}

void store_server_key_list_fini(struct store_server_key_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_server_key_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_server_key_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_server_key_list){ items, n };
	return RC_OK;
}

enum rc store_server_key_put(struct store *store, const struct store_server_key *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_server_key_get(struct store *store, const char *tenant, const char *kind,
			     struct store_server_key *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND kind=$2", TEXT(tenant), TEXT(kind)), ret,
			 reterr);
}

enum rc store_server_key_list_all(struct store *store, const char *tenant, struct store_server_key_list *ret,
				  struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY kind", TEXT(tenant)), ret, reterr);
}
