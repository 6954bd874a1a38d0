/* SPDX-License-Identifier: Apache-2.0
 * Statements of a store's connection. Inside the store only; owns SQLite's types. */
#pragma once

#include "base/result.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/** Most statements that a connection keeps prepared; above that it begins anew. */
#define STATEMENTS_MAX 160

struct statement {
	char *sql;
	sqlite3_stmt *stmt;
};

/** One connection. */
struct store {
	sqlite3 *db;
	struct statement statements[STATEMENTS_MAX];
	size_t n_statements;
};

/** A prepared statement, cached by its text; reset and without bindings. RC_STORE. */
MUST_USE enum rc store_prepare(struct store *store, const char *sql, sqlite3_stmt **ret, struct err *reterr);
/** Run statements without results. RC_STORE. */
MUST_USE enum rc store_execute(struct store *store, const char *sql, struct err *reterr);
/** Fill an error from a result code of SQLite. Returns the code that fits. */
enum rc store_err(struct store *store, int native, struct err *reterr);
/** Rows that the last statement changed. */
int64_t store_changes(struct store *store);
/** Forget all that were prepared. */
void statement_drop_all(struct store *store);
