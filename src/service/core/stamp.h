/* SPDX-License-Identifier: Apache-2.0
 * Of which state of the store the published registry is: "FORMAT EPOCH NUMBER", in every transaction of the
 * registry. */
#pragma once

#include "base/buf.h"
#include "store/engine/store.h"

/** Counts the forms of the records that publish.c makes: a registry in another one is rebuilt. */
#define PUBLISH_FORMAT 1

/** Longest stamp [bytes]. */
#define STAMP_MAX 128

/** Append the stamp of the store as it is now, as JSON text. RC_STORE. */
MUST_USE enum rc stamp_format(struct store *store, struct buf *out, struct err *reterr);

/**
 * The published registry bears another stamp: begin another epoch where it is of a later state of this store
 * than the store is. Somebody has put an older copy of the store in its place then, and its next changes
 * would bear numbers that were given before.
 *
 * found      stamp of the registry; any text
 * ret_is_set_back  whether it was so
 */
MUST_USE enum rc stamp_settle_epoch(struct store *store, struct str found, bool *ret_is_set_back,
				    struct err *reterr);
