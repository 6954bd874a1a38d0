/* SPDX-License-Identifier: Apache-2.0
 * Of which state of the store the published registry is. */
#include "service/core/stamp.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "base/random.h"
#include "store/subaccount/publication.h"

/* Up to the number: what stamps of one epoch have in common. */
static void format_front(const struct store_publication *row, struct buf *out)
{
	(void)buf_printf(out, "\"%d %s ", PUBLISH_FORMAT, row->epoch);
}

enum rc stamp_format(struct store *store, struct buf *out, struct err *reterr)
{
	AUTO(store_publication_fini) struct store_publication row = { 0 };
	TRY(store_publication_get(store, &row, reterr));
	format_front(&row, out);
	return buf_printf(out, "%lld\"", (long long)row.number)
		       ? RC_OK
		       : err_set(reterr, RC_BUG, "The stamp is too long.");
}

static bool is_ahead(const struct store_publication *row, struct str found)
{
	AUTO_BUF(front, STAMP_MAX);
	uint64_t number = 0;
	format_front(row, &front);
	if (!str_starts_with(found, buf_str(&front))) {
		return false;
	}
	struct str digits = str_skip(found, front.n);
	return str_parse_uint(str_first(digits, str_find(digits, '"')), INT64_MAX, &number) == RC_OK &&
	       number > (uint64_t)row->number;
}

enum rc stamp_settle_epoch(struct store *store, struct str found, bool *ret_is_set_back, struct err *reterr)
{
	AUTO(store_publication_fini) struct store_publication row = { 0 };
	unsigned char bytes[STORE_EPOCH_LENGTH / 2];
	char epoch[STORE_EPOCH_LENGTH + 2];
	TRY(store_publication_get(store, &row, reterr));
	*ret_is_set_back = is_ahead(&row, found);
	if (!*ret_is_set_back) {
		return RC_OK;
	}
	random_fill(bytes, sizeof(bytes));
	hex_format(bytes, sizeof(bytes), epoch);
	return store_publication_renew(store, epoch, reterr);
}
