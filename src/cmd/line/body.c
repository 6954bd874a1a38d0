/* SPDX-License-Identifier: Apache-2.0
 * Members of what is sent to the server: from options, from files. */
#include "cmd/line/body.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "cmd/line/input.h"

/* Certificates are pasted with their line breaks, which JSON wants written as \n;
 * the text with those in its strings escaped. */
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
		if (in_string && (c == '\n' || c == '\t')) {
			(void)buf_add_c(out, c == '\n' ? "\\n" : "\\t");
		} else if (!in_string || c != '\r') {
			(void)buf_add_char(out, c);
		}
	}
}

static enum rc json_option(const struct command_line *line, const char *name, bool arrays, struct value **ret,
			   struct err *reterr)
{
	AUTO_BUF_SECRET(text, BODY_FILE_MAX);
	AUTO_BUF_SECRET(escaped, BODY_FILE_MAX);
	struct err cause = { 0 };
	AUTO_VALUE *v = NULL;
	TRY(command_text(command_option(line, name), BODY_FILE_MAX, &text, reterr));
	escape_breaks(buf_str(&text), &escaped);
	if (escaped.overflow || value_parse(&v, buf_str(&escaped), BODY_FILE_MAX, &cause) != RC_OK) {
		return command_usage_error(reterr, "The option --%s is no JSON: %s", name, cause.text);
	}
	if (!value_is_object(v) && !(arrays && value_is_array(v))) {
		return command_usage_error(reterr, "The option --%s must be a JSON object.", name);
	}
	*ret = TAKE(v);
	return RC_OK;
}

enum rc body_json_option(const struct command_line *line, const char *name, struct value **ret,
			 struct err *reterr)
{
	return json_option(line, name, false, ret, reterr);
}

enum rc body_json_array_option(const struct command_line *line, const char *name, struct value **ret,
			       struct err *reterr)
{
	return json_option(line, name, true, ret, reterr);
}

enum rc body_set_text(struct value *object, const char *member, const char *what, struct str text,
		      struct err *reterr)
{
	if (!str_is_text(text)) {
		(void)err_set(reterr, RC_INVALID, "%s is no UTF-8 text.", what);
		return err_fix(reterr, "`iconv -f LATIN1 -t UTF-8 FILE` writes it as UTF-8.");
	}
	value_set_str(object, member, text);
	return RC_OK;
}

enum rc body_set_file(struct value *object, const char *member, const char *path, size_t max,
		      struct err *reterr)
{
	AUTO_BUF_SECRET(bytes, max);
	AUTO_BUF_SECRET(text, max * 2 + 16);
	TRY(command_read_file(path, max, &bytes, reterr));
	base64_encode(&text, buf_str(&bytes));
	value_set_str(object, member, buf_str(&text));
	return RC_OK;
}

enum rc body_set_key_password(const struct command_line *line, struct value *object, const char *member,
			      struct err *reterr)
{
	bool given;
	AUTO_BUF_SECRET(password, 2048);
	TRY(command_password(line, "key-password", NULL, &password, &given, reterr));
	return given ? body_set_text(object, member, "The key's password", buf_str(&password), reterr)
		     : RC_OK;
}

static enum rc set_number(struct value *object, const struct command_option *option,
			  const struct field *field, const char *text, struct err *reterr)
{
	uint64_t number;
	if (str_parse_uint(str_of(text), (uint64_t)field->most, &number) != RC_OK ||
	    number < (uint64_t)field->least) {
		return command_usage_error(reterr, "The option --%s takes a number from %lld to %lld.",
					   option->name, (long long)field->least, (long long)field->most);
	}
	value_set_int(object, field->name, (int64_t)number);
	return RC_OK;
}

static enum rc set_word(struct value *object, const struct command_option *option, const struct field *field,
			const char *text, struct err *reterr)
{
	AUTO_BUF(words, 256);
	for (size_t i = 0; field->words[i]; i++) {
		if (str_equal_nocase(str_of(text), str_of(field->words[i]))) {
			value_set_c(object, field->name, field->words[i]);
			return RC_OK;
		}
	}
	field_add_limits(field, &words);
	return command_usage_error(reterr, "The option --%s is %s.", option->name, buf_c(&words));
}

static enum rc set_text(struct value *object, const struct command_option *option, const struct field *field,
			const char *text, struct err *reterr)
{
	AUTO_FREE char *what = mem_printf("The option --%s", option->name);
	return body_set_text(object, field->name, what, str_of(text), reterr);
}

static void set_list(struct value *object, const struct command_line *line,
		     const struct command_option *option, const struct field *field)
{
	struct value *list = value_array();
	const char *one;
	for (size_t i = 0; (one = command_option_at(line, option->name, i)); i++) {
		value_append_c(list, one);
	}
	value_set(object, field->name, list);
}

static enum rc set_option(struct value *object, const struct command_line *line,
			  const struct command_option *option, const struct field *field, struct err *reterr)
{
	const char *text = option->argument ? command_option(line, option->name) : NULL;
	if (!option->argument && command_flag(line, option->name)) {
		value_set_bool(object, field->name, true);
	}
	if (!text) {
		return RC_OK;
	}
	if (field->type == FIELD_INTEGER) {
		return set_number(object, option, field, text, reterr);
	}
	if (field->type == FIELD_CHOICE) {
		return set_word(object, option, field, text, reterr);
	}
	if (field->type != FIELD_LIST) {
		return set_text(object, option, field, text, reterr);
	}
	set_list(object, line, option, field);
	return RC_OK;
}

enum rc body_set_options(struct value *object, const struct command_line *line, struct err *reterr)
{
	const struct command_option *option = command_row(line)->options;
	for (; option && option->name; option++) {
		const struct field *field = command_option_field(option);
		if (field) {
			TRY(set_option(object, line, option, field, reterr));
		}
	}
	return RC_OK;
}
