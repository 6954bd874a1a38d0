/* SPDX-License-Identifier: Apache-2.0
 * Deployed integration flows. */
#include "store/content/artifact.h"

#include "store/engine/table.h"

/* One description each for what is written, what is read, and what is read of many: the front of the next. */
static const struct column columns[] = {
	COLUMN(store_artifact, TEXT, tenant),  COLUMN(store_artifact, TEXT, id),
	COLUMN(store_artifact, TEXT, name),    COLUMN(store_artifact, TEXT, version),
	COLUMN(store_artifact, TEXT, address), COLUMN(store_artifact, TIME, deployed),
	COLUMN(store_artifact, TEXT, plan),    COLUMN(store_artifact, BLOB, bundle),
};
static const struct table whole = TABLE(store_artifact, "artifact", columns, 2);
static const struct table table = TABLE_FRONT(store_artifact, "artifact", columns, 7, 2);
static const struct table heads = TABLE_FRONT(store_artifact, "artifact", columns, 6, 2);

void store_artifact_fini(struct store_artifact *row)
{
	table_row_fini(&table, row);
}

void store_artifact_list_fini(struct store_artifact_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_artifact_list){ 0 };
}

static enum rc list_where(struct store *store, const struct table *part, struct where where,
			  struct store_artifact_list *ret, struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, part, where, &items, &n, reterr));
	*ret = (struct store_artifact_list){ items, n };
	return RC_OK;
}

enum rc store_artifact_put(struct store *store, const struct store_artifact *row, struct err *reterr)
{
	return table_insert(store, &whole, row, TABLE_REPLACE, reterr);
}

enum rc store_artifact_get(struct store *store, const char *tenant, const char *id,
			   struct store_artifact *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), ret, reterr);
}

enum rc store_artifact_list_all(struct store *store, const char *tenant, struct store_artifact_list *ret,
				struct err *reterr)
{
	return list_where(store, &table, WHERE("tenant=$1 ORDER BY id", TEXT(tenant)), ret, reterr);
}

enum rc store_artifact_list_heads(struct store *store, const char *tenant, struct store_artifact_list *ret,
				  struct err *reterr)
{
	return list_where(store, &heads, WHERE("tenant=$1 ORDER BY id", TEXT(tenant)), ret, reterr);
}

enum rc store_artifact_delete(struct store *store, const char *tenant, const char *id, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), reterr);
}
