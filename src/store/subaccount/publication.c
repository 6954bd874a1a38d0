/* SPDX-License-Identifier: Apache-2.0
 * One number, counted in the transaction of each change, and the epoch in which it is counted. */
#include "store/subaccount/publication.h"

#include "store/engine/table.h"

static const struct column columns[] = { COLUMN(store_publication, INT, id),
					 COLUMN(store_publication, TEXT, epoch),
					 COLUMN(store_publication, INT, number),
					 COLUMN(store_publication, INT, changes) };
/* A number that was never given, whoever has set one of both by hand. */
#define NEXT "CASE WHEN number>changes THEN number ELSE changes END+1"

static const struct table table = TABLE(store_publication, "publication", columns, 1);

void store_publication_fini(struct store_publication *row)
{
	table_row_fini(&table, row);
}

enum rc store_publication_get(struct store *store, struct store_publication *ret, struct err *reterr)
{
	return table_get(store, &table, WHERE("id=$1", NUMBER(1)), ret, reterr);
}

enum rc store_publication_next(struct store *store, struct err *reterr)
{
	return store_execute(store, "UPDATE publication SET changes=" NEXT ", number=" NEXT, reterr);
}

enum rc store_publication_count(struct store *store, struct err *reterr)
{
	return store_execute(store, "UPDATE publication SET changes=" NEXT, reterr);
}

enum rc store_publication_renew(struct store *store, const char *epoch, struct err *reterr)
{
	AUTO(store_publication_fini) struct store_publication row = { 0 };
	TRY(store_publication_get(store, &row, reterr));
	const struct store_publication renewed = {
		.id = row.id, .epoch = epoch, .number = row.number, .changes = row.changes
	};
	return table_update(store, &table, &renewed, reterr);
}
