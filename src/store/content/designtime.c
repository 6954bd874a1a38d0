/* SPDX-License-Identifier: Apache-2.0
 * Versions of design-time artifacts; one of each artifact is the active one. */
#include "store/content/designtime.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_designtime, TEXT, tenant),      COLUMN(store_designtime, TEXT, id),
	COLUMN(store_designtime, TEXT, version),     COLUMN(store_designtime, TEXT, kind),
	COLUMN(store_designtime, TEXT, package),     COLUMN(store_designtime, TEXT, name),
	COLUMN(store_designtime, TEXT, description), COLUMN(store_designtime, BOOL, active),
	COLUMN(store_designtime, TEXT, facts),       COLUMN(store_designtime, TIME, created),
	COLUMN(store_designtime, TEXT, created_by),  COLUMN(store_designtime, TIME, modified),
	COLUMN(store_designtime, TEXT, modified_by),
};
static const struct table table = TABLE(store_designtime, "designtime", columns, 3);

void store_designtime_fini(struct store_designtime *row)
{
	table_row_fini(&table, row);
}

void store_designtime_list_fini(struct store_designtime_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_designtime_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_designtime_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_designtime_list){ items, n };
	return RC_OK;
}

enum rc store_designtime_put(struct store *store, const struct store_designtime *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_designtime_get(struct store *store, const char *tenant, const char *id, const char *version,
			     struct store_designtime *ret, struct err *reterr)
{
	return table_get(store, &table,
			 WHERE("tenant=$1 AND id=$2 AND version=$3", TEXT(tenant), TEXT(id), TEXT(version)),
			 ret, reterr);
}

enum rc store_designtime_get_active(struct store *store, const char *tenant, const char *id,
				    struct store_designtime *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND id=$2 AND active", TEXT(tenant), TEXT(id)), ret,
			 reterr);
}

enum rc store_designtime_list_active(struct store *store, const char *tenant, const char *kind,
				     const char *package, struct store_designtime_list *ret,
				     struct err *reterr)
{
	return list_where(store,
			  WHERE("tenant=$1 AND kind=$2 AND ($3='' OR package=$3) AND active ORDER BY id",
				TEXT(tenant), TEXT(kind), TEXT(package)),
			  ret, reterr);
}

enum rc store_designtime_list_versions(struct store *store, const char *tenant, const char *id,
				       struct store_designtime_list *ret, struct err *reterr)
{
	return list_where(store,
			  WHERE("tenant=$1 AND id=$2 ORDER BY modified, version", TEXT(tenant), TEXT(id)),
			  ret, reterr);
}

enum rc store_designtime_delete(struct store *store, const char *tenant, const char *id, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), reterr);
}
