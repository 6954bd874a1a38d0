/* SPDX-License-Identifier: Apache-2.0
 * Subaccounts: every other row belongs to one, by its name, which never changes. */
#include "store/subaccount/tenant.h"

#include "store/subaccount/publication.h"
#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_tenant, TEXT, name),
	COLUMN(store_tenant, TEXT, id),
	COLUMN(store_tenant, TIME, created),
	COLUMN(store_tenant, TIME, tokens_since),
};
static const struct table table = TABLE(store_tenant, "tenant", columns, 1);

void store_tenant_fini(struct store_tenant *row)
{
	table_row_fini(&table, row);
}

void store_tenant_list_fini(struct store_tenant_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_tenant_list){ 0 };
}

static enum rc list_where(struct store *store, struct where where, struct store_tenant_list *ret,
			  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table, where, &items, &n, reterr));
	*ret = (struct store_tenant_list){ items, n };
	return RC_OK;
}

enum rc store_tenant_insert(struct store *store, const struct store_tenant *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REFUSE, reterr);
}

enum rc store_tenant_update(struct store *store, const struct store_tenant *row, struct err *reterr)
{
	return table_update(store, &table, row, reterr);
}

enum rc store_tenant_list_all(struct store *store, struct store_tenant_list *ret, struct err *reterr)
{
	return list_where(store, (struct where){ .sql = "TRUE ORDER BY name" }, ret, reterr);
}

enum rc store_tenant_get(struct store *store, const char *name, struct store_tenant *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("name=$1", TEXT(name)), ret, reterr);
}

/* All tables whose rows belong to a subaccount, those that refer to others first. */
static const char *const tables[] = {
	"broker_binding",
	"broker_instance",
	"service_key_certificate",
	"service_key",
	"instance",
	"designtime_content",
	"designtime",
	"package",
	"deployment",
	"artifact_receiver",
	"artifact",
	"credential",
	"security_material",
	"destination",
	"token_key",
	"message",
	"role",
	"crl",
	"keystore_backup",
	"keystore_entry",
	"server_key",
	"authority_certificate",
	"authority",
	"setting",
	"account",
};

enum rc store_tenant_delete(struct store *store, const char *name, struct err *reterr)
{
	AUTO(store_transaction_end) struct store_transaction transaction = { 0 };
	TRY(store_transaction_begin(&transaction, store, reterr));
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		TRY(table_clear(store, tables[i], name, reterr));
	}
	TRY(table_delete(store, &table, WHERE("name=$1", TEXT(name)), reterr));
	/* Killed before the registry is put anew, the server must not go on with the keys that stand in
	 * it. */
	TRY(store_publication_next(store, reterr));
	return store_transaction_commit(&transaction, reterr);
}
