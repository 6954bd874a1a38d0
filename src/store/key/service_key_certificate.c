/* SPDX-License-Identifier: Apache-2.0
 * Certificates of service keys; each is in one key of the tenant only. */
#include "store/key/service_key_certificate.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_service_key_certificate, TEXT, tenant),
	COLUMN(store_service_key_certificate, TEXT, sha256),
	COLUMN(store_service_key_certificate, TEXT, key),
	COLUMN(store_service_key_certificate, TEXT, chain),
	COLUMN(store_service_key_certificate, TEXT, subject),
	COLUMN(store_service_key_certificate, TEXT, issuer),
	COLUMN(store_service_key_certificate, TEXT, serial),
	COLUMN(store_service_key_certificate, TEXT, public_key_sha256),
	COLUMN(store_service_key_certificate, TEXT, issuer_public_key_sha256),
	COLUMN(store_service_key_certificate, TIME, not_before),
	COLUMN(store_service_key_certificate, TIME, not_after),
	COLUMN(store_service_key_certificate, TIME, created),
};
static const struct table table = TABLE(store_service_key_certificate, "service_key_certificate", columns, 2);

void store_service_key_certificate_fini(struct store_service_key_certificate *row)
{
	table_row_fini(&table, row);
}

void store_service_key_certificate_list_fini(struct store_service_key_certificate_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_service_key_certificate_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where,
			  struct store_service_key_certificate_list *ret, struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_service_key_certificate_list){ items, n };
	return RC_OK;
}

enum rc store_service_key_certificate_insert(struct store *store,
					     const struct store_service_key_certificate *row,
					     struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_service_key_certificate_get(struct store *store, const char *tenant, const char *sha256,
					  struct store_service_key_certificate *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND sha256=$2", TEXT(tenant), TEXT(sha256)), ret,
			 reterr);
}

enum rc store_service_key_certificate_delete(struct store *store, const char *tenant, const char *sha256,
					     struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND sha256=$2", TEXT(tenant), TEXT(sha256)),
			    reterr);
}

enum rc store_service_key_certificate_list_of_key(struct store *store, const char *tenant, const char *key,
						  struct store_service_key_certificate_list *ret,
						  struct err *reterr)
{
	return list_where(store,
			  WHERE("tenant=$1 AND key=$2 ORDER BY created, sha256", TEXT(tenant), TEXT(key)),
			  ret, reterr);
}
