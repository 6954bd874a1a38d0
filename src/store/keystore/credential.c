/* SPDX-License-Identifier: Apache-2.0
 * User credentials that receivers name for Basic authentication. */
#include "store/keystore/credential.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_credential, TEXT, tenant),      COLUMN(store_credential, TEXT, name),
	COLUMN(store_credential, TEXT, user_name),   COLUMN(store_credential, BLOB, password),
	COLUMN(store_credential, TIME, modified),    COLUMN(store_credential, TEXT, kind),
	COLUMN(store_credential, TEXT, description), COLUMN(store_credential, TEXT, company),
};
static const struct table table = TABLE(store_credential, "credential", columns, 2);

void store_credential_fini(struct store_credential *row)
{
	table_row_fini(&table, row);
}

void store_credential_list_fini(struct store_credential_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_credential_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_credential_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_credential_list){ items, n };
	return RC_OK;
}

enum rc store_credential_put(struct store *store, const struct store_credential *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_credential_get(struct store *store, const char *tenant, const char *name,
			     struct store_credential *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), ret,
			 reterr);
}

enum rc store_credential_list_all(struct store *store, const char *tenant, struct store_credential_list *ret,
				  struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY name", TEXT(tenant)), ret, reterr);
}

enum rc store_credential_delete(struct store *store, const char *tenant, const char *name, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), reterr);
}
