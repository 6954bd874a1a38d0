/* SPDX-License-Identifier: Apache-2.0
 * Rows travel between structs and SQL by their table's description. */
#include "store/engine/table.h"

#include "base/buf.h"
#include "base/memory.h"

#define SQL_MAX 4096

static const void *member_const(const void *row, const struct column *c)
{
	return (const char *)row + c->offset;
}

static void *member(void *row, const struct column *c)
{
	return (char *)row + c->offset;
}

/* SQLite takes $1 for a name and numbers by first appearance; PostgreSQL takes it for the number. */
static int place_of(sqlite3_stmt *stmt, size_t number)
{
	char name[32];
	(void)snprintf(name, sizeof(name), "$%zu", number);
	return sqlite3_bind_parameter_index(stmt, name);
}

static int bind_blob(sqlite3_stmt *stmt, int i, const struct str *s)
{
	if (!s->p) {
		return sqlite3_bind_null(stmt, i);
	}
	return sqlite3_bind_blob64(stmt, i, s->p, s->n, SQLITE_STATIC);
}

static int bind_column(sqlite3_stmt *stmt, int i, const void *row, const struct column *c)
{
	const void *p = member_const(row, c);
	switch (c->type) {
	case COLUMN_TEXT: return sqlite3_bind_text(stmt, i, *(const char *const *)p, -1, SQLITE_STATIC);
	case COLUMN_BLOB: return bind_blob(stmt, i, p);
	case COLUMN_INT: return sqlite3_bind_int64(stmt, i, *(const int64_t *)p);
	case COLUMN_BOOL: return sqlite3_bind_int64(stmt, i, *(const bool *)p ? 1 : 0);
	case COLUMN_TIME: return sqlite3_bind_int64(stmt, i, ((const struct wall *)p)->us);
	}
	return SQLITE_MISUSE;
}

static void read_column(sqlite3_stmt *stmt, int i, void *row, const struct column *c)
{
	void *p = member(row, c);
	size_t n;
	bool absent = sqlite3_column_type(stmt, i) == SQLITE_NULL;
	switch (c->type) {
	case COLUMN_TEXT:
		*(const char **)p = absent ? NULL : mem_strdup((const char *)sqlite3_column_text(stmt, i));
		break;
	case COLUMN_BLOB:
		if (!absent) {
			const void *bytes = sqlite3_column_blob(stmt, i);
			n = (size_t)sqlite3_column_bytes(stmt, i);
			*(struct str *)p = str_from(mem_dup(bytes ? bytes : "", n), n);
		}
		break;
	case COLUMN_INT: *(int64_t *)p = sqlite3_column_int64(stmt, i); break;
	case COLUMN_BOOL: *(bool *)p = sqlite3_column_int64(stmt, i) != 0; break;
	case COLUMN_TIME: ((struct wall *)p)->us = sqlite3_column_int64(stmt, i); break;
	}
}

static enum rc bind_row(struct store *store, sqlite3_stmt *stmt, const struct table *table, const void *row,
			struct err *reterr)
{
	for (size_t i = 0; i < table->n; i++) {
		int native = bind_column(stmt, place_of(stmt, i + 1), row, &table->columns[i]);
		if (native != SQLITE_OK) {
			return store_err(store, native, reterr);
		}
	}
	return RC_OK;
}

/* Run a statement that gives no rows; reset whatever comes, so that no lock is kept. */
static enum rc finish(struct store *store, sqlite3_stmt *stmt, struct err *reterr)
{
	int native = sqlite3_step(stmt);
	enum rc rc = native == SQLITE_DONE || native == SQLITE_ROW ? RC_OK : store_err(store, native, reterr);
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	return rc;
}

static void add_names(struct buf *sql, const struct table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		(void)buf_add_c(sql, i ? "," : "");
		(void)buf_add_c(sql, table->columns[i].name);
	}
}

static void add_assignments(struct buf *sql, const struct table *table, bool excluded)
{
	for (size_t i = table->n_key; i < table->n; i++) {
		const char *name = table->columns[i].name;
		(void)buf_add_c(sql, i > table->n_key ? "," : "");
		if (excluded) {
			(void)buf_printf(sql, "%s=excluded.%s", name, name);
		} else {
			(void)buf_printf(sql, "%s=$%zu", name, i + 1);
		}
	}
}

enum rc table_insert(struct store *store, const struct table *table, const void *row, enum table_insert how,
		     struct err *reterr)
{
	AUTO_BUF(sql, SQL_MAX);
	sqlite3_stmt *stmt = NULL;
	(void)buf_add_c(&sql, "INSERT INTO ");
	(void)buf_add_c(&sql, table->name);
	(void)buf_add_c(&sql, "(");
	add_names(&sql, table);
	(void)buf_add_c(&sql, ") VALUES(");
	for (size_t i = 0; i < table->n; i++) {
		(void)buf_printf(&sql, "%s$%zu", i ? "," : "", i + 1);
	}
	(void)buf_add_c(&sql, ")");
	if (how == TABLE_IGNORE) {
		(void)buf_add_c(&sql, " ON CONFLICT DO NOTHING");
	} else if (how == TABLE_REPLACE) {
		(void)buf_add_c(&sql, " ON CONFLICT(");
		for (size_t i = 0; i < table->n_key; i++) {
			(void)buf_printf(&sql, "%s%s", i ? "," : "", table->columns[i].name);
		}
		(void)buf_add_c(&sql, ") DO UPDATE SET ");
		add_assignments(&sql, table, true);
	}
	ASSERT(!sql.overflow);
	TRY(store_prepare(store, buf_c(&sql), &stmt, reterr));
	TRY(bind_row(store, stmt, table, row, reterr));
	return finish(store, stmt, reterr);
}

enum rc table_update(struct store *store, const struct table *table, const void *row, struct err *reterr)
{
	AUTO_BUF(sql, SQL_MAX);
	sqlite3_stmt *stmt = NULL;
	(void)buf_printf(&sql, "UPDATE %s SET ", table->name);
	add_assignments(&sql, table, false);
	for (size_t i = 0; i < table->n_key; i++) {
		(void)buf_printf(&sql, "%s%s=$%zu", i ? " AND " : " WHERE ", table->columns[i].name, i + 1);
	}
	ASSERT(!sql.overflow);
	TRY(store_prepare(store, buf_c(&sql), &stmt, reterr));
	TRY(bind_row(store, stmt, table, row, reterr));
	TRY(finish(store, stmt, reterr));
	return store_changes(store) ? RC_OK : err_set(reterr, RC_NOT_FOUND, "It does not exist.");
}

static int bind_parameter(sqlite3_stmt *stmt, size_t number, const struct parameter *parameter)
{
	int place = place_of(stmt, number);
	if (parameter->is_number) {
		return sqlite3_bind_int64(stmt, place, parameter->number);
	}
	return sqlite3_bind_text(stmt, place, parameter->text, -1, SQLITE_STATIC);
}

static enum rc prepare_where(struct store *store, const char *sql, struct where where, sqlite3_stmt **ret,
			     struct err *reterr)
{
	TRY(store_prepare(store, sql, ret, reterr));
	for (size_t i = 0; i < where.n; i++) {
		int native = bind_parameter(*ret, i + 1, &where.params[i]);
		if (native != SQLITE_OK) {
			return store_err(store, native, reterr);
		}
	}
	return RC_OK;
}

static enum rc prepare_select(struct store *store, const struct table *table, struct where where,
			      sqlite3_stmt **ret, struct err *reterr)
{
	AUTO_BUF(sql, SQL_MAX);
	(void)buf_add_c(&sql, "SELECT ");
	add_names(&sql, table);
	(void)buf_printf(&sql, " FROM %s WHERE %s", table->name, where.sql);
	ASSERT(!sql.overflow);
	return prepare_where(store, buf_c(&sql), where, ret, reterr);
}

static void read_row(sqlite3_stmt *stmt, const struct table *table, void *row)
{
	memset(row, 0, table->size);
	for (size_t i = 0; i < table->n; i++) {
		read_column(stmt, (int)i, row, &table->columns[i]);
	}
}

enum rc table_get(struct store *store, const struct table *table, struct where where, void *ret_row,
		  struct err *reterr)
{
	sqlite3_stmt *stmt = NULL;
	enum rc rc = RC_OK;
	int native;
	TRY(prepare_select(store, table, where, &stmt, reterr));
	native = sqlite3_step(stmt);
	if (native == SQLITE_ROW) {
		read_row(stmt, table, ret_row);
	} else if (native == SQLITE_DONE) {
		rc = err_set(reterr, RC_NOT_FOUND, "It does not exist.");
	} else {
		rc = store_err(store, native, reterr);
	}
	(void)sqlite3_reset(stmt);
	return rc;
}

enum rc table_list(struct store *store, const struct table *table, struct where where, void **ret_items,
		   size_t *ret_n, struct err *reterr)
{
	sqlite3_stmt *stmt = NULL;
	size_t n = 0;
	size_t room = 16;
	char *items;
	int native;
	TRY(prepare_select(store, table, where, &stmt, reterr));
	items = mem_array(room, table->size);
	while ((native = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (n == room) {
			room *= 2;
			items = mem_resize(items, room, table->size);
		}
		read_row(stmt, table, items + n++ * table->size);
	}
	(void)sqlite3_reset(stmt);
	if (native != SQLITE_DONE) {
		table_rows_fini(table, items, n);
		return store_err(store, native, reterr);
	}
	*ret_items = items;
	*ret_n = n;
	return RC_OK;
}

enum rc table_count(struct store *store, const struct table *table, struct where where, int64_t *ret,
		    struct err *reterr)
{
	AUTO_BUF(sql, SQL_MAX);
	sqlite3_stmt *stmt = NULL;
	(void)buf_printf(&sql, "SELECT COUNT(*) FROM %s WHERE %s", table->name, where.sql);
	ASSERT(!sql.overflow);
	TRY(prepare_where(store, buf_c(&sql), where, &stmt, reterr));
	int native = sqlite3_step(stmt);
	*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return native == SQLITE_ROW ? RC_OK : store_err(store, native, reterr);
}

enum rc table_delete(struct store *store, const struct table *table, struct where where, struct err *reterr)
{
	AUTO_BUF(sql, SQL_MAX);
	sqlite3_stmt *stmt = NULL;
	(void)buf_printf(&sql, "DELETE FROM %s WHERE %s", table->name, where.sql);
	ASSERT(!sql.overflow);
	TRY(prepare_where(store, buf_c(&sql), where, &stmt, reterr));
	TRY(finish(store, stmt, reterr));
	return store_changes(store) ? RC_OK : err_set(reterr, RC_NOT_FOUND, "It does not exist.");
}

enum rc table_clear(struct store *store, const char *name, const char *tenant, struct err *reterr)
{
	AUTO_BUF(sql, SQL_MAX);
	sqlite3_stmt *stmt = NULL;
	(void)buf_printf(&sql, "DELETE FROM %s WHERE tenant=$1", name);
	TRY(prepare_where(store, buf_c(&sql), WHERE("", TEXT(tenant)), &stmt, reterr));
	return finish(store, stmt, reterr);
}

void table_row_fini(const struct table *table, void *row)
{
	for (size_t i = 0; i < table->n; i++) {
		void *p = member(row, &table->columns[i]);
		/* Rows that were read own their texts and bytes; the members are const for those that only
		 * write. */
		if (table->columns[i].type == COLUMN_TEXT || table->columns[i].type == COLUMN_BLOB) {
			mem_free(*(void **)p);
		}
	}
	memset(row, 0, table->size);
}

void table_rows_fini(const struct table *table, void *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		table_row_fini(table, (char *)items + i * table->size);
	}
	mem_free(items);
}
