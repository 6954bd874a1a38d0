/* SPDX-License-Identifier: Apache-2.0
 * Keys that sign tokens, newest first. */
#include "store/key/token_key.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_token_key, TEXT, tenant),     COLUMN(store_token_key, TEXT, kid),
	COLUMN(store_token_key, BLOB, public_key), COLUMN(store_token_key, BLOB, key),
	COLUMN(store_token_key, TIME, created),    COLUMN(store_token_key, TIME, retired),
};
static const struct table table = TABLE(store_token_key, "token_key", columns, 2);

void store_token_key_list_fini(struct store_token_key_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_token_key_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_token_key_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_token_key_list){ items, n };
	return RC_OK;
}

enum rc store_token_key_insert(struct store *store, const struct store_token_key *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_token_key_update(struct store *store, const struct store_token_key *row, struct err *reterr)
{
	return table_update(store, &table, row, reterr);
}

enum rc store_token_key_list_all(struct store *store, const char *tenant, struct store_token_key_list *ret,
				 struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY created DESC, kid", TEXT(tenant)), ret, reterr);
}

enum rc store_token_key_delete(struct store *store, const char *tenant, const char *kid, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND kid=$2", TEXT(tenant), TEXT(kid)), reterr);
}
