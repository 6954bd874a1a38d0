/* SPDX-License-Identifier: Apache-2.0
 * The database is opened, made safe and brought up to date. */
#include "store/engine/store.h"

#include "base/memory.h"
#include "store/engine/migration.h"
#include "store/engine/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* SQLite gives its log files the mode of the database, so the file is made with the right one before it is
 * opened. */
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
	/* Nobody else writes but a manager that takes over; who waits longer holds up everything else
	 * meanwhile. */
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

void store_close(struct store *store)
{
	if (!store) {
		return;
	}
	statement_drop_all(store);
	(void)sqlite3_close_v2(store->db);
	mem_free(store);
}

enum rc store_limit(struct store *store, uint32_t max_pages, struct err *reterr)
{
	char sql[64];
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%u", max_pages);
	return store_execute(store, sql, reterr);
}
