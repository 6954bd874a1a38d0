/* SPDX-License-Identifier: Apache-2.0
 * What a platform knows of a service instance that it ordered through the broker API. */
#include "store/key/broker_instance.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_broker_instance, TEXT, tenant),   COLUMN(store_broker_instance, TEXT, id),
	COLUMN(store_broker_instance, TEXT, instance), COLUMN(store_broker_instance, TEXT, service_id),
	COLUMN(store_broker_instance, TEXT, plan_id),  COLUMN(store_broker_instance, TEXT, organization),
	COLUMN(store_broker_instance, TEXT, space),    COLUMN(store_broker_instance, TEXT, parameters),
};
static const struct table table = TABLE(store_broker_instance, "broker_instance", columns, 2);

void store_broker_instance_fini(struct store_broker_instance *row)
{
	table_row_fini(&table, row);
}

enum rc store_broker_instance_insert(struct store *store, const struct store_broker_instance *row,
				     struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_broker_instance_get(struct store *store, const char *tenant, const char *id,
				  struct store_broker_instance *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), ret, reterr);
}

enum rc store_broker_instance_update(struct store *store, const struct store_broker_instance *row,
				     struct err *reterr)
{
	return table_update(store, &table, row, reterr);
}
