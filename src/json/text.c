/* SPDX-License-Identifier: Apache-2.0
 * JSON without a tree. */
#include "json/text.h"

#define REPLACEMENT STR("\xEF\xBF\xBD")
#define NUMBER_SIZE 24

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void add_escaped(struct buf *out, uint8_t c)
{
	static const char hex[] = CHAR_DIGITS "abcdef";
	const char escape[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	if (c == '"' || c == '\\') {
		const char short_escape[] = { '\\', (char)c };
		(void)buf_add(out, str_from(short_escape, 2));
	} else if (c == '\0') {
		(void)buf_add(out, REPLACEMENT);
	} else {
		(void)buf_add(out, str_from(escape, sizeof(escape)));
	}
}

void json_text_string(struct buf *out, struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	(void)buf_add_char(out, '"');
	for (size_t i = 0; i < s.n;) {
		size_t n = 0;
		while (i + n < s.n && is_plain(p[i + n])) {
			n++;
		}
		if (n == 0 && p[i] >= 0x80) {
			n = str_utf8_first(str_skip(s, i));
		}
		if (n > 0) {
			(void)buf_add(out, str_from(p + i, n));
			i += n;
		} else if (p[i] >= 0x80) {
			(void)buf_add(out, REPLACEMENT);
			i++;
		} else {
			add_escaped(out, p[i++]);
		}
	}
	(void)buf_add_char(out, '"');
}

static void begin_member(struct buf *out, const char *name)
{
	char last = out->n ? out->p[out->n - 1] : '{';
	if (last != '{' && last != '[') {
		(void)buf_add_char(out, ',');
	}
	(void)buf_add_char(out, '"');
	(void)buf_add_c(out, name);
	(void)buf_add(out, STR("\":"));
}

void json_text_member(struct buf *out, const char *name, struct str text)
{
	begin_member(out, name);
	json_text_string(out, text);
}

void json_text_member_int(struct buf *out, const char *name, int64_t number)
{
	char digits[NUMBER_SIZE];
	size_t at = sizeof(digits);
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0) {
		digits[--at] = '-';
	}
	begin_member(out, name);
	(void)buf_add(out, str_from(digits + at, sizeof(digits) - at));
}

void json_text_member_bool(struct buf *out, const char *name, bool value)
{
	begin_member(out, name);
	(void)buf_add_c(out, value ? "true" : "false");
}

void json_text_member_json(struct buf *out, const char *name, struct str json)
{
	begin_member(out, name);
	(void)buf_add(out, json.n ? json : STR("{}"));
}
