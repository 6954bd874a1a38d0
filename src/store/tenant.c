/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts: every other row belongs to one, by its name, which never changes. */
#include "store/tenant.h"

#include "store/publication.h"
#include "store/table.h"

static const struct column columns[] = {
	COLUMN(store_tenant, TEXT, name),
	COLUMN(store_tenant, TEXT, id),
	COLUMN(store_tenant, TIME, created),
	COLUMN(store_tenant, TIME, tokens_since),
};
static const struct table table = TABLE(store_tenant, "tenant", columns, 1);

void store_tenant_fini(struct store_tenant *row)
{
	table_row_fini(&table, row);
}

void store_tenant_list_fini(struct store_tenant_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_tenant_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_tenant_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_tenant_list){ items, n };
	return RC_OK;
}

enum rc store_tenant_insert(struct store *store, const struct store_tenant *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_tenant_update(struct store *store, const struct store_tenant *row, struct err *reterr)
{
	return table_update(store, &table, row, reterr);
}

enum rc store_tenant_list_all(struct store *store, struct store_tenant_list *ret, struct err *reterr)
{
	return list_where(store, (struct where){ "1 ORDER BY name", NULL, 0 }, ret, reterr);
}

enum rc store_tenant_get(struct store *store, const char *name, struct store_tenant *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("name=?1", name), ret, reterr);
}

/* All tables with a column `tenant`, whatever migration made them; foreign keys are looked at when all is deleted. */
static const char tables[] = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
			     "WHERE m.type='table' AND c.name='tenant'";

static enum rc delete_rows(struct store *store, const char *table_name, const char *name, struct err *reterr)
{
	char sql[256];
	sqlite3_stmt *stmt = NULL;
	(void)snprintf(sql, sizeof(sql), "DELETE FROM \"%s\" WHERE tenant=?1", table_name);
	TRY(store_prepare(store, sql, &stmt, reterr));
	(void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	int native = sqlite3_step(stmt);
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	return native == SQLITE_DONE ? RC_OK : store_err(store, native, reterr);
}

enum rc store_tenant_delete(struct store *store, const char *name, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	sqlite3_stmt *stmt = NULL;
	enum rc rc = RC_OK;
	TRY(store_transaction_begin(&transaction, store, reterr));
	TRY(store_execute(store, "PRAGMA defer_foreign_keys=ON", reterr));
	TRY(store_prepare(store, tables, &stmt, reterr));
	while (rc == RC_OK && sqlite3_step(stmt) == SQLITE_ROW) {
		rc = delete_rows(store, (const char *)sqlite3_column_text(stmt, 0), name, reterr);
	}
	(void)sqlite3_reset(stmt);
	TRY(rc);
	TRY(table_delete(store, &table, WHERE("name=?1", name), reterr));
	/* Killed before the registry is put anew, the server must not go on with the keys that stand in it. */
	TRY(store_publication_next(store, reterr));
	return store_transaction_commit(&transaction, reterr);
}
