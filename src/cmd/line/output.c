/* SPDX-License-Identifier: Apache-2.0
 * Tables that fit, colours where they are wanted, and the two streams kept apart. */
#include "cmd/line/output.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

static bool no_color;

void output_no_color(void)
{
	no_color = true;
}

static const char *style_on(int fd, enum output_style style)
{
	static const char *const codes[] = {
		[OUTPUT_PLAIN] = "\033[0m", [OUTPUT_BOLD] = "\033[1m", [OUTPUT_DIM] = "\033[2m",
		[OUTPUT_GOOD] = "\033[32m", [OUTPUT_BAD] = "\033[31m", [OUTPUT_WARN] = "\033[33m",
	};
	const char *environment = getenv("NO_COLOR");
	if (no_color || (environment && *environment) || !isatty(fd)) {
		return "";
	}
	return codes[style];
}

const char *output_style(enum output_style style)
{
	return style_on(STDOUT_FILENO, style);
}

const char *output_style_err(enum output_style style)
{
	return style_on(STDERR_FILENO, style);
}

char *output_visible(const char *text)
{
	AUTO_BUF(out, 65536);
	for (const char *p = text ? text : ""; *p; p++) {
		unsigned char c = (unsigned char)*p;
		/* C1 controls are two bytes in UTF-8: C2 80 to C2 9F. */
		bool c1 = c == 0xC2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] <= 0x9F;
		if (c < 0x20 || c == 0x7F || c1) {
			buf_printf(&out, "\\x%02X", c);
		} else {
			buf_add_char(&out, *p);
		}
	}
	return mem_strdup(buf_c(&out));
}

/* Display width [columns] of UTF-8 text; bytes that are none count one each. */
static size_t width_of(const char *text)
{
	size_t width = 0;
	mbstate_t state = { 0 };
	while (*text) {
		wchar_t wide;
		size_t n = mbrtowc(&wide, text, MB_CUR_MAX, &state);
		if (n == 0) {
			break;
		}
		if (n == (size_t)-1 || n == (size_t)-2) {
			memset(&state, 0, sizeof(state));
			text++;
			width++;
			continue;
		}
		int columns = wcwidth(wide);
		width += columns > 0 ? (size_t)columns : 0;
		text += n;
	}
	return width;
}

void output_table_init(struct output_table *t, const char *const titles[])
{
	*t = (struct output_table){ 0 };
	while (titles[t->columns]) {
		t->columns++;
	}
	for (size_t i = 0; i < t->columns; i++) {
		output_table_cell(t, titles[i]);
	}
}

/* rows counts cells until the table is finished. */
void output_table_cell(struct output_table *t, const char *text)
{
	t->cells = mem_resize(t->cells, t->rows + 1, sizeof(*t->cells));
	t->cells[t->rows++] = output_visible(text);
}

static void table_row(const struct output_table *t, const size_t *widths, size_t from)
{
	bool title = from == 0;
	if (title) {
		output_bytes(str_of(output_style(OUTPUT_BOLD)));
	}
	for (size_t c = 0; c < t->columns && from + c < t->rows; c++) {
		const char *cell = t->cells[from + c];
		size_t pad = widths[c] - width_of(cell);
		bool last = c + 1 == t->columns;
		printf("%s%*s", cell, last ? 0 : (int)pad + 2, "");
	}
	if (title) {
		output_bytes(str_of(output_style(OUTPUT_PLAIN)));
	}
	putchar('\n');
}

void output_table_finish(struct output_table *t)
{
	size_t *widths = mem_array(t->columns ? t->columns : 1, sizeof(size_t));
	for (size_t i = 0; i < t->rows; i++) {
		size_t width = width_of(t->cells[i]);
		if (width > widths[i % t->columns]) {
			widths[i % t->columns] = width;
		}
	}
	for (size_t i = 0; i < t->rows; i += t->columns) {
		table_row(t, widths, i);
	}
	for (size_t i = 0; i < t->rows; i++) {
		mem_free(t->cells[i]);
	}
	mem_free(t->cells);
	mem_free(widths);
	*t = (struct output_table){ 0 };
}

enum rc output_json(const struct value *v, struct err *reterr)
{
	AUTO_BUF_SECRET(text, VALUE_MAX_BYTES * 2);
	if (value_format_pretty(v, &text) != RC_OK) {
		return err_set(reterr, RC_LIMIT, "The answer is too large to print.");
	}
	output_bytes(buf_str(&text));
	putchar('\n');
	return RC_OK;
}

void output_bytes(struct str bytes)
{
	if (bytes.n) {
		fwrite(bytes.p, 1, bytes.n, stdout);
	}
}

void output_data(const char *fmt, ...)
{
	va_list list;
	va_start(list, fmt);
	vprintf(fmt, list);
	va_end(list);
}

void output_flush(void)
{
	fflush(stdout);
}

void output_say(const char *fmt, ...)
{
	va_list list;
	va_start(list, fmt);
	vfprintf(stderr, fmt, list);
	va_end(list);
	fputc('\n', stderr);
}

void output_next(const char *fmt, ...)
{
	va_list list;
	fflush(stdout);
	va_start(list, fmt);
	fputs("Next: ", stderr);
	vfprintf(stderr, fmt, list);
	va_end(list);
	fputc('\n', stderr);
}

const char *output_quoted(const char *word, char *out, size_t size)
{
	static const char plain[] = CHAR_LETTERS_DIGITS "_-./:=,@%+";
	if (*word && strspn(word, plain) == strlen(word)) {
		snprintf(out, size, "%s", word);
		return out;
	}
	AUTO_BUF(quoted, size);
	buf_add_char(&quoted, '\'');
	for (const char *p = word; *p; p++) {
		if (*p == '\'') {
			buf_add_c(&quoted, "'\\''");
		} else {
			buf_add_char(&quoted, *p);
		}
	}
	buf_add_char(&quoted, '\'');
	snprintf(out, size, "%s", buf_c(&quoted));
	return out;
}
