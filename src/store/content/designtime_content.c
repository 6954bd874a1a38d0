/* SPDX-License-Identifier: Apache-2.0
 * The bytes of versions of design-time artifacts, apart because lists do not need them. */
#include "store/content/designtime_content.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_designtime_content, TEXT, tenant),
	COLUMN(store_designtime_content, TEXT, id),
	COLUMN(store_designtime_content, TEXT, version),
	COLUMN(store_designtime_content, BLOB, content),
};
static const struct table table = TABLE(store_designtime_content, "designtime_content", columns, 3);

void store_designtime_content_fini(struct store_designtime_content *row)
{
	table_row_fini(&table, row);
}

enum rc store_designtime_content_put(struct store *store, const struct store_designtime_content *row,
				     struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_designtime_content_get(struct store *store, const char *tenant, const char *id,
				     const char *version, struct store_designtime_content *ret,
				     struct err *reterr)
{
	return table_get(store, &table,
			 WHERE("tenant=$1 AND id=$2 AND version=$3", TEXT(tenant), TEXT(id), TEXT(version)),
			 ret, reterr);
}
