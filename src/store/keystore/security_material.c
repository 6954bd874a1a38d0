/* SPDX-License-Identifier: Apache-2.0
 * Secure parameters and OAuth2 client credentials. */
#include "store/keystore/security_material.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_security_material, TEXT, tenant),      COLUMN(store_security_material, TEXT, kind),
	COLUMN(store_security_material, TEXT, name),        COLUMN(store_security_material, TEXT, facts),
	COLUMN(store_security_material, BLOB, secret),      COLUMN(store_security_material, TIME, modified),
	COLUMN(store_security_material, TEXT, modified_by),
};
static const struct table table = TABLE(store_security_material, "security_material", columns, 3);

void store_security_material_fini(struct store_security_material *row)
{
	table_row_fini(&table, row);
}

void store_security_material_list_fini(struct store_security_material_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_security_material_list){ 0 };
}

enum rc store_security_material_put(struct store *store, const struct store_security_material *row,
				    struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_security_material_get(struct store *store, const char *tenant, const char *kind,
				    const char *name, struct store_security_material *ret, struct err *reterr)
{
	return table_get(store, &table,
			 WHERE("tenant=$1 AND kind=$2 AND name=$3", TEXT(tenant), TEXT(kind), TEXT(name)),
			 ret, reterr);
}

enum rc store_security_material_list_all(struct store *store, const char *tenant, const char *kind,
					 struct store_security_material_list *ret, struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, WHERE("tenant=$1 AND kind=$2 ORDER BY name", TEXT(tenant), TEXT(kind)),
		       &items, &n, reterr));
	*ret = (struct store_security_material_list){ items, n };
	return RC_OK;
}

enum rc store_security_material_delete(struct store *store, const char *tenant, const char *kind,
				       const char *name, struct err *reterr)
{
	return table_delete(store, &table,
			    WHERE("tenant=$1 AND kind=$2 AND name=$3", TEXT(tenant), TEXT(kind), TEXT(name)),
			    reterr);
}
