/* SPDX-License-Identifier: Apache-2.0
 * A thin coat over jansson: limits, absent as NULL, ownership in the names. */
#include "json/value.h"

#include "base/encoding.h"
#include "base/memory.h"

#include <jansson.h>

/* struct value is jansson's json_t under our name; it is never looked into here. */
static json_t *in(const struct value *v)
{
	return (json_t *)(uintptr_t)v; /* lint: readers of jansson take no const */
}
static struct value *out(json_t *j)
{
	return (struct value *)j;
}
void value_start(void)
{
	json_object_seed(0);
}

static struct value *made(json_t *j)
{
	ASSERT(j);
	return out(j);
}

static bool too_deep(struct str text)
{
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (quoted) {
			if (c == '\\') {
				i++;
			} else if (c == '"') {
				quoted = false;
			}
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > VALUE_MAX_DEPTH) {
				return true;
			}
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

enum rc value_parse(struct value **ret, struct str text, size_t max_bytes, struct err *reterr)
{
	json_error_t why;
	if (text.n > max_bytes || text.n > VALUE_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The JSON text is longer than %zu bytes.", max_bytes);
	}
	if (too_deep(text)) {
		return err_set(reterr, RC_LIMIT, "The JSON text is nested deeper than %d levels.",
			       VALUE_MAX_DEPTH);
	}
	json_t *j = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (!j && json_error_code(&why) == json_error_out_of_memory) {
		return err_set(reterr, RC_LIMIT, "There is no memory for a JSON text of %zu bytes.", text.n);
	}
	if (!j) {
		return err_set(reterr, RC_INVALID, "Not valid JSON: %s (line %d, column %d).", why.text,
			       why.line, why.column);
	}
	*ret = out(j);
	return RC_OK;
}

static int add_to_buf(const char *bytes, size_t n, void *data)
{
	return buf_add(data, str_from(bytes, n)) ? 0 : -1;
}

static enum rc format(const struct value *v, struct buf *b, size_t flags)
{
	return json_dump_callback(in(v), add_to_buf, b, flags | JSON_ENCODE_ANY) == 0 ? RC_OK : RC_LIMIT;
}

enum rc value_format(const struct value *v, struct buf *b)
{
	return format(v, b, JSON_COMPACT);
}

enum rc value_format_pretty(const struct value *v, struct buf *b)
{
	return format(v, b, JSON_INDENT(2));
}

struct value *value_ref(struct value *v)
{
	return out(json_incref(in(v)));
}

void value_free(struct value *v)
{
	json_decref(in(v));
}

struct value *value_object(void)
{
	return made(json_object());
}
struct value *value_array(void)
{
	return made(json_array());
}
struct value *value_int(int64_t i)
{
	return made(json_integer(i));
}
struct value *value_bool(bool b)
{
	return made(json_boolean(b));
}
struct value *value_null(void)
{
	return made(json_null());
}
struct value *value_copy(const struct value *v)
{
	return v ? made(json_deep_copy(in(v))) : NULL;
}

bool value_equal(const struct value *a, const struct value *b)
{
	return a && b ? json_equal(in(a), in(b)) == 1 : a == b;
}

/* Every byte that is no part of valid UTF-8, and NUL, becomes U+FFFD, so that outsider text never breaks an
 * answer. */
static void add_as_text(struct buf *b, struct str s)
{
	for (size_t n; s.n > 0; s = str_skip(s, n ? n : 1)) {
		n = s.p[0] ? str_utf8_first(s) : 0;
		if (n > 0) {
			(void)buf_add(b, str_first(s, n));
		} else {
			(void)buf_add_c(b, "\xEF\xBF\xBD");
		}
	}
}

struct value *value_string(struct str s)
{
	if (str_is_text(s)) {
		return made(json_stringn_nocheck(s.p ? s.p : "", s.n));
	}
	AUTO_BUF(b, s.n * 3 + 1);
	add_as_text(&b, s);
	return made(json_stringn_nocheck(buf_c(&b), b.n));
}

void value_set(struct value *object, const char *name, struct value *take_v)
{
	AUTO_BUF(clean, SIZE_MAX);
	if (!str_is_text(str_of(name))) {
		add_as_text(&clean, str_of(name));
		name = buf_c(&clean);
	}
	int failed = json_object_set_new_nocheck(in(object), name, in(take_v ? take_v : value_null()));
	ASSERT(failed == 0); /* it is an object: whoever takes one from outside has looked */
}
void value_set_str(struct value *object, const char *name, struct str s)
{
	value_set(object, name, value_string(s));
}
void value_set_c(struct value *object, const char *name, const char *s)
{
	value_set(object, name, s ? value_string(str_of(s)) : value_null());
}
void value_set_int(struct value *object, const char *name, int64_t i)
{
	value_set(object, name, value_int(i));
}
void value_set_bool(struct value *object, const char *name, bool b)
{
	value_set(object, name, value_bool(b));
}
void value_set_base64(struct value *object, const char *name, struct str bytes)
{
	AUTO_BUF_SECRET(text, bytes.n * 2 + 8);
	(void)base64_encode(&text, bytes);
	value_set_str(object, name, buf_str(&text));
}

void value_set_wall(struct value *object, const char *name, struct wall w)
{
	char text[WALL_TEXT_SIZE];
	value_set_c(object, name, w.us ? wall_format(w, text) : NULL);
}
void value_remove(struct value *object, const char *name)
{
	(void)json_object_del(in(object), name);
}
void value_append(struct value *array, struct value *take_v)
{
	int failed = json_array_append_new(in(array), in(take_v ? take_v : value_null()));
	ASSERT(failed == 0);
}
void value_append_c(struct value *array, const char *s)
{
	value_append(array, value_string(str_of(s)));
}

bool value_is_object(const struct value *v)
{
	return json_is_object(in(v));
}
bool value_is_array(const struct value *v)
{
	return json_is_array(in(v));
}
bool value_is_string(const struct value *v)
{
	return json_is_string(in(v));
}
bool value_is_int(const struct value *v)
{
	return json_is_integer(in(v));
}
bool value_is_bool(const struct value *v)
{
	return json_is_boolean(in(v));
}
bool value_is_null(const struct value *v)
{
	return json_is_null(in(v));
}

struct value *value_get(const struct value *object, const char *name)
{
	return out(json_object_get(in(object), name));
}
const char *value_c(const struct value *v)
{
	return json_string_value(in(v));
}
struct str value_str(const struct value *v)
{
	return str_from(json_string_value(in(v)), json_string_length(in(v)));
}
int64_t value_to_int(const struct value *v, int64_t otherwise)
{
	return json_is_integer(in(v)) ? json_integer_value(in(v)) : otherwise;
}
bool value_to_bool(const struct value *v, bool otherwise)
{
	return json_is_boolean(in(v)) ? json_is_true(in(v)) : otherwise;
}
const char *value_get_c(const struct value *object, const char *name)
{
	return value_c(value_get(object, name));
}
struct str value_get_str(const struct value *object, const char *name)
{
	return value_str(value_get(object, name));
}
int64_t value_get_int(const struct value *object, const char *name, int64_t otherwise)
{
	return value_to_int(value_get(object, name), otherwise);
}
enum rc value_get_base64(const struct value *object, const char *name, struct buf *out, struct err *reterr)
{
	struct str text = value_get_str(object, name);
	enum rc rc = text.p ? base64_decode(out, text, false) : RC_INVALID;
	if (rc == RC_OK) {
		return RC_OK;
	}
	(void)err_set(reterr, rc, rc == RC_LIMIT ? "%s is too long." : "%s is no base64 text.", name);
	return err_field(reterr, name);
}
bool value_get_bool(const struct value *object, const char *name, bool otherwise)
{
	return value_to_bool(value_get(object, name), otherwise);
}
size_t value_count(const struct value *v)
{
	return json_is_array(in(v))    ? json_array_size(in(v))
	       : json_is_object(in(v)) ? json_object_size(in(v))
				       : 0;
}
struct value *value_at(const struct value *array, size_t i)
{
	return out(json_array_get(in(array), i));
}

static bool is_text(struct str s, struct str text)
{
	return s.p && text.p && str_equal(s, text);
}

struct value *value_find(const struct value *array, const char *member, struct str text)
{
	for (size_t i = 0; i < value_count(array); i++) {
		struct value *one = value_at(array, i);
		if (is_text(value_get_str(one, member), text)) {
			return one;
		}
	}
	return NULL;
}

bool value_has(const struct value *array, struct str text)
{
	for (size_t i = 0; i < value_count(array); i++) {
		if (is_text(value_str(value_at(array, i)), text)) {
			return true;
		}
	}
	return false;
}

bool value_member(const struct value *object, size_t i, const char **ret_name, struct value **ret_member)
{
	json_t *j = in(object);
	void *at = json_object_iter(j);
	for (size_t k = 0; at && k < i; k++) {
		at = json_object_iter_next(j, at);
	}
	if (!at) {
		return false;
	}
	*ret_name = json_object_iter_key(at);
	*ret_member = out(json_object_iter_value(at));
	return true;
}
