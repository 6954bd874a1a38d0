/* SPDX-License-Identifier: Apache-2.0
 * What the files of the nouns share: printing what the server answered, and calls that print. */
#include "cmd/line/noun.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/output.h"

static void text_of(const struct value *v, struct buf *out)
{
	if (value_is_string(v))
		buf_add(out, value_str(v));
	else if (value_is_int(v))
		buf_printf(out, "%lld", (long long)value_to_int(v, 0));
	else if (value_is_bool(v))
		buf_add_c(out, value_to_bool(v, false) ? "yes" : "no");
	else if (value_is_array(v))
		for (size_t i = 0; i < value_count(v); i++) {
			buf_add_c(out, i ? ", " : "");
			text_of(value_at(v, i), out);
		}
	else if (value_is_object(v) && value_format(v, out) != RC_OK)
		buf_add_c(out, "…");
}

void noun_text(const struct value *object, const char *path, struct buf *out)
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

enum rc noun_print_list(const struct command_line *line, const struct value *list,
			const struct noun_column *columns, struct err *reterr)
{
	const char *titles[16] = { NULL };
	struct output_table table;
	if (command_json(line))
		return output_json(list, reterr);
	for (size_t i = 0; columns[i].title && i + 1 < ARRAY_SIZE(titles); i++)
		titles[i] = columns[i].title;
	output_table_init(&table, titles);
	for (size_t row = 0; row < value_count(list); row++)
		for (size_t i = 0; titles[i]; i++) {
			AUTO_BUF(text, 65536);
			noun_text(value_at(list, row), columns[i].member, &text);
			output_table_cell(&table, buf_c(&text));
		}
	output_table_finish(&table);
	return RC_OK;
}

enum rc noun_print_object(const struct command_line *line, const struct value *object,
			  const struct noun_column *columns, struct err *reterr)
{
	if (command_json(line))
		return output_json(object, reterr);
	for (; columns->title; columns++) {
		AUTO_BUF(text, 65536);
		noun_text(object, columns->member, &text);
		if (!text.n)
			continue;
		AUTO_BUF(title, 128);
		buf_printf(&title, "%s:", columns->title);
		output_data("%-16s", buf_c(&title));
		for (const char *p = buf_c(&text); *p; p++)
			if ((unsigned char)*p < 0x20 && *p != '\n')
				output_data("\\x%02X", (unsigned char)*p);
			else
				output_data("%c", *p);
		output_data("\n");
	}
	return RC_OK;
}

enum rc noun_call(struct command_line *line, const char *method, const char *path, const struct value *body,
		  struct value **ret_body, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	TRY(command_client(line, &client, reterr));
	TRY(client_call(client, method, path, body, &answer, reterr));
	if (command_json(line) && answer)
		TRY(output_json(answer, reterr));
	if (ret_body)
		*ret_body = TAKE(answer);
	return RC_OK;
}

enum rc noun_list(struct command_line *line, const char *path, const struct noun_column *columns,
		  struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &answer, reterr));
	return noun_print_list(line, answer, columns, reterr);
}

enum rc noun_get(struct command_line *line, const char *path, const struct noun_column *columns,
		 struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &answer, reterr));
	return noun_print_object(line, answer, columns, reterr);
}

enum rc noun_delete(struct command_line *line, const char *path, const char *kind, const char *name,
		    struct err *reterr)
{
	AUTO_FREE char *shown = output_visible(name);
	TRY(noun_call(line, "DELETE", path, NULL, NULL, reterr));
	output_say("Deleted %s %s.", kind, shown);
	return RC_OK;
}

/* Certificates are pasted with their line breaks, which JSON wants written as \n; the text with those in its strings escaped. */
static void escape_breaks(struct str text, struct buf *out)
{
	bool in_string = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (in_string && c == '\\' && i + 1 < text.n) {
			(void)buf_add(out, str_from(text.p + i++, 2));
			continue;
		}
		in_string ^= c == '"';
		if (in_string && (c == '\n' || c == '\t'))
			(void)buf_add_c(out, c == '\n' ? "\\n" : "\\t");
		else if (!in_string || c != '\r')
			(void)buf_add_char(out, c);
	}
}

static enum rc json_option(const struct command_line *line, const char *name, bool arrays, struct value **ret,
			   struct err *reterr)
{
	AUTO_BUF_SECRET(text, NOUN_FILE_MAX);
	AUTO_BUF_SECRET(escaped, NOUN_FILE_MAX);
	struct err cause = { 0 };
	AUTO_VALUE *v = NULL;
	TRY(command_text(command_option(line, name), NOUN_FILE_MAX, &text, reterr));
	escape_breaks(buf_str(&text), &escaped);
	if (escaped.overflow || value_parse(&v, buf_str(&escaped), NOUN_FILE_MAX, &cause) != RC_OK)
		return command_usage_error(reterr, "The option --%s is no JSON: %s", name, cause.text);
	if (!value_is_object(v) && !(arrays && value_is_array(v)))
		return command_usage_error(reterr, "The option --%s must be a JSON object.", name);
	*ret = TAKE(v);
	return RC_OK;
}

enum rc noun_json_option(const struct command_line *line, const char *name, struct value **ret,
			 struct err *reterr)
{
	return json_option(line, name, false, ret, reterr);
}

enum rc noun_json_array_option(const struct command_line *line, const char *name, struct value **ret,
			       struct err *reterr)
{
	return json_option(line, name, true, ret, reterr);
}

enum rc noun_set_text(struct value *object, const char *member, const char *what, struct str text,
		      struct err *reterr)
{
	if (!str_is_text(text)) {
		(void)err_set(reterr, RC_INVALID, "%s is no UTF-8 text.", what);
		return err_fix(reterr, "`iconv -f LATIN1 -t UTF-8 FILE` writes it as UTF-8.");
	}
	value_set_str(object, member, text);
	return RC_OK;
}

enum rc noun_set_file(struct value *object, const char *member, const char *path, size_t max,
		      struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, max);
	AUTO_BUF_SECRET(text, max * 2 + 16);
	TRY(command_read_file(path, max, &bytes, reterr));
	base64_encode(&text, buf_str(&bytes));
	value_set_str(object, member, buf_str(&text));
	return RC_OK;
}

enum rc noun_set_key_password(const struct command_line *line, struct value *object, const char *member,
			      struct err *reterr)
{
	bool given;
	AUTO_BUF_SECRET(password, 2048);
	TRY(command_password(line, "key-password", NULL, &password, &given, reterr));
	return given ? noun_set_text(object, member, "The key's password", buf_str(&password), reterr)
		     : RC_OK;
}

void noun_say_warnings(const struct value *answer)
{
	const struct value *warnings = value_get(answer, "warnings"),
			   *findings = value_get(answer, "findings");
	for (size_t i = 0; i < value_count(warnings); i++) {
		const struct value *w = value_at(warnings, i);
		const char *text = value_c(w) ? value_c(w) : value_get_c(w, "text");
		const char *code = value_get_c(w, "code"), *fix = value_get_c(w, "fix");
		if (text)
			output_say("%sWarning:%s %s%s%s", output_style_err(OUTPUT_WARN),
				   output_style_err(OUTPUT_PLAIN), code ? code : "", code ? " " : "", text);
		if (text && fix && *fix)
			output_say("  fix: %s", fix);
	}
	for (size_t i = 0; i < value_count(findings); i++) {
		const struct value *f = value_at(findings, i);
		const char *code = value_get_c(f, "code"), *text = value_get_c(f, "text"),
			   *fix = value_get_c(f, "fix");
		output_say("%s%s%s %s", output_style_err(OUTPUT_WARN), code ? code : "",
			   output_style_err(OUTPUT_PLAIN), text ? text : "");
		if (fix && *fix)
			output_say("  fix: %s", fix);
	}
}

enum rc noun_write_out(const struct command_line *line, struct str text, unsigned mode, struct err *reterr)
{
	const char *out = command_option(line, "out");
	if (!out) {
		output_bytes(text);
		return RC_OK;
	}
	TRY(command_write_file(out, text, mode, reterr));
	if (strcmp(out, "-") != 0)
		output_say("Written: %s", out);
	return RC_OK;
}

const char *noun_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}
