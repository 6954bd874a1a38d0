/* SPDX-License-Identifier: Apache-2.0
 * The two text formats inside a bundle: Java properties and the manifest. */
#include "flow/bundle/bundle_text.h"

#define MAX_TEXT ((size_t)1024 * 1024)
#define MAX_KEY 512
#define MAX_ENTRIES 5000

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f';
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/** Set a member whose name may be any bytes: those that are no UTF-8 become U+FFFD, as in values. */
static void set_text(struct value *object, struct str name, struct str text)
{
	AUTO_VALUE *clean = value_string(name);
	value_set_str(object, value_c(clean), text);
}

/** Cursor over properties text. */
struct cursor {
	struct str text;
	size_t at;
};

static bool at_end(const struct cursor *c)
{
	return c->at >= c->text.n;
}

static char peek(const struct cursor *c)
{
	return c->text.p[c->at];
}

static void skip_line_end(struct cursor *c)
{
	if (!at_end(c) && peek(c) == '\r') {
		c->at++;
	}
	if (!at_end(c) && peek(c) == '\n') {
		c->at++;
	}
}

static void skip_blanks(struct cursor *c)
{
	while (!at_end(c) && is_blank(peek(c))) {
		c->at++;
	}
}

/** Over a backslash before a line end and the blanks that open the next line. False when there is none. */
static bool skip_continuation(struct cursor *c)
{
	if (peek(c) != '\\' || c->at + 1 >= c->text.n || !is_line_end(c->text.p[c->at + 1])) {
		return false;
	}
	c->at++;
	if (peek(c) == '\r' && c->at + 1 < c->text.n && c->text.p[c->at + 1] == '\n') {
		c->at++;
	}
	c->at++;
	skip_blanks(c);
	return true;
}

static bool add_utf8(struct buf *out, unsigned u)
{
	if (u < 0x80) {
		return buf_add_char(out, (char)u);
	}
	if (u < 0x800) {
		return buf_add_char(out, (char)(0xC0 | (u >> 6))) &&
		       buf_add_char(out, (char)(0x80 | (u & 0x3F)));
	}
	if (u < 0x10000) {
		return buf_add_char(out, (char)(0xE0 | (u >> 12))) &&
		       buf_add_char(out, (char)(0x80 | ((u >> 6) & 0x3F))) &&
		       buf_add_char(out, (char)(0x80 | (u & 0x3F)));
	}
	return buf_add_char(out, (char)(0xF0 | (u >> 18))) &&
	       buf_add_char(out, (char)(0x80 | ((u >> 12) & 0x3F))) &&
	       buf_add_char(out, (char)(0x80 | ((u >> 6) & 0x3F))) &&
	       buf_add_char(out, (char)(0x80 | (u & 0x3F)));
}

/** The four digits behind a "\u"; the cursor stands at the first of them. */
static bool read_unit(struct cursor *c, unsigned *ret)
{
	unsigned unit = 0;
	if (c->text.n - c->at < 4) {
		return false;
	}
	for (int i = 0; i < 4; i++) {
		char d = c->text.p[c->at + (size_t)i];
		unsigned digit;
		if (char_is_digit(d)) {
			digit = (unsigned)(d - '0');
		} else if (char_is_hex(d)) {
			digit = (unsigned)(char_lower(d) - 'a') + 10;
		} else {
			return false;
		}
		unit = unit * 16 + digit;
	}
	c->at += 4;
	*ret = unit;
	return true;
}

static bool read_unicode(struct cursor *c, struct buf *out)
{
	unsigned unit, low;
	if (!read_unit(c, &unit)) {
		return false;
	}
	if (unit >= 0xD800 && unit < 0xDC00 && c->text.n - c->at >= 6 && peek(c) == '\\' &&
	    c->text.p[c->at + 1] == 'u') {
		c->at += 2;
		if (!read_unit(c, &low) || low < 0xDC00 || low > 0xDFFF) {
			return false;
		}
		unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
	}
	return unit != 0 && (unit < 0xD800 || unit > 0xDFFF) && add_utf8(out, unit);
}

static bool read_escape(struct cursor *c, struct buf *out)
{
	char e;
	if (++c->at >= c->text.n) {
		return true;
	}
	e = peek(c);
	c->at++;
	switch (e) {
	case 'u': return read_unicode(c, out);
	case 'n': return buf_add_char(out, '\n');
	case 't': return buf_add_char(out, '\t');
	case 'r': return buf_add_char(out, '\r');
	case 'f': return buf_add_char(out, '\f');
	default: return buf_add_char(out, e);
	}
}

/** Read a key (up to its separator) or a value (up to the end of the logical line), escapes undone. */
static enum rc read_part(struct cursor *c, bool is_key, struct buf *out, struct err *reterr)
{
	while (!at_end(c) && !is_line_end(peek(c))) {
		char now = peek(c);
		if (skip_continuation(c)) {
			continue;
		}
		if (is_key && (now == '=' || now == ':' || is_blank(now))) {
			break;
		}
		if (now == '\\') {
			if (!read_escape(c, out)) {
				return err_set(
					reterr, RC_INVALID,
					"The parameters have a malformed escape or a text that is too long.");
			}
			continue;
		}
		if (now == '\0' || !buf_add_char(out, now)) {
			return err_set(reterr, RC_INVALID,
				       "The parameters have a NUL byte or a text that is too long.");
		}
		c->at++;
	}
	return RC_OK;
}

static void skip_separator(struct cursor *c)
{
	skip_blanks(c);
	while (!at_end(c) && skip_continuation(c)) {
	}
	if (!at_end(c) && (peek(c) == '=' || peek(c) == ':')) {
		c->at++;
		skip_blanks(c);
	}
}

static void skip_comment(struct cursor *c)
{
	while (!at_end(c) && !is_line_end(peek(c))) {
		c->at++;
	}
}

enum rc bundle_parse_properties(struct str text, struct value **ret, struct err *reterr)
{
	struct cursor c = { .text = text };
	AUTO_VALUE *object = value_object();
	size_t n = 0;
	if (text.n > MAX_TEXT) {
		return err_set(reterr, RC_LIMIT, "The parameters are larger than 1 MiB.");
	}
	if (str_starts_with(text, STR("\xEF\xBB\xBF"))) {
		c.at = 3;
	}
	while (!at_end(&c)) {
		AUTO_BUF(key, MAX_KEY);
		AUTO_BUF(value, MAX_TEXT);
		skip_blanks(&c);
		if (at_end(&c)) {
			break;
		}
		if (is_line_end(peek(&c))) {
			skip_line_end(&c);
			continue;
		}
		if (peek(&c) == '#' || peek(&c) == '!') {
			skip_comment(&c);
			continue;
		}
		TRY(read_part(&c, true, &key, reterr));
		skip_separator(&c);
		TRY(read_part(&c, false, &value, reterr));
		if (++n > MAX_ENTRIES) {
			return err_set(reterr, RC_LIMIT, "There are more than %d parameters.", MAX_ENTRIES);
		}
		set_text(object, buf_str(&key), buf_str(&value));
	}
	*ret = TAKE(object);
	return RC_OK;
}

/** Add the entry in line ("Name: value") to object. */
static enum rc add_entry(struct value *object, struct str line, struct err *reterr)
{
	size_t at = str_find(line, ':');
	if (at == 0 || at >= line.n || at > MAX_KEY || str_find(line, '\0') < line.n) {
		return err_set(reterr, RC_INVALID, "The manifest has a line without \"Name: value\".");
	}
	set_text(object, str_first(line, at), str_trim(str_skip(line, at + 1)));
	return RC_OK;
}

/** Next line without its end; CRLF, LF and CR all count. False when none is left. */
static bool next_line(struct str *text, struct str *ret)
{
	size_t i = 0;
	if (text->n == 0) {
		return false;
	}
	while (i < text->n && !is_line_end(text->p[i])) {
		i++;
	}
	*ret = str_first(*text, i);
	if (i + 1 < text->n && text->p[i] == '\r' && text->p[i + 1] == '\n') {
		i++;
	}
	*text = str_skip(*text, i < text->n ? i + 1 : i);
	return true;
}

enum rc bundle_parse_manifest(struct str text, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *object = value_object();
	AUTO_BUF(entry, MAX_TEXT);
	struct str line;
	if (text.n > MAX_TEXT) {
		return err_set(reterr, RC_LIMIT, "The manifest is larger than 1 MiB.");
	}
	if (str_starts_with(text, STR("\xEF\xBB\xBF"))) {
		text = str_skip(text, 3);
	}
	/* An empty line ends the main section; the sections behind it describe single files. */
	while (next_line(&text, &line) && line.n > 0) {
		if (line.p[0] == ' ') {
			if (entry.n == 0) {
				return err_set(reterr, RC_INVALID,
					       "The manifest begins with a continuation line.");
			}
			(void)buf_add(&entry, str_skip(line, 1));
			continue;
		}
		if (entry.n > 0) {
			TRY(add_entry(object, buf_str(&entry), reterr));
		}
		buf_clear(&entry);
		(void)buf_add(&entry, line);
	}
	if (entry.n > 0) {
		TRY(add_entry(object, buf_str(&entry), reterr));
	}
	*ret = TAKE(object);
	return RC_OK;
}

void bundle_escape_property(struct buf *out, struct str s, bool is_key)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		switch (c) {
		case '\n': (void)buf_add_c(out, "\\n"); break;
		case '\r': (void)buf_add_c(out, "\\r"); break;
		case '\t': (void)buf_add_c(out, "\\t"); break;
		case ' ': (void)buf_add_c(out, is_key || i == 0 ? "\\ " : " "); break;
		case '\\':
		case '=':
		case ':':
		case '#':
		case '!':
			(void)buf_add_char(out, '\\'); /* fall through */
			__attribute__((fallthrough));
		default: (void)buf_add_char(out, c);
		}
	}
}
