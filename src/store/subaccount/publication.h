/* SPDX-License-Identifier: Apache-2.0
 * How often the store was changed, and which change was published last:
 * tells whether a registry is of the store as it is now. */
#pragma once

#include "store/engine/store.h"

/** Length of an epoch [bytes]: hexadecimal digits. */
#define STORE_EPOCH_LENGTH 32

/** The one row: a number means something beside others of its epoch only. */
struct store_publication {
	int64_t id;        /* 1 */
	const char *epoch; /* random; another one in each store, and in one that was set back */
	int64_t number;    /* of the last change that gateways judge by */
	/* number of the last change of any kind: counted in transactions, so in the order of commits */
	int64_t changes;
};

/** Release what a row owns. */
void store_publication_fini(struct store_publication *row);
/** Epoch, and number of the last change; ret is finied by the caller. RC_STORE. */
MUST_USE enum rc store_publication_get(struct store *store, struct store_publication *ret,
				       struct err *reterr);
/** Count one change more that is published, in the transaction that is open. RC_STORE. */
MUST_USE enum rc store_publication_next(struct store *store, struct err *reterr);
/** Count one change more of which nothing is published, in the transaction that is open. RC_STORE. */
MUST_USE enum rc store_publication_count(struct store *store, struct err *reterr);
/** Begin another epoch: what was published of the one before is of this store no more. RC_STORE. */
MUST_USE enum rc store_publication_renew(struct store *store, const char *epoch, struct err *reterr);
