/* SPDX-License-Identifier: Apache-2.0
 * What became of every request: the monitor's rows. */
#include "store/content/message.h"

#include "store/engine/table.h"

static const struct column columns[] = {
	COLUMN(store_message, TEXT, tenant),  COLUMN(store_message, TEXT, id),
	COLUMN(store_message, TIME, time),    COLUMN(store_message, TEXT, artifact),
	COLUMN(store_message, TEXT, address), COLUMN(store_message, TEXT, status),
	COLUMN(store_message, BOOL, probe),   COLUMN(store_message, INT, http_status),
	COLUMN(store_message, TEXT, code),    COLUMN(store_message, TEXT, client),
	COLUMN(store_message, TEXT, subject), COLUMN(store_message, TEXT, sha256),
	COLUMN(store_message, TEXT, tls),     COLUMN(store_message, INT, duration_us),
	COLUMN(store_message, TEXT, record),
};
static const struct table table = TABLE(store_message, "message", columns, 2);

void store_message_fini(struct store_message *row)
{
	table_row_fini(&table, row);
}

void store_message_list_fini(struct store_message_list *list)
{
	table_rows_fini(&table, list->items, list->n);
	*list = (struct store_message_list){ 0 };
}

enum rc store_message_add(struct store *store, const struct store_message *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_IGNORE, reterr);
}

enum rc store_message_replace(struct store *store, const struct store_message *row, struct err *reterr)
{
	return table_insert(store, &table, row, TABLE_REPLACE, reterr);
}

enum rc store_message_get(struct store *store, const char *tenant, const char *id, struct store_message *ret,
			  struct err *reterr)
{
	return table_get(store, &table, WHERE("tenant=$1 AND id=$2", TEXT(tenant), TEXT(id)), ret, reterr);
}

/* The id breaks ties of time, so that a page neither repeats nor leaves out a row. */
#define NEWEST \
	"tenant=$1 AND ($2='' OR status=$2) AND ($3='' OR artifact=$3) AND ($4='' OR code=$4) AND ($5='' " \
	"OR (time, id) <" \
	" (SELECT m.time, m.id FROM message m WHERE m.tenant=$1 AND m.id=$5))" \
	" AND ($7='' OR (NOT probe AND status IN ('COMPLETED','FAILED')))" \
	" ORDER BY time DESC, id DESC LIMIT $6"

static const char *text_of(const char *c)
{
	return c ? c : "";
}

enum rc store_message_list_newest(struct store *store, const char *tenant,
				  const struct store_message_filter *filter, struct store_message_list *ret,
				  struct err *reterr)
{
	void *items = NULL;
	size_t n = 0;
	TRY(table_list(store, &table,
		       WHERE(NEWEST, TEXT(tenant), TEXT(text_of(filter->status)),
			     TEXT(text_of(filter->artifact)), TEXT(text_of(filter->code)),
			     TEXT(text_of(filter->after)), NUMBER(filter->limit),
			     TEXT(filter->processed ? "1" : "")),
		       &items, &n, reterr));
	*ret = (struct store_message_list){ items, n };
	return RC_OK;
}

enum rc store_message_trim(struct store *store, const char *tenant, uint32_t keep, struct err *reterr)
{
	enum rc rc =
		table_delete(store, &table,
			     WHERE("tenant=$1 AND (time, id) <= (SELECT m.time, m.id FROM message m"
				   " WHERE m.tenant=$1 ORDER BY m.time DESC, m.id DESC LIMIT 1 OFFSET $2)",
				   TEXT(tenant), NUMBER(keep)),
			     reterr);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}
