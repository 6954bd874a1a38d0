/* SPDX-License-Identifier: Apache-2.0
 * Statements are prepared once a connection, and SQLite's answers become ours. */
#include "store/engine/statement.h"

#include "base/memory.h"

#include <string.h>

static enum rc code_of(int native, int extended)
{
	switch (native) {
	case SQLITE_CONSTRAINT: return extended == SQLITE_CONSTRAINT_FOREIGNKEY ? RC_CONFLICT : RC_EXISTS;
	case SQLITE_BUSY: return extended == SQLITE_BUSY_SNAPSHOT ? RC_RETRY : RC_AWAY;
	case SQLITE_LOCKED: return RC_AWAY;
	default: return RC_STORE;
	}
}

enum rc store_err(struct store *store, int native, struct err *reterr)
{
	int extended = store->db ? sqlite3_extended_errcode(store->db) : native;
	enum rc rc = code_of(native, extended);
	const char *text = sqlite3_errstr(native);
	if (rc == RC_AWAY) {
		(void)err_set(reterr, rc, "The store is held by another program; try again later.");
	} else {
		(void)err_set(reterr, rc, "The store refuses: %s.", text ? text : "unknown error");
	}
	(void)err_native(reterr, ERR_SQLITE, extended);
	return rc;
}

enum rc store_execute(struct store *store, const char *sql, struct err *reterr)
{
	int native = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
	return native == SQLITE_OK ? RC_OK : store_err(store, native, reterr);
}

void statement_drop_all(struct store *store)
{
	for (size_t i = 0; i < store->n_statements; i++) {
		(void)sqlite3_finalize(store->statements[i].stmt);
		mem_free(store->statements[i].sql);
	}
	store->n_statements = 0;
}

enum rc store_prepare(struct store *store, const char *sql, sqlite3_stmt **ret, struct err *reterr)
{
	struct statement *s;
	int native;
	for (size_t i = 0; i < store->n_statements; i++) {
		s = &store->statements[i];
		if (strcmp(s->sql, sql) == 0) {
			(void)sqlite3_reset(s->stmt);
			(void)sqlite3_clear_bindings(s->stmt);
			*ret = s->stmt;
			return RC_OK;
		}
	}
	if (store->n_statements == STATEMENTS_MAX) {
		statement_drop_all(store);
	}
	s = &store->statements[store->n_statements];
	native = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL);
	if (native != SQLITE_OK) {
		return store_err(store, native, reterr);
	}
	s->sql = mem_strdup(sql);
	store->n_statements++;
	*ret = s->stmt;
	return RC_OK;
}

int64_t store_changes(struct store *store)
{
	return sqlite3_changes64(store->db);
}
