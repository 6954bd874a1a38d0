/* SPDX-License-Identifier: Apache-2.0
 * What a command prints: data on standard output, talk on standard error, tables for people, JSON for
 * programs. */
#pragma once

#include "json/value.h"

enum output_style { OUTPUT_PLAIN, OUTPUT_BOLD, OUTPUT_DIM, OUTPUT_GOOD, OUTPUT_BAD, OUTPUT_WARN };

/** A table that is printed when it is whole, so that its columns fit. */
struct output_table {
	size_t columns;
	size_t rows;
	char **cells; /* owned, row by row; control characters are shown as \xNN */
};

/** Start a table; titles ends with NULL. */
void output_table_init(struct output_table *t, const char *const titles[]);
/** Add the next cell, NULL as "". */
void output_table_cell(struct output_table *t, const char *text);
/** Print to standard output (nothing but the titles when it has no rows) and give its memory back. */
void output_table_finish(struct output_table *t);

/** Print a JSON value to standard output, indented, with a line break. */
MUST_USE enum rc output_json(const struct value *v, struct err *reterr);
/** Print formatted data to standard output. */
void output_data(const char *fmt, ...) PRINTF_LIKE(1, 2);
/** Write bytes to standard output as they are. */
void output_bytes(struct str bytes);
/** Let what was printed out at once. */
void output_flush(void);
/** Tell the user something on standard error, with a line break. */
void output_say(const char *fmt, ...) PRINTF_LIKE(1, 2);
/** The last line of a command with an obvious next step, on standard error: "Next: ...". */
void output_next(const char *fmt, ...) PRINTF_LIKE(1, 2);
/** Control sequence that starts a style on standard output; "" where it is no terminal or NO_COLOR is set. */
const char *output_style(enum output_style style);
/** The same for standard error. */
const char *output_style_err(enum output_style style);
/** Show colours or not whatever the terminal is (--no-color). */
void output_no_color(void);
/** Text (an outsider's, maybe) with its control characters made visible; UTF-8 stays. Owned by the caller. */
char *output_visible(const char *text);
/** A word as a shell takes it: quoted when it must be. Returns out. */
const char *output_quoted(const char *word, char *out, size_t size);
