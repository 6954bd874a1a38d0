/* SPDX-License-Identifier: Apache-2.0
 * What became of deployments that were asked for by the OData API. */
#include "store/content/deployment.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_deployment, TEXT, tenant),   COLUMN(store_deployment, TEXT, task),
	COLUMN(store_deployment, TEXT, artifact), COLUMN(store_deployment, TEXT, kind),
	COLUMN(store_deployment, TEXT, name),     COLUMN(store_deployment, TEXT, version),
	COLUMN(store_deployment, TEXT, status),   COLUMN(store_deployment, TEXT, error),
	COLUMN(store_deployment, TEXT, reason),   COLUMN(store_deployment, TEXT, user_name),
	COLUMN(store_deployment, TIME, started),  COLUMN(store_deployment, TIME, ended),
};
static const struct table table = TABLE(store_deployment, "deployment", columns, 2);

void store_deployment_fini(struct store_deployment *row)
{
	table_row_fini(&table, row);
}

void store_deployment_list_fini(struct store_deployment_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_deployment_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_deployment_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_deployment_list){ items, n };
	return RC_OK;
}

enum rc store_deployment_put(struct store *store, const struct store_deployment *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_deployment_get(struct store *store, const char *tenant, const char *task,
			     struct store_deployment *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND task=$2", TEXT(tenant), TEXT(task)), ret,
			 reterr);
}

enum rc store_deployment_get_newest(struct store *store, const char *tenant, const char *artifact,
				    struct store_deployment *ret, struct err *reterr)
{
	return table_get(store, &table,
			 WHERE("tenant=$1 AND artifact=$2 ORDER BY started DESC, task DESC LIMIT 1",
			       TEXT(tenant), TEXT(artifact)),
			 ret, reterr);
}

enum rc store_deployment_list_newest(struct store *store, const char *tenant,
				     struct store_deployment_list *ret, struct err *reterr)
{
	return list_where(store,
			  WHERE("tenant=$1 AND NOT EXISTS (SELECT 1 FROM deployment d WHERE d.tenant=$1"
				" AND d.artifact=deployment.artifact"
				" AND (d.started, d.task) > (deployment.started, deployment.task))"
				" ORDER BY artifact",
				TEXT(tenant)),
			  ret, reterr);
}

enum rc store_deployment_list_open(struct store *store, const char *status, struct store_deployment_list *ret,
				   struct err *reterr)
{
	return list_where(store, WHERE("status=$1 ORDER BY started", TEXT(status)), ret, reterr);
}

enum rc store_deployment_forget(struct store *store, const char *tenant, const char *artifact,
				struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND artifact=$2", TEXT(tenant), TEXT(artifact)),
			    reterr);
}

enum rc store_deployment_trim(struct store *store, const char *tenant, const char *artifact,
			      struct err *reterr)
{
	return table_delete(store, &table,
			    WHERE("tenant=$1 AND artifact=$2 AND (started, task) <= (SELECT d.started, d.task"
				  " FROM deployment d WHERE d.tenant=$1 AND d.artifact=$2"
				  " ORDER BY d.started DESC, d.task DESC LIMIT 1 OFFSET 100)",
				  TEXT(tenant), TEXT(artifact)),
			    reterr);
}
