/* SPDX-License-Identifier: Apache-2.0
 * Opening, statements and transactions happen here. */
#include "store/store.h"

#include "base/memory.h"
#include "store/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_STATEMENTS 160

struct statement {
	char *sql;
	sqlite3_stmt *stmt;
};

struct store {
	sqlite3 *db;
	struct statement statements[MAX_STATEMENTS];
	size_t n_statements;
};

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

static void drop_statements(struct store *store)
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
	if (store->n_statements == MAX_STATEMENTS) {
		drop_statements(store);
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

/* SQLite gives its log files the mode of the database, so the file is made with the right one before it is opened. */
static enum rc make_file(const char *path, struct err *reterr)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return err_errno(reterr, "The store %s cannot be opened", path);
	}
	(void)close(fd);
	return RC_OK;
}

static enum rc configure(struct store *store, struct err *reterr)
{
	sqlite3 *db = store->db;
	if (sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL) != SQLITE_OK) {
		return err_set(reterr, RC_STORE, "The store cannot be made safe.");
	}
	(void)sqlite3_extended_result_codes(db, 0);
	/* Nobody else writes but a manager that takes over; who waits longer holds up everything else meanwhile. */
	(void)sqlite3_busy_timeout(db, 250);
	(void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024);
	(void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	TRY(store_execute(store, "PRAGMA journal_mode=WAL", reterr));
	return store_execute(store,
			     "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
			     "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON;"
			     "PRAGMA wal_autocheckpoint=1000",
			     reterr);
}

enum rc store_open(struct store **ret, const char *path, struct err *reterr)
{
	AUTO(store_close_cleanup) struct store *store = mem_alloc(sizeof(*store));
	int native;
	TRY(make_file(path, reterr));
	native = sqlite3_open_v2(path, &store->db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (native != SQLITE_OK) {
		return store_err(store, native, reterr);
	}
	TRY(configure(store, reterr));
	TRY(migration_run(store, reterr));
	*ret = TAKE(store);
	return RC_OK;
}

enum rc store_open_reading(struct store **ret, const char *path, struct err *reterr)
{
	AUTO(store_close_cleanup) struct store *store = mem_alloc(sizeof(*store));
	/* A reader of a WAL writes its index, so the file is not opened read-only. */
	int native =
		sqlite3_open_v2(path, &store->db,
				SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (native != SQLITE_OK) {
		return store_err(store, native, reterr);
	}
	TRY(configure(store, reterr));
	TRY(store_execute(store, "PRAGMA query_only=ON", reterr));
	*ret = TAKE(store);
	return RC_OK;
}

void store_snapshot_begin(struct store *store)
{
	/* Where this fails, so does the first statement, which tells it. */
	(void)!store_execute(store, "BEGIN", NULL);
}

void store_snapshot_end(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db)) {
		(void)!store_execute(store, "COMMIT", NULL);
	}
}

void store_close(struct store *store)
{
	if (!store) {
		return;
	}
	drop_statements(store);
	(void)sqlite3_close_v2(store->db);
	mem_free(store);
}

enum rc store_limit(struct store *store, uint32_t max_pages, struct err *reterr)
{
	char sql[64];
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%u", max_pages);
	return store_execute(store, sql, reterr);
}

enum rc store_transaction_begin(struct store_transaction *ret, struct store *store, struct err *reterr)
{
	TRY(store_execute(store, "BEGIN IMMEDIATE", reterr));
	ret->store = store;
	return RC_OK;
}

enum rc store_transaction_commit(struct store_transaction *transaction, struct err *reterr)
{
	enum rc rc = store_execute(transaction->store, "COMMIT", reterr);
	if (rc == RC_OK) {
		transaction->store = NULL;
	} else if (sqlite3_extended_errcode(transaction->store->db) == SQLITE_IOERR_FSYNC) {
		/* What was written may reach the disk all the same; at the next start it counts then. */
		return err_set(reterr, RC_UNCERTAIN,
			       "The disk did not confirm the change: whether it is kept is not known. Look "
			       "before it is done again.");
	}
	return rc;
}

void store_transaction_end(struct store_transaction *transaction)
{
	/* A failing disk may have ended the transaction already. */
	if (transaction->store && !sqlite3_get_autocommit(transaction->store->db)) {
		(void)sqlite3_exec(transaction->store->db, "ROLLBACK", NULL, NULL, NULL);
	}
	transaction->store = NULL;
}
