/* SPDX-License-Identifier: Apache-2.0
 * What a platform knows of a service key that it ordered through the broker API. */
#include "store/key/broker_binding.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_broker_binding, TEXT, tenant),     COLUMN(store_broker_binding, TEXT, id),
	COLUMN(store_broker_binding, TEXT, instance),   COLUMN(store_broker_binding, TEXT, key),
	COLUMN(store_broker_binding, TEXT, parameters), COLUMN(store_broker_binding, TEXT, predecessor),
};
static const struct table table = TABLE(store_broker_binding, "broker_binding", columns, 2);

void store_broker_binding_fini(struct store_broker_binding *row)
{
	table_row_fini(&table, row);
}

enum rc store_broker_binding_insert(struct store *store, const struct store_broker_binding *row,
				    struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_broker_binding_get(struct store *store, const char *tenant, const char *id,
				 struct store_broker_binding *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), ret, reterr);
}
