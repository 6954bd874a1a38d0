/* SPDX-License-Identifier: Apache-2.0
 * Imported revocation lists. */
#include "store/keystore/crl.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_crl, TEXT, tenant),      COLUMN(store_crl, TEXT, sha256),
	COLUMN(store_crl, TEXT, issuer),      COLUMN(store_crl, BLOB, der),
	COLUMN(store_crl, TIME, this_update), COLUMN(store_crl, TIME, next_update),
	COLUMN(store_crl, TIME, created),
};
static const struct table table = TABLE(store_crl, "crl", columns, 2);

void store_crl_list_fini(struct store_crl_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_crl_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_crl_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_crl_list){ items, n };
	return RC_OK;
}

enum rc store_crl_put(struct store *store, const struct store_crl *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_crl_list_all(struct store *store, const char *tenant, struct store_crl_list *ret,
			   struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY issuer, this_update DESC", TEXT(tenant)), ret,
			  reterr);
}

enum rc store_crl_delete(struct store *store, const char *tenant, const char *sha256, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND sha256=$2", TEXT(tenant), TEXT(sha256)),
			    reterr);
}
