/* SPDX-License-Identifier: Apache-2.0
 * Service keys, their secrets and private keys sealed. */
#include "store/key/service_key.h"

#include "base/memory.h"
#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_service_key, TEXT, tenant),        COLUMN(store_service_key, TEXT, id),
	COLUMN(store_service_key, TEXT, instance),      COLUMN(store_service_key, TEXT, name),
	COLUMN(store_service_key, TEXT, type),          COLUMN(store_service_key, TEXT, client_id),
	COLUMN(store_service_key, TEXT, secret_sha256), COLUMN(store_service_key, BLOB, secret),
	COLUMN(store_service_key, BLOB, key),           COLUMN(store_service_key, BOOL, pinned),
	COLUMN(store_service_key, TIME, created),
};
static const struct table table = TABLE(store_service_key, "service_key", columns, 2);

void store_service_key_fini(struct store_service_key *row)
{
	table_row_fini(&table, row);
}

void store_service_key_list_fini(struct store_service_key_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_service_key_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_service_key_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_service_key_list){ items, n };
	return RC_OK;
}

enum rc store_service_key_insert(struct store *store, const struct store_service_key *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_service_key_get(struct store *store, const char *tenant, const char *id,
			      struct store_service_key *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), ret, reterr);
}

/* Page by page, so that no statement is open while fn works with the store.
 * sql takes tenant and the last id. */
static enum rc each(struct store *store, const char *sql, const char *tenant, store_service_key_fn fn,
		    void *context, struct err *reterr)
{
	AUTO_FREE char *last = mem_strdup("");
	for (;;) {
		AUTO(store_service_key_list_fini) struct store_service_key_list page = { 0 };
		TRY(list_where(store, WHERE(sql, TEXT(tenant), TEXT(last)), &page, reterr));
		for (size_t i = 0; i < page.n; i++) {
			TRY(fn(context, &page.items[i], reterr));
		}
		if (page.n == 0) {
			return RC_OK;
		}
		mem_free(last);
		last = mem_strdup(page.items[page.n - 1].id);
	}
}

enum rc store_service_key_each(struct store *store, const char *tenant, store_service_key_fn fn,
			       void *context, struct err *reterr)
{
	return each(store, "tenant=$1 AND id>$2 ORDER BY id LIMIT 1000", tenant, fn, context, reterr);
}

enum rc store_service_key_each_waiting(struct store *store, const char *tenant, store_service_key_fn fn,
				       void *context, struct err *reterr)
{
	return each(store,
		    "tenant=$1 AND id>$2 AND NOT pinned AND id IN (SELECT key FROM service_key_certificate"
		    " WHERE tenant=$1 AND issuer_public_key_sha256 IS NULL) ORDER BY id LIMIT 1000",
		    tenant, fn, context, reterr);
}

enum rc store_service_key_delete(struct store *store, const char *tenant, const char *id, struct err *reterr)
{
	return table_delete(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), reterr);
}

enum rc store_service_key_find_client_id(struct store *store, const char *tenant, const char *client_id,
					 struct store_service_key *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND client_id=$2", TEXT(tenant), TEXT(client_id)),
			 ret, reterr);
}

enum rc store_service_key_find_name(struct store *store, const char *tenant, const char *instance,
				    const char *name, struct store_service_key *ret, struct err *reterr)
{
	return table_get(store, &table,
			 WHERE("tenant=$1 AND instance=$2 AND name=$3", TEXT(tenant), TEXT(instance),
			       TEXT(name)),
			 ret, reterr);
}

enum rc store_service_key_list_of_instance(struct store *store, const char *tenant, const char *instance,
					   struct store_service_key_list *ret, struct err *reterr)
{
	return list_where(store,
			  WHERE("tenant=$1 AND instance=$2 ORDER BY created, name", TEXT(tenant),
				TEXT(instance)),
			  ret, reterr);
}

enum rc store_service_key_list_after(struct store *store, const char *tenant, const char *instance,
				     const char *name, uint32_t limit, struct store_service_key_list *ret,
				     struct err *reterr)
{
	return list_where(store,
			  WHERE("tenant=$1 AND instance=$2 AND name>$3 ORDER BY name LIMIT $4", TEXT(tenant),
				TEXT(instance), TEXT(name), NUMBER(limit)),
			  ret, reterr);
}

enum rc store_service_key_count_of_instance(struct store *store, const char *tenant, const char *instance,
					    int64_t *ret, struct err *reterr)
{
	return table_count(store, &table, WHERE("tenant=$1 AND instance=$2", TEXT(tenant), TEXT(instance)),
			   ret, reterr);
}
