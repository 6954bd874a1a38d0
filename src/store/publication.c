/* SPDX-License-Identifier: Apache-2.0
 * One number, counted in the transaction of each change. */
#include "store/publication.h"

#include "store/table.h"

struct publication {
	int64_t id; /* there is one row */
	int64_t number;
};
static const struct column columns[] = { COLUMN(publication, INT, id), COLUMN(publication, INT, number) };
static const struct table table = TABLE(publication, "publication", columns, 1);

enum rc store_publication_get(struct store *store, int64_t *ret, struct err *reterr)
{
	struct publication row = { 0 };
	TRY(table_get(store, &table, WHERE("id=$1", NUMBER(1)), &row, reterr));
	*ret = row.number;
	return RC_OK;
}

enum rc store_publication_next(struct store *store, struct err *reterr)
{
	return store_execute(store, "UPDATE publication SET number=number+1", reterr);
}
