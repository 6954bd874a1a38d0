/* SPDX-License-Identifier: Apache-2.0
 * The one backup of a tenant's keystore. */
#include "store/keystore/keystore_backup.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_keystore_backup, TEXT, tenant),   COLUMN(store_keystore_backup, TEXT, alias),
	COLUMN(store_keystore_backup, TEXT, id),       COLUMN(store_keystore_backup, TEXT, type),
	COLUMN(store_keystore_backup, TEXT, chain),    COLUMN(store_keystore_backup, BLOB, key),
	COLUMN(store_keystore_backup, TEXT, sha256),   COLUMN(store_keystore_backup, INT, size),
	COLUMN(store_keystore_backup, TEXT, status),   COLUMN(store_keystore_backup, TIME, created),
	COLUMN(store_keystore_backup, TIME, modified),
};
static const struct table table = TABLE(store_keystore_backup, "keystore_backup", columns, 2);

void store_keystore_backup_list_fini(struct store_keystore_backup_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_keystore_backup_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_keystore_backup_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_keystore_backup_list){ items, n };
	return RC_OK;
}

enum rc store_keystore_backup_insert(struct store *store, const struct store_keystore_backup *row,
				     struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_keystore_backup_list_all(struct store *store, const char *tenant,
				       struct store_keystore_backup_list *ret, struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY alias", TEXT(tenant)), ret, reterr);
}

enum rc store_keystore_backup_clear(struct store *store, const char *tenant, struct err *reterr)
{
	enum rc rc = table_delete(store, &table, WHERE("tenant=$1", TEXT(tenant)), reterr);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}
