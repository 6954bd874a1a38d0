/* SPDX-License-Identifier: Apache-2.0
 * Reading and checking what requests carry, by the rows of its table. */
#include "model/field.h"

#include "base/encoding.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 1024 /* of what is said to be no name; beyond, it is told to be too long */

const struct field *field_find(const struct object *object, const char *name)
{
	const struct field *field = object->fields;
	while (field->name && strcmp(field->name, name) != 0) {
		field++;
	}
	ASSERT(field->name);
	return field;
}

bool field_goes(const struct object *object, const struct field *field, enum field_way way)
{
	return (object->way == FIELD_BOTH || object->way == way) &&
	       (field->way == FIELD_BOTH || field->way == way);
}

static enum rc invalid(const struct field *field, const char *text, struct err *reterr)
{
	(void)err_set(reterr, RC_INVALID, "%s %s", field->name, text);
	return err_field(reterr, field->name);
}

static enum rc refused(const struct field *field, struct err *reterr)
{
	(void)err_set(reterr, RC_INVALID, "%s", field->refusal);
	return err_field(reterr, field->name);
}

static bool has_control_character(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) {
			return true;
		}
	}
	return false;
}

static bool is_in_class(const char *class, char c)
{
	for (const char *p = class; *p; p++) {
		if (p[1] == '-' && p[2]) {
			if (c >= p[0] && c <= p[2]) {
				return true;
			}
			p += 2;
		} else if (c == *p) {
			return true;
		}
	}
	return false;
}

static bool is_name(const struct field *field, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is_in_class(field->characters, s.p[i])) {
			return false;
		}
	}
	return s.n >= (size_t)field->least && s.n <= (size_t)field->most;
}

static bool is_word(const struct field *field, struct str s)
{
	for (size_t i = 0; field->words[i]; i++) {
		if (str_equal_nocase(s, str_of(field->words[i]))) {
			return true;
		}
	}
	return false;
}

static enum rc check_length(const struct field *field, struct str s, struct err *reterr)
{
	size_t most = field->type == FIELD_NAME ? NAME_MAX_BYTES : (size_t)field->most;
	if (most == 0 || s.n <= most) {
		return RC_OK;
	}
	(void)err_set(reterr, RC_LIMIT, "%s is longer than %zu bytes.", field->name, most);
	return err_field(reterr, field->name);
}

enum rc field_text(const struct field *field, const struct value *input, const char **ret, struct err *reterr)
{
	struct str s = value_get_str(input, field->name);
	bool one_line = field->type == FIELD_NAME || (field->type == FIELD_LINE && field->required);
	*ret = s.p;
	if (s.n == 0 && field->required && field->refusal && field->type == FIELD_CHOICE) {
		return refused(field, reterr);
	}
	if (s.n == 0) {
		return field->required && one_line ? invalid(field, "is missing.", reterr) : RC_OK;
	}
	TRY(check_length(field, s, reterr));
	if (one_line && has_control_character(s)) {
		return invalid(field, "holds a control character.", reterr);
	}
	if (field->type == FIELD_NAME && !is_name(field, s)) {
		return refused(field, reterr);
	}
	if (field->type == FIELD_CHOICE && field->refusal && !is_word(field, s)) {
		return refused(field, reterr);
	}
	return RC_OK;
}

enum rc field_integer(const struct field *field, const struct value *input, int64_t *ret, struct err *reterr)
{
	const struct value *v = value_get(input, field->name);
	uint64_t digits = 0;
	int64_t i = 0;
	if (!v || value_is_null(v)) {
		if (field->required) {
			return invalid(field, "is missing.", reterr);
		}
		*ret = field->initial ? strtoll(field->initial, NULL, 10) : 0;
		return RC_OK;
	}
	if (value_is_int(v)) {
		i = value_to_int(v, 0);
	} else if (value_is_string(v) && str_parse_uint(value_str(v), INT64_MAX, &digits) == RC_OK) {
		i = (int64_t)digits;
	} else {
		return invalid(field, "is no whole number.", reterr);
	}
	if (i < field->least || i > field->most) {
		(void)err_set(reterr, RC_INVALID, "%s has to be between %lld and %lld.", field->name,
			      (long long)field->least, (long long)field->most);
		return err_field(reterr, field->name);
	}
	*ret = i;
	return RC_OK;
}

size_t field_text_most(const struct field *field)
{
	return (size_t)field->most / 3 * 4 + 4096;
}

static enum rc too_large(const struct field *field, struct err *reterr)
{
	(void)err_set(reterr, RC_LIMIT, "%s is larger than %zu bytes.", field->name, (size_t)field->most);
	return err_field(reterr, field->name);
}

static enum rc check_bytes(const struct field *field, const struct value *input, struct err *reterr)
{
	struct str text = value_get_str(input, field->name);
	if (text.n == 0) {
		return field->required ? invalid(field, "is missing.", reterr) : RC_OK;
	}
	return text.n > field_text_most(field) ? too_large(field, reterr) : RC_OK;
}

enum rc field_bytes(const struct field *field, const struct value *input, struct buf *out, struct err *reterr)
{
	struct str text = value_get_str(input, field->name);
	TRY(check_bytes(field, input, reterr));
	if (str_find_str(text, STR("-----BEGIN")) == text.n && base64_decode(out, text, true) == RC_OK) {
		return RC_OK;
	}
	buf_clear(out);
	return buf_add(out, text) ? RC_OK : too_large(field, reterr);
}

/* The others are looked at by those who use them: what is of another kind counts as absent, or is refused
 * there. */
static enum rc field_check(const struct field *field, const struct value *input, struct err *reterr)
{
	const char *text = NULL;
	int64_t i = 0;
	switch (field->type) {
	case FIELD_LINE:
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_CHOICE: return field_text(field, input, &text, reterr);
	case FIELD_INTEGER: return field_integer(field, input, &i, reterr);
	case FIELD_BYTES: return check_bytes(field, input, reterr);
	case FIELD_BOOLEAN:
	case FIELD_BASE64:
	case FIELD_LIST:
	case FIELD_OBJECT:
	case FIELD_TIME:
	case FIELD_ANY: break;
	}
	return RC_OK;
}

static void add_words(const char *const *words, struct buf *out)
{
	for (size_t i = 0; words[i]; i++) {
		buf_printf(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
}

void field_add_limits(const struct field *field, struct buf *out)
{
	if (field->words) {
		add_words(field->words, out);
	} else if (field->type == FIELD_INTEGER) {
		buf_printf(out, "%lld to %lld", (long long)field->least, (long long)field->most);
	} else if (field->type == FIELD_LIST && field->most > 0) {
		buf_printf(out, "at most %lld", (long long)field->most);
	} else if (field->most > 0) {
		buf_printf(out, "at most %lld bytes", (long long)field->most);
	}
}

enum rc object_check(const struct object *object, const struct value *input, struct err *reterr)
{
	for (const struct field *field = object->fields; field->name; field++) {
		if (field_goes(object, field, FIELD_IN)) {
			TRY(field_check(field, input, reterr));
		}
	}
	return RC_OK;
}
