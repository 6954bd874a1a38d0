/* SPDX-License-Identifier: Apache-2.0
 * Java properties, the format in which destinations are exported. */
#include "cmd/properties.h"

#include "base/encoding.h"
#include "base/memory.h"

#define LINE_MAX_BYTES ((size_t)65536)

/* \uXXXX of the basic plane as UTF-8. */
static size_t unicode(struct str s, struct buf *out)
{
	unsigned code = 0;
	if (s.n < 4)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		int digit = hex_digit(s.p[i]);
		if (digit < 0)
			return 0;
		code = code * 16 + (unsigned)digit;
	}
	if (code < 0x80) {
		buf_add_char(out, (char)code);
	} else if (code < 0x800) {
		buf_add_char(out, (char)(0xC0 | code >> 6));
		buf_add_char(out, (char)(0x80 | (code & 0x3F)));
	} else {
		buf_add_char(out, (char)(0xE0 | code >> 12));
		buf_add_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
		buf_add_char(out, (char)(0x80 | (code & 0x3F)));
	}
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
		if (c == 'u')
			i += unicode(str_skip(s, i + 1), out);
		else
			buf_add_char(out, c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
	}
}

/* The key ends at the first separator that is not escaped. */
static size_t key_end(struct str line)
{
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\\')
			i++;
		else if (line.p[i] == '=' || line.p[i] == ':' || line.p[i] == ' ' || line.p[i] == '\t')
			return i;
	}
	return line.n;
}

static enum rc parse_line(struct value *object, struct str line, struct err *reterr)
{
	AUTO_BUF(key, LINE_MAX_BYTES);
	AUTO_BUF_SECRET(value, LINE_MAX_BYTES);
	size_t end = key_end(line);
	unescape(str_first(line, end), &key);
	struct str rest = str_skip(line, end);
	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		rest = str_skip(rest, 1);
	if (rest.n && (rest.p[0] == '=' || rest.p[0] == ':'))
		rest = str_skip(rest, 1);
	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		rest = str_skip(rest, 1);
	unescape(rest, &value);
	if (!key.n || key.overflow || value.overflow)
		return err_set(reterr, RC_INVALID, "A line of the properties has no key, or is too long.");
	value_set_str(object, buf_c(&key), buf_str(&value));
	return RC_OK;
}

/* An odd number of backslashes at the end goes on in the next line. */
static bool goes_on(struct str line)
{
	size_t n = 0;
	while (n < line.n && line.p[line.n - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

enum rc properties_parse(struct value **ret, struct str text, struct err *reterr)
{
	AUTO_VALUE *object = value_object();
	AUTO_BUF_SECRET(whole, LINE_MAX_BYTES);
	struct str line;
	while (text.p && str_split(&text, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
			line = str_skip(line, 1);
		if (!whole.n && (!line.n || line.p[0] == '#' || line.p[0] == '!'))
			continue;
		bool more = goes_on(line);
		buf_add(&whole, str_first(line, more ? line.n - 1 : line.n));
		if (more)
			continue;
		if (whole.overflow)
			return err_set(reterr, RC_INVALID, "A line of the properties is too long.");
		TRY(parse_line(object, buf_str(&whole), reterr));
		buf_clear(&whole);
	}
	if (whole.n)
		TRY(parse_line(object, buf_str(&whole), reterr));
	*ret = TAKE(object);
	return RC_OK;
}

static void escape(struct str s, bool key, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '\n' || c == '\r' || c == '\t')
			buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c == '\\' || (key && (c == '=' || c == ':' || c == ' ' || c == '#' || c == '!')) ||
			 (!key && i == 0 && c == ' '))
			buf_printf(out, "\\%c", c);
		else
			buf_add_char(out, c);
	}
}

void properties_format(const struct value *object, struct buf *out)
{
	const char *name;
	struct value *member;
	for (size_t i = 0; value_member(object, i, &name, &member); i++) {
		escape(str_of(name), true, out);
		buf_add_char(out, '=');
		if (value_is_string(member))
			escape(value_str(member), false, out);
		else if (value_format(member, out) != RC_OK)
			return;
		buf_add_char(out, '\n');
	}
}
