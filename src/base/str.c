/* SPDX-License-Identifier: Apache-2.0
 * Looking into slices. */
#include "base/str.h"

#include "base/memory.h"

#include <stdio.h>

void str_lower(char *text)
{
	for (char *p = text; *p; p++) {
		*p = char_lower(*p);
	}
}

void str_upper(char *text)
{
	for (char *p = text; *p; p++) {
		*p = char_upper(*p);
	}
}

bool str_all_of(struct str s, const char *alphabet)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!s.p[i] || !strchr(alphabet, s.p[i])) {
			return false;
		}
	}
	return true;
}

bool str_equal_nocase_bytes(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i] && char_lower(a[i]) != char_lower(b[i])) {
			return false;
		}
	}
	return true;
}

bool str_starts_with(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_equal(str_first(s, prefix.n), prefix);
}

bool str_ends_with(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_equal(str_skip(s, s.n - suffix.n), suffix);
}

static bool is_continued(const uint8_t *p, size_t length)
{
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			return false;
		}
	}
	return true;
}

size_t str_utf8_first(struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	if (s.n == 0) {
		return 0;
	}
	size_t length = p[0] < 0x80   ? 1
			: p[0] < 0xc2 ? 0
			: p[0] < 0xe0 ? 2
			: p[0] < 0xf0 ? 3
			: p[0] < 0xf5 ? 4
				      : 0;
	if (length > s.n || !is_continued(p, length)) {
		return 0;
	}
	bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
	bool surrogate = p[0] == 0xed && p[1] > 0x9f;
	bool too_high = p[0] == 0xf4 && p[1] > 0x8f;
	return overlong || surrogate || too_high ? 0 : length;
}

/* Whether eight bytes are ASCII without NUL, as nearly all are. */
static bool is_plain_eight(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t eight;
	memcpy(&eight, p, sizeof(eight));
	return ((eight | (eight - ones)) & tops) == 0;
}

bool str_is_text(struct str s)
{
	size_t i = 0, n = 0;
	while (s.n - i >= 8 && is_plain_eight(s.p + i)) {
		i += 8;
	}
	for (; i < s.n; i += n) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = c > 0 && c < 0x80;
		n = plain ? 1 : c ? str_utf8_first(str_skip(s, i)) : 0;
		if (n == 0) {
			return false;
		}
	}
	return true;
}

size_t str_find(struct str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
	return hit ? (size_t)(hit - s.p) : s.n;
}

size_t str_find_str(struct str s, struct str needle)
{
	const char *hit = s.n && needle.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return hit ? (size_t)(hit - s.p) : s.n;
}

struct str str_skip(struct str s, size_t from)
{
	return from >= s.n ? (struct str){ s.p ? s.p + s.n : NULL, 0 }
			   : (struct str){ s.p + from, s.n - from };
}

struct str str_first(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0])) {
		s = str_skip(s, 1);
	}
	while (s.n && is_blank(s.p[s.n - 1])) {
		s.n--;
	}
	return s;
}

bool str_split(struct str *s, char c, struct str *ret_head)
{
	if (!s->p) {
		return false;
	}
	size_t at = str_find(*s, c);
	*ret_head = str_first(*s, at);
	*s = at < s->n ? (struct str){ s->p + at + 1, s->n - at - 1 } : STR_NONE;
	return true;
}

void str_free(struct str owned)
{
	mem_free((char *)(uintptr_t)owned.p); /* lint: it is the caller's, who says so */
}

char *str_dup(struct str s)
{
	char *c = mem_alloc(s.n + 1);
	if (s.n) {
		memcpy(c, s.p, s.n);
	}
	return c;
}

enum rc str_parse_uint(struct str s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	if (s.n == 0) {
		return RC_INVALID;
	}
	for (size_t i = 0; i < s.n; i++) {
		if (!char_is_digit(s.p[i])) {
			return RC_INVALID;
		}
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value)) {
			return RC_LIMIT;
		}
	}
	if (value > max) {
		return RC_LIMIT;
	}
	*ret = value;
	return RC_OK;
}

const char *str_printable(struct str s, char *out, size_t size)
{
	size_t used = 0;
	ASSERT(size > 0);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = c >= 0x20 && c < 0x7f && c != '\\';
		if (used + (plain ? 1 : 4) >= size) {
			break;
		}
		if (plain) {
			out[used++] = (char)c;
		} else {
			used += (size_t)snprintf(out + used, size - used, "\\x%02X", c);
		}
	}
	out[used] = '\0';
	return out;
}
