/* SPDX-License-Identifier: Apache-2.0
 * Settings that are changed at run time, by tenant. */
#include "store/subaccount/setting.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_setting, TEXT, tenant),
	COLUMN(store_setting, TEXT, name),
	COLUMN(store_setting, TEXT, value),
};
static const struct table table = TABLE(store_setting, "setting", columns, 2);

void store_setting_fini(struct store_setting *row)
{
	table_row_fini(&table, row);
}

enum rc store_setting_put(struct store *store, const struct store_setting *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_setting_get(struct store *store, const char *tenant, const char *name,
			  struct store_setting *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), ret,
			 reterr);
}

enum rc store_setting_delete(struct store *store, const char *tenant, const char *name, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), reterr);
}
