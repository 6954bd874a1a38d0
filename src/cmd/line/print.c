/* SPDX-License-Identifier: Apache-2.0
 * Answers of the server for people: tables, "Title: value" lines, warnings. */
#include "cmd/line/print.h"

#include "base/memory.h"
#include "cmd/line/output.h"

static void text_of(const struct value *v, struct buf *out)
{
	if (value_is_string(v)) {
		buf_add(out, value_str(v));
	} else if (value_is_int(v)) {
		buf_printf(out, "%lld", (long long)value_to_int(v, 0));
	} else if (value_is_bool(v)) {
		buf_add_c(out, value_to_bool(v, false) ? "yes" : "no");
	} else if (value_is_array(v)) {
		for (size_t i = 0; i < value_count(v); i++) {
			buf_add_c(out, i ? ", " : "");
			text_of(value_at(v, i), out);
		}
	} else if (value_is_object(v) && value_format(v, out) != RC_OK) {
		buf_add_c(out, "…");
	}
}

void print_text_of(const struct value *object, const char *path, struct buf *out)
{
	struct str rest = str_of(path), name;
	const struct value *whole =
		value_get(object, path); /* a name that has dots itself, like URL.headers.x */
	if (whole) {
		text_of(whole, out);
		return;
	}
	while (object && str_split(&rest, '.', &name)) {
		AUTO_FREE char *member = str_dup(name);
		object = value_get(object, member);
	}
	text_of(object, out);
}

enum rc print_list(const struct command_line *line, const struct value *list,
		   const struct print_column *columns, struct err *reterr)
{
	const char *titles[16] = { NULL };
	struct output_table table;
	if (command_json(line)) {
		return output_json(list, reterr);
	}
	for (size_t i = 0; columns[i].title && i + 1 < ARRAY_SIZE(titles); i++) {
		titles[i] = columns[i].title;
	}
	output_table_init(&table, titles);
	for (size_t row = 0; row < value_count(list); row++) {
		for (size_t i = 0; titles[i]; i++) {
			AUTO_BUF(text, 65536);
			print_text_of(value_at(list, row), columns[i].member, &text);
			output_table_cell(&table, buf_c(&text));
		}
	}
	output_table_finish(&table);
	return RC_OK;
}

enum rc print_object(const struct command_line *line, const struct value *object,
		     const struct print_column *columns, struct err *reterr)
{
	if (command_json(line)) {
		return output_json(object, reterr);
	}
	for (; columns->title; columns++) {
		AUTO_BUF(text, 65536);
		print_text_of(object, columns->member, &text);
		if (!text.n) {
			continue;
		}
		AUTO_BUF(title, 128);
		buf_printf(&title, "%s:", columns->title);
		output_data("%-16s", buf_c(&title));
		for (const char *p = buf_c(&text); *p; p++) {
			if ((unsigned char)*p < 0x20 && *p != '\n') {
				output_data("\\x%02X", (unsigned char)*p);
			} else {
				output_data("%c", *p);
			}
		}
		output_data("\n");
	}
	return RC_OK;
}

void print_warnings(const struct value *answer)
{
	const struct value *warnings = value_get(answer, "warnings"),
			   *findings = value_get(answer, "findings");
	for (size_t i = 0; i < value_count(warnings); i++) {
		const struct value *w = value_at(warnings, i);
		const char *text = value_c(w) ? value_c(w) : value_get_c(w, "text");
		const char *code = value_get_c(w, "code"), *fix = value_get_c(w, "fix");
		if (text) {
			output_say("%sWarning:%s %s%s%s", output_style_err(OUTPUT_WARN),
				   output_style_err(OUTPUT_PLAIN), code ? code : "", code ? " " : "", text);
		}
		if (text && fix && *fix) {
			output_say("  fix: %s", fix);
		}
	}
	for (size_t i = 0; i < value_count(findings); i++) {
		const struct value *f = value_at(findings, i);
		const char *code = value_get_c(f, "code"), *text = value_get_c(f, "text"),
			   *fix = value_get_c(f, "fix");
		output_say("%s%s%s %s", output_style_err(OUTPUT_WARN), code ? code : "",
			   output_style_err(OUTPUT_PLAIN), text ? text : "");
		if (fix && *fix) {
			output_say("  fix: %s", fix);
		}
	}
}
