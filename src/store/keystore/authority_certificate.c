/* SPDX-License-Identifier: Apache-2.0
 * What the built-in CA issued, and what of it is revoked. */
#include "store/keystore/authority_certificate.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_authority_certificate, TEXT, tenant),
	COLUMN(store_authority_certificate, TEXT, serial),
	COLUMN(store_authority_certificate, TEXT, sha256),
	COLUMN(store_authority_certificate, TEXT, subject),
	COLUMN(store_authority_certificate, TEXT, issuer),
	COLUMN(store_authority_certificate, TEXT, usage),
	COLUMN(store_authority_certificate, BLOB, certificate),
	COLUMN(store_authority_certificate, TIME, not_after),
	COLUMN(store_authority_certificate, TIME, created),
	COLUMN(store_authority_certificate, TIME, revoked),
};
static const struct table table = TABLE(store_authority_certificate, "authority_certificate", columns, 2);

void store_authority_certificate_fini(struct store_authority_certificate *row)
{
	table_row_fini(&table, row);
}

void store_authority_certificate_list_fini(struct store_authority_certificate_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_authority_certificate_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where,
			  struct store_authority_certificate_list *ret, struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_authority_certificate_list){ items, n };
	return RC_OK;
}

enum rc store_authority_certificate_insert(struct store *store, const struct store_authority_certificate *row,
					   struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_authority_certificate_update(struct store *store, const struct store_authority_certificate *row,
					   struct err *reterr)
{
	return table_update(store, &table, row, reterr);
}

enum rc store_authority_certificate_get(struct store *store, const char *tenant, const char *serial,
					struct store_authority_certificate *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND serial=$2", TEXT(tenant), TEXT(serial)), ret,
			 reterr);
}

enum rc store_authority_certificate_list_all(struct store *store, const char *tenant,
					     struct store_authority_certificate_list *ret, struct err *reterr)
{
	return list_where(store, WHERE("tenant=$1 ORDER BY created DESC, serial", TEXT(tenant)), ret, reterr);
}

enum rc store_authority_certificate_list_after(struct store *store, const char *tenant, const char *sha256,
					       uint32_t limit, struct store_authority_certificate_list *ret,
					       struct err *reterr)
{
	return list_where(store,
			  WHERE("tenant=$1 AND sha256>$2 ORDER BY sha256 LIMIT $3", TEXT(tenant),
				TEXT(sha256), NUMBER(limit)),
			  ret, reterr);
}

enum rc store_authority_certificate_find_sha256(struct store *store, const char *tenant, const char *sha256,
						struct store_authority_certificate *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND sha256=$2", TEXT(tenant), TEXT(sha256)), ret,
			 reterr);
}
