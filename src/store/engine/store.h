/* SPDX-License-Identifier: Apache-2.0
 * The manager's database: opened once, changed in transactions, durable when a commit returns.
 *
 * Whatever reads or writes it may besides come to RC_AWAY:
 * it is held by another program, nothing happened, try later; or to
 * RC_RETRY: another change came between, nothing happened, the same again may go. */
#pragma once

#include "base/clock.h"
#include "base/str.h"
#include "store/engine/transaction.h"

struct store;

/**
 * Open the database file, made (0600) when absent, and bring its schema up to date.
 *
 * RC_STORE damaged, not ours, or the disk fails; RC_UNSUPPORTED written by a newer version;
 * RC_AWAY in use elsewhere
 */
MUST_USE enum rc store_open(struct store **ret, const char *path, struct err *reterr);
/**
 * Open another connection to a store that store_open() has brought up to date, which only reads.
 * RC_STORE, RC_AWAY.
 */
MUST_USE enum rc store_open_reading(struct store **ret, const char *path, struct err *reterr);
/** Close; accepts NULL. A transaction that is still open is undone. */
void store_close(struct store *store);
DEFINE_CLEANUP(struct store, store_close);

/** Let the file grow to so many pages of 4096 bytes at most; what passes it fails with RC_STORE. */
MUST_USE enum rc store_limit(struct store *store, uint32_t max_pages, struct err *reterr);
