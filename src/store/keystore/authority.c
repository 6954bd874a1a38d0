/* SPDX-License-Identifier: Apache-2.0
 * The root and the issuing CA of a tenant, their keys sealed. */
#include "store/keystore/authority.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_authority, TEXT, tenant),      COLUMN(store_authority, TEXT, name),
	COLUMN(store_authority, BLOB, certificate), COLUMN(store_authority, BLOB, key),
	COLUMN(store_authority, TIME, created),
};
static const struct table table = TABLE(store_authority, "authority", columns, 2);

void store_authority_fini(struct store_authority *row)
{
	table_row_fini(&table, row);
}

enum rc store_authority_insert(struct store *store, const struct store_authority *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_authority_get(struct store *store, const char *tenant, const char *name,
			    struct store_authority *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND name=$2", TEXT(tenant), TEXT(name)), ret,
			 reterr);
}
