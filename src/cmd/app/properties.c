/* SPDX-License-Identifier: Apache-2.0
 * Java properties, the format in which destinations are exported. */
#include "cmd/app/properties.h"

#include "base/encoding.h"
#include "base/memory.h"

#define LINE_MAX_BYTES ((size_t)65536)

/* The UTF-16 unit of XXXX at the front; -1 where there are no four digits. */
static long unit_of(struct str s)
{
	long code = 0;
	if (s.n < 4) {
		return -1;
	}
	for (size_t i = 0; i < 4; i++) {
		int digit = hex_digit(s.p[i]);
		if (digit < 0) {
			return -1;
		}
		code = code * 16 + digit;
	}
	return code;
}

static void add_code_point(struct buf *out, unsigned code)
{
	unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = { 0, 0xC0, 0xE0, 0xF0 };
	buf_add_char(out, (char)(lead[more] | code >> 6 * more));
	while (more-- > 0) {
		buf_add_char(out, (char)(0x80 | (code >> 6 * more & 0x3F)));
	}
}

/* XXXX behind \u, with the second half of a surrogate pair, as UTF-8.
 * What is half a pair is found to be no text later.
 * Returns how much was read. */
static size_t unicode(struct str s, struct buf *out)
{
	long code = unit_of(s), low = -1;
	if (code < 0) {
		return 0;
	}
	if (code >= 0xD800 && code < 0xDC00 && str_starts_with(str_skip(s, 4), STR("\\u"))) {
		low = unit_of(str_skip(s, 6));
	}
	if (low >= 0xDC00 && low < 0xE000) {
		add_code_point(out, 0x10000 + ((unsigned)(code - 0xD800) << 10) + (unsigned)(low - 0xDC00));
		return 10;
	}
	add_code_point(out, (unsigned)code);
	return 4;
}

static void unescape(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\' || i + 1 >= s.n) {
			buf_add_char(out, s.p[i]);
			continue;
		}
		char c = s.p[++i];
		if (c == 'u') {
			i += unicode(str_skip(s, i + 1), out);
		} else {
			buf_add_char(out, c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
		}
	}
}

/* The key ends at the first separator that is not escaped. */
static size_t key_end(struct str line)
{
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\\') {
			i++;
		} else if (line.p[i] == '=' || line.p[i] == ':' || line.p[i] == ' ' || line.p[i] == '\t') {
			return i;
		}
	}
	return line.n;
}

static enum rc parse_line(struct value *object, struct str line, size_t number, struct err *reterr)
{
	AUTO_BUF(key, LINE_MAX_BYTES);
	AUTO_BUF_SECRET(value, LINE_MAX_BYTES);
	size_t end = key_end(line);
	unescape(str_first(line, end), &key);
	struct str rest = str_skip(line, end);
	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t')) {
		rest = str_skip(rest, 1);
	}
	if (rest.n && (rest.p[0] == '=' || rest.p[0] == ':')) {
		rest = str_skip(rest, 1);
	}
	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t')) {
		rest = str_skip(rest, 1);
	}
	unescape(rest, &value);
	if (!key.n || key.overflow || value.overflow) {
		return err_set(reterr, RC_INVALID, "A line of the properties has no key, or is too long.");
	}
	if (!str_is_text(buf_str(&key)) || !str_is_text(buf_str(&value))) {
		return err_set(reterr, RC_INVALID,
			       "Line %zu is no UTF-8 text; a destination's file is properties or JSON.",
			       number);
	}
	value_set_str(object, buf_c(&key), buf_str(&value));
	return RC_OK;
}

/* An odd number of backslashes at the end goes on in the next line. */
static bool goes_on(struct str line)
{
	size_t n = 0;
	while (n < line.n && line.p[line.n - 1 - n] == '\\') {
		n++;
	}
	return n % 2 == 1;
}

enum rc properties_parse(struct value **ret, struct str text, struct err *reterr)
{
	AUTO_VALUE *object = value_object();
	AUTO_BUF_SECRET(whole, LINE_MAX_BYTES);
	struct str line;
	size_t number = 0;
	while (text.p && str_split(&text, '\n', &line)) {
		number++;
		if (line.n && line.p[line.n - 1] == '\r') {
			line.n--;
		}
		while (line.n && (line.p[0] == ' ' || line.p[0] == '\t')) {
			line = str_skip(line, 1);
		}
		if (!whole.n && (!line.n || line.p[0] == '#' || line.p[0] == '!')) {
			continue;
		}
		bool more = goes_on(line);
		buf_add(&whole, str_first(line, more ? line.n - 1 : line.n));
		if (more) {
			continue;
		}
		if (whole.overflow) {
			return err_set(reterr, RC_INVALID, "A line of the properties is too long.");
		}
		TRY(parse_line(object, buf_str(&whole), number, reterr));
		buf_clear(&whole);
	}
	if (whole.n) {
		TRY(parse_line(object, buf_str(&whole), number, reterr));
	}
	*ret = TAKE(object);
	return RC_OK;
}

static void escape(struct str s, bool key, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '\n' || c == '\r' || c == '\t') {
			buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		} else if (c == '\\' || (key && (c == '=' || c == ':' || c == ' ' || c == '#' || c == '!')) ||
			   (!key && i == 0 && c == ' ')) {
			buf_printf(out, "\\%c", c);
		} else {
			buf_add_char(out, c);
		}
	}
}

void properties_format(const struct value *object, struct buf *out)
{
	const char *name;
	struct value *member;
	for (size_t i = 0; value_member(object, i, &name, &member); i++) {
		escape(str_of(name), true, out);
		buf_add_char(out, '=');
		if (value_is_string(member)) {
			escape(value_str(member), false, out);
		} else if (value_format(member, out) != RC_OK) {
			return;
		}
		buf_add_char(out, '\n');
	}
}
