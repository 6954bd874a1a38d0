/* SPDX-License-Identifier: Apache-2.0
 * Rows as structs: one description a table makes insert, get, list and delete. Inside the store only. */
#pragma once

#include "base/clock.h"
#include "base/str.h"
#include "store/engine/statement.h"

#include <stdio.h>

enum column_type {
	COLUMN_TEXT, /* const char *; NULL is SQL NULL */
	COLUMN_BLOB, /* struct str; p NULL is SQL NULL */
	COLUMN_INT,  /* int64_t */
	COLUMN_BOOL, /* bool */
	COLUMN_TIME, /* struct wall; 0 is never */
};

/** A member of the row struct; those that make up the primary key come first. */
struct column {
	const char *name;
	enum column_type type;
	size_t offset;
};

struct table {
	const char *name;
	const struct column *columns;
	size_t n;     /* columns */
	size_t n_key; /* of these, the primary key */
	size_t size;  /* of a row [bytes] */
};

#define COLUMN(row, type, member) \
	{ \
		#member, COLUMN_##type, offsetof(struct row, member) \
	}
#define TABLE(row, sql_name, columns_, n_key_) \
	{ \
		.name = (sql_name), .columns = (columns_), .n = ARRAY_SIZE(columns_), .n_key = (n_key_), \
		.size = sizeof(struct row) \
	}

/** The first n_ columns alone, of a table whose rows are not always wanted whole. */
#define TABLE_FRONT(row, sql_name, columns_, n_, n_key_) \
	{ \
		.name = (sql_name), .columns = (columns_), .n = (n_), .n_key = (n_key_), \
		.size = sizeof(struct row) \
	}

/** A value that a statement is given in the place of $1, $2, ...; borrowed for the call. */
struct parameter {
	const char *text; /* NULL is SQL NULL */
	int64_t number;
	bool is_number;
};
#define TEXT(value_) ((struct parameter){ .text = (value_) })
#define NUMBER(value_) ((struct parameter){ .number = (value_), .is_number = true })

/**
 * Which rows: SQL behind WHERE (static text, may end in ORDER BY and LIMIT) and what stands for $1, $2, ...
 * in it. The SQL is such that SQLite and PostgreSQL both prepare it:
 * tests/integration/test_store_dialect.py tries each statement there is.
 */
struct where {
	const char *sql;
	const struct parameter *params;
	size_t n;
};
#define WHERE(sql_, ...) \
	(struct where) \
	{ \
		(sql_), (const struct parameter[]){ __VA_ARGS__ }, \
			ARRAY_SIZE(((const struct parameter[]){ __VA_ARGS__ })) \
	}

/** What is done with a row whose key is there already. */
enum table_insert { TABLE_REFUSE, TABLE_REPLACE, TABLE_IGNORE };

/** Write a new row. RC_EXISTS a unique value is taken; RC_CONFLICT it refers to nothing; RC_STORE. */
MUST_USE enum rc table_insert(struct store *store, const struct table *table, const void *row,
			      enum table_insert how, struct err *reterr);
/** Change all columns of the row with this key. RC_NOT_FOUND, RC_EXISTS, RC_STORE. */
MUST_USE enum rc table_update(struct store *store, const struct table *table, const void *row,
			      struct err *reterr);
/** The first row; ret_row is table_row_fini()ed by the caller. RC_NOT_FOUND, RC_STORE. */
MUST_USE enum rc table_get(struct store *store, const struct table *table, struct where where, void *ret_row,
			   struct err *reterr);
/** All rows, in an array of rows; table_rows_fini() it. RC_STORE. */
MUST_USE enum rc table_list(struct store *store, const struct table *table, struct where where,
			    void **ret_items, size_t *ret_n, struct err *reterr);
/** How many rows. RC_STORE. */
MUST_USE enum rc table_count(struct store *store, const struct table *table, struct where where, int64_t *ret,
			     struct err *reterr);
/** Delete. RC_NOT_FOUND when there was none; RC_CONFLICT when others refer to it; RC_STORE. */
MUST_USE enum rc table_delete(struct store *store, const struct table *table, struct where where,
			      struct err *reterr);
/** Free what a row read from the table owns and zero it. */
void table_row_fini(const struct table *table, void *row);
/** Free an array of rows. */
void table_rows_fini(const struct table *table, void *items, size_t n);

/** Rows of one table that a subaccount has: all are deleted.
 * RC_CONFLICT when others refer to them; RC_STORE, RC_AWAY. */
MUST_USE enum rc table_clear(struct store *store, const char *name, const char *tenant, struct err *reterr);
