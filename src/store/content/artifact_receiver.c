/* SPDX-License-Identifier: Apache-2.0
 * What the receivers of deployed integration flows name. */
#include "store/content/artifact_receiver.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_artifact_receiver, TEXT, tenant),
	COLUMN(store_artifact_receiver, TEXT, artifact),
	COLUMN(store_artifact_receiver, TEXT, kind),
	COLUMN(store_artifact_receiver, TEXT, name),
};
static const struct table table = TABLE(store_artifact_receiver, "artifact_receiver", columns, 4);

void store_artifact_receiver_fini(struct store_artifact_receiver *row)
{
	table_row_fini(&table, row);
}

void store_artifact_receiver_list_fini(struct store_artifact_receiver_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_artifact_receiver_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_artifact_receiver_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_artifact_receiver_list){ items, n };
	return RC_OK;
}

enum rc store_artifact_receiver_put(struct store *store, const struct store_artifact_receiver *row,
				    struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_IGNORE, reterr);
}

enum rc store_artifact_receiver_find(struct store *store, const char *tenant, const char *kind,
				     const char *name, struct store_artifact_receiver *ret,
				     struct err *reterr)
{
	return table_get(store, &table,
			 WHERE("tenant=$1 AND kind=$2 AND lower(name)=lower($3) ORDER BY artifact LIMIT 1",
			       TEXT(tenant), TEXT(kind), TEXT(name)),
			 ret, reterr);
}

enum rc store_artifact_receiver_list_all(struct store *store, const char *tenant,
					 struct store_artifact_receiver_list *ret, struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY kind, name, artifact", TEXT(tenant)), ret, reterr);
}

enum rc store_artifact_receiver_list_of(struct store *store, const char *tenant, const char *artifact,
					struct store_artifact_receiver_list *ret, struct err *reterr)
{
	return list_where(store,
			  WHERE("tenant=$1 AND artifact=$2 ORDER BY kind, name", TEXT(tenant),
				TEXT(artifact)),
			  ret, reterr);
}

enum rc store_artifact_receiver_clear(struct store *store, const char *tenant, const char *artifact,
				      struct err *reterr)
{
	enum rc rc = table_delete(store, &table,
				  WHERE("tenant=$1 AND artifact=$2", TEXT(tenant), TEXT(artifact)), reterr);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}
