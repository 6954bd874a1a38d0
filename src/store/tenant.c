/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts: every other row belongs to one, by its name, which never changes. */
#include "store/tenant.h"

#include "store/table.h"

static const struct column columns[] = {
	COLUMN(store_tenant, TEXT, name),
	COLUMN(store_tenant, TEXT, id),
	COLUMN(store_tenant, TIME, created),
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

enum rc store_tenant_list_all(struct store *store, struct store_tenant_list *ret, struct err *reterr)
{
	return list_where(store, (struct where){ "1 ORDER BY name", NULL, 0 }, ret, reterr);
}

enum rc store_tenant_get(struct store *store, const char *name, struct store_tenant *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("name=?1", name), ret, reterr);
}
