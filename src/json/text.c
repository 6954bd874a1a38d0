/* SPDX-License-Identifier: Apache-2.0
 * JSON without a tree. */
#include "json/text.h"

#define REPLACEMENT STR("\xEF\xBF\xBD")
#define NUMBER_SIZE 24

/* Length of the well-formed UTF-8 sequence at the front, 0 where there is none. Source: Unicode 15, table 3-7. */
static size_t sequence(const uint8_t *p, size_t n)
{
	size_t length = p[0] < 0x80   ? 1
			: p[0] < 0xc2 ? 0
			: p[0] < 0xe0 ? 2
			: p[0] < 0xf0 ? 3
			: p[0] < 0xf5 ? 4
				      : 0;
	if (length == 0 || length > n) {
		return 0;
	}
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
	bool surrogate = p[0] == 0xed && p[1] > 0x9f;
	bool too_high = p[0] == 0xf4 && p[1] > 0x8f;
	return overlong || surrogate || too_high ? 0 : length;
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void add_escaped(struct buf *out, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
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
			n = sequence(p + i, s.n - i);
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
