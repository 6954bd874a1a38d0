/* SPDX-License-Identifier: Apache-2.0
 * Reading a password's letters anew. */
#include "container/password.h"

#include "base/memory.h"
#include "container/form.h"

#define LETTERS_MAX 4096 /* [bytes] of a password in any way */

/* What Windows-1252 has at 0x80 to 0x9f; 0 where it has nothing. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

/* The next code point of strict UTF-8, at most U+FFFF: what no single byte can be needs no more.
 * False where it is none. */
static bool next_letter(struct str *s, uint32_t *ret)
{
	const uint8_t *p = (const uint8_t *)s->p;
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : 4;
	if (n > s->n || p[0] >= 0xf5 || (p[0] >= 0x80 && p[0] < 0xc2)) {
		return false;
	}
	uint32_t c = n == 1 ? p[0] : n == 2 ? p[0] & 0x1fU : n == 3 ? p[0] & 0x0fU : p[0] & 0x07U;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			return false;
		}
		c = c << 6 | (p[i] & 0x3fU);
	}
	*s = str_skip(*s, n);
	*ret = c;
	return true;
}

static void add_letter(struct buf *out, uint32_t c)
{
	if (c >= 0x800) {
		(void)buf_add_char(out, (char)(0xe0 | c >> 12));
		(void)buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	} else if (c >= 0x80) {
		(void)buf_add_char(out, (char)(0xc0 | c >> 6));
	}
	(void)buf_add_char(out, (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((uint8_t)s.p[i] >= 0x80) {
			return false;
		}
	}
	return true;
}

static bool is_utf8(struct str s)
{
	uint32_t c;
	while (s.n) {
		if (!next_letter(&s, &c)) {
			return false;
		}
	}
	return true;
}

/* One byte a letter; false where a letter has none. */
static bool to_windows_1252(struct str utf8, struct buf *out)
{
	uint32_t c;
	while (utf8.n && next_letter(&utf8, &c)) {
		size_t i = 0;
		while (c > 0xff && i < ARRAY_SIZE(windows_1252) && windows_1252[i] != c) {
			i++;
		}
		if (i == ARRAY_SIZE(windows_1252)) {
			return false;
		}
		(void)buf_add_char(out, (char)(c > 0xff ? 0x80 + i : c));
	}
	return true;
}

/* The UTF-8 of bytes that stand for letters: Windows-1252's, else Latin-1's. */
static void from_bytes(struct str bytes, bool is_windows, struct buf *out)
{
	for (size_t i = 0; i < bytes.n; i++) {
		uint8_t b = (uint8_t)bytes.p[i];
		uint16_t known = is_windows && b >= 0x80 && b < 0xa0 ? windows_1252[b - 0x80] : 0;
		add_letter(out, known ? known : b);
	}
}

static void add_way(struct password_ways *w, struct str text, const char *called)
{
	if (w->n == PASSWORD_MAX_WAYS) {
		return;
	}
	w->items[w->n++] = (struct password_way){ text.p ? str_dup(text) : NULL, text.n, called };
}

static void add_ways(struct password_ways *w, struct str given)
{
	AUTO_BUF_SECRET(other, LETTERS_MAX);
	add_way(w, given, NULL);
	if (is_ascii(given) || given.n > LETTERS_MAX / 3) {
		return;
	}
	if (!is_utf8(given)) {
		from_bytes(given, true, &other);
		add_way(w, buf_str(&other), "as UTF-8");
		return;
	}
	if (to_windows_1252(given, &other)) {
		add_way(w, buf_str(&other), "as Windows-1252 or Latin-1");
	}
	buf_clear(&other);
	from_bytes(given, false, &other);
	add_way(w, buf_str(&other), "with each byte as a letter");
}

void password_ways_init(struct password_ways *w, const struct container_secrets *secrets, bool absent_too)
{
	*w = (struct password_ways){ .is_given = secrets->password.p != NULL };
	if (absent_too && secrets->password.n == 0) {
		add_way(w, STR_NONE, NULL);
		add_way(w, STR(""), NULL);
	} else if (secrets->password.p) {
		add_ways(w, secrets->password);
	}
	w->n_file = w->n;
	if (secrets->key_password.p) {
		add_ways(w, secrets->key_password);
	}
}

void password_ways_fini(struct password_ways *w)
{
	for (size_t i = 0; i < w->n; i++) {
		mem_free_secret(w->items[i].text);
	}
	w->n = 0;
}

/* The order: what fitted last, then the key's own for a key, then the file's, then the rest. */
static size_t order(const struct password_ways *w, bool is_key, size_t ret[PASSWORD_MAX_WAYS])
{
	size_t n = 0;
	size_t first = is_key ? w->n_file : 0;
	if (w->has_fitted && (w->last >= w->n_file) == (is_key && w->n > w->n_file)) {
		ret[n++] = w->last;
	}
	for (size_t i = 0; i < w->n; i++) {
		size_t at = (first + i) % w->n;
		if (n == 0 || ret[0] != at) {
			ret[n++] = at;
		}
	}
	return n;
}

enum rc password_ways_try(struct password_ways *w, struct container *c, bool is_key, password_try try,
			  void *context, struct err *reterr)
{
	size_t at[PASSWORD_MAX_WAYS + 1];
	size_t n = order(w, is_key, at);
	uint64_t allowed = c->iterations ? CONTAINER_MAX_ALL_ITERATIONS / c->iterations : n;
	for (size_t i = 0; i < n && i < (allowed ? allowed : 1); i++) {
		const struct password_way *way = &w->items[at[i]];
		enum rc rc = try(context, way, reterr);
		if (rc == RC_DENIED) {
			continue;
		}
		if (rc != RC_OK) {
			return rc;
		}
		w->last = at[i];
		w->has_fitted = true;
		if (way->called) {
			c->password_called = way->called;
		}
		if (is_key && at[i] >= w->n_file) {
			c->traits |= FORM_KEY_PASSWORD;
		}
		return RC_OK;
	}
	return RC_DENIED;
}
