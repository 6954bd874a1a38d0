/* SPDX-License-Identifier: Apache-2.0
 * One change: a transaction of the store and what of it is published, both or neither. */
#include "service/publish/change.h"

#include "log/log.h"
#include "service/core/stamp.h"
#include "store/subaccount/publication.h"

enum rc change_begin_local(struct change *ret, struct session *session, struct err *reterr)
{
	TRY(store_transaction_begin(&ret->transaction, session->store, reterr));
	ret->session = session;
	ret->is_local = true;
	return RC_OK;
}

struct registry_batch *change_batch(struct change *change)
{
	if (!change->batch) {
		change->batch = registry_batch_new();
	}
	return change->batch;
}

void change_when_done(struct change *change, change_done_fn fn, void *context)
{
	ASSERT(change->n_done < CHANGE_DONE_MAX);
	change->done[change->n_done++] = (struct change_done){ fn, context };
}

void change_note_committed(struct change *change)
{
	struct service *service = change->session->service;
	service->changes++;
	service->generation += change->batch && registry_batch_moves_identity(change->batch);
	for (size_t i = 0; i < change->n_done; i++) {
		change->done[i].fn(change->session, change->done[i].context);
	}
}

enum rc change_stamp(struct change *change, struct err *reterr)
{
	AUTO_BUF(stamp, STAMP_MAX);
	TRY(stamp_format(change->session->store, &stamp, reterr));
	return registry_batch_stamp(change_batch(change), buf_str(&stamp), reterr);
}

static bool is_published(const struct change *change)
{
	return change->batch && !registry_batch_is_empty(change->batch);
}

/* What gateways judge nothing by needs no stamp: the registry is of this store all the same. */
static enum rc count(struct change *change, struct err *reterr)
{
	AUTO(store_publication_fini) struct store_publication row = { 0 };
	struct store *store = change->session->store;
	ASSERT(!change->is_local || !is_published(change));
	if (is_published(change)) {
		TRY(store_publication_next(store, reterr));
		TRY(change_stamp(change, reterr));
	} else {
		TRY(store_publication_count(store, reterr));
	}
	TRY(store_publication_get(store, &row, reterr));
	change->number = row.changes;
	return RC_OK;
}

static enum rc apply(struct change *change, struct err *reterr)
{
	struct session *session = change->session;
	enum rc rc = is_published(change) ? registry_writer_apply(session->registry, change->batch, reterr)
					  : RC_OK;
	if (rc != RC_OK) {
		session->stale = true;
		log_event(LOG_ERROR, "registry_behind",
			  "text=\"a change is stored but not published; it is tried again\"");
	}
	return rc;
}

enum rc change_commit(struct change *change, struct err *reterr)
{
	TRY(count(change, reterr));
	TRY(store_transaction_commit(&change->transaction, reterr));
	change_note_committed(change);
	enum rc rc = apply(change, reterr);
	change->session = NULL;
	return rc;
}

void change_end(struct change *change)
{
	store_transaction_end(&change->transaction);
	registry_batch_free(change->batch);
	change->batch = NULL;
	change->session = NULL;
}
