/* SPDX-License-Identifier: Apache-2.0
 * Two names are the same when a person would say so. */
#include "model/dn.h"

#include "base/encoding.h"
#include "base/memory.h"

#include <stdlib.h>

/* Most attributes of one part that are put into an order; more stay as they stand. */
#define MAX_ATTRIBUTES 16
/* Control characters do not survive folding, so these stand in no value. */
#define END_OF_PART '\n'
#define END_OF_ATTRIBUTE '\t'

/* Cut the first part off *rest, up to an unescaped separator outside quotes; false when nothing is left. */
static bool next_part(struct str *rest, char separator, struct str *ret)
{
	bool quoted = false;
	size_t i;
	if (!rest->p) {
		return false;
	}
	for (i = 0; i < rest->n; i++) {
		char c = rest->p[i];
		if (c == '\\' && i + 1 < rest->n) {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (!quoted && (c == separator || (separator == ',' && c == ';'))) {
			break;
		}
	}
	*ret = str_first(*rest, i);
	*rest = i < rest->n ? str_skip(*rest, i + 1) : STR_NONE;
	return true;
}

static struct str canonical_type(struct str type)
{
	static const struct {
		const char *from, *to;
	} aliases[] = {
		{ "S", "ST" },
		{ "SP", "ST" },
		{ "E", "emailAddress" },
		{ "EMAIL", "emailAddress" },
		{ "1.2.840.113549.1.9.1", "emailAddress" },
		{ "2.5.4.3", "CN" },
		{ "commonName", "CN" },
		{ "2.5.4.4", "SN" },
		{ "surname", "SN" },
		{ "2.5.4.5", "serialNumber" },
		{ "2.5.4.6", "C" },
		{ "countryName", "C" },
		{ "2.5.4.7", "L" },
		{ "localityName", "L" },
		{ "2.5.4.8", "ST" },
		{ "stateOrProvinceName", "ST" },
		{ "2.5.4.9", "street" },
		{ "streetAddress", "street" },
		{ "2.5.4.10", "O" },
		{ "organizationName", "O" },
		{ "2.5.4.11", "OU" },
		{ "organizationalUnitName", "OU" },
		{ "2.5.4.12", "title" },
		{ "T", "title" },
		{ "2.5.4.42", "GN" },
		{ "G", "GN" },
		{ "givenName", "GN" },
		{ "0.9.2342.19200300.100.1.1", "UID" },
		{ "userId", "UID" },
		{ "0.9.2342.19200300.100.1.25", "DC" },
		{ "domainComponent", "DC" },
	};
	if (type.n > 4 && str_equal_nocase(str_first(type, 4), STR("OID."))) {
		type = str_skip(type, 4);
	}
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (str_equal_nocase(type, str_of(aliases[i].from))) {
			return str_of(aliases[i].to);
		}
	}
	return type;
}

/* Blanks at the end may be escaped; they are dropped with all others that do not count. */
static struct str skip_blanks(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s = str_skip(s, 1);
	}
	return s;
}

/* Without escapes, and without the quotes that RFC 1779 allowed around a value. */
static void add_escaped(struct str value, struct buf *out)
{
	bool quoted = value.n && value.p[0] == '"';
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];
		if (c == '"' && quoted) {
			continue;
		}
		if (c == '\\' && i + 2 < value.n && hex_digit(value.p[i + 1]) >= 0 &&
		    hex_digit(value.p[i + 2]) >= 0) {
			c = (char)(hex_digit(value.p[i + 1]) << 4 | hex_digit(value.p[i + 2]));
			i += 2;
		} else if (c == '\\' && i + 1 < value.n) {
			c = value.p[++i];
		}
		(void)buf_add_char(out, c);
	}
}

/* "#0c0141": the bytes of an ASN.1 string of characters that are (nearly) UTF-8.
 * False where it is something else. */
static bool add_hex(struct str value, struct buf *out)
{
	uint8_t head[2] = { 0 };
	for (size_t i = 1; i < value.n; i++) {
		if (hex_digit(value.p[i]) < 0) {
			return false;
		}
	}
	for (size_t i = 0; i < 2 && value.n >= 5; i++) {
		head[i] = (uint8_t)(hex_digit(value.p[1 + 2 * i]) << 4 | hex_digit(value.p[2 + 2 * i]));
	}
	bool text = head[0] == 0x0c || head[0] == 0x13 || head[0] == 0x16 || head[0] == 0x1a;
	if (!text || value.n != 5 + 2 * (size_t)head[1] || head[1] >= 0x80) {
		return false;
	}
	for (size_t i = 5; i < value.n; i += 2) {
		(void)buf_add_char(out, (char)(hex_digit(value.p[i]) << 4 | hex_digit(value.p[i + 1])));
	}
	return true;
}

/* One character off a text; a byte that is no UTF-8 counts for itself, out of reach of all characters. */
static uint32_t next_character(struct str *rest)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : 4;
	uint32_t c = n == 1 ? p[0] : p[0] & (0xffU >> (n + 1));
	bool good = n <= rest->n && p[0] < 0xf5 && (p[0] < 0x80 || p[0] >= 0xc2);
	for (size_t i = 1; good && i < n; i++) {
		good = (p[i] & 0xc0) == 0x80;
		c = c << 6 | (p[i] & 0x3fU);
	}
	*rest = str_skip(*rest, good ? n : 1);
	return good ? c : 0x110000U + p[0];
}

static void add_character(uint32_t c, struct buf *out)
{
	if (c >= 0x110000) {
		(void)buf_add_char(out, (char)(c - 0x110000));
	} else if (c < 0x80) {
		(void)buf_add_char(out, (char)c);
	} else {
		size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		(void)buf_add_char(out, (char)((0xf00U >> n & 0xff) | c >> 6 * (n - 1)));
		for (size_t i = n - 1; i > 0; i--) {
			(void)buf_add_char(out, (char)(0x80 | (c >> 6 * (i - 1) & 0x3f)));
		}
	}
}

static bool within(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

/* = RFC 4518 §2.2: what counts as a blank, and what counts as nothing. */
static bool is_blank(uint32_t c)
{
	return c == ' ' || within(c, 0x09, 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       within(c, 0x2000, 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	       c == 0x3000;
}

static bool is_nothing(uint32_t c)
{
	return c < 0x20 || within(c, 0x7f, 0x9f) || c == 0xad || c == 0x1806 || within(c, 0x180b, 0x180e) ||
	       within(c, 0x200b, 0x200f) || within(c, 0x202a, 0x202e) || within(c, 0x2060, 0x206f) ||
	       within(c, 0xfe00, 0xfe0f) || c == 0xfeff || within(c, 0xfff9, 0xfffc);
}

/* Ranges of letters: the capital is `by` below the small letter, or, by 1, each capital stands before its
 * small letter. */
static uint32_t fold(uint32_t c)
{
	static const struct {
		uint32_t first, last, by;
	} ranges[] = {
		{ 'A', 'Z', 32 },      { 0xc0, 0xd6, 32 },   { 0xd8, 0xde, 32 },   { 0x100, 0x12f, 1 },
		{ 0x132, 0x137, 1 },   { 0x139, 0x148, 1 },  { 0x14a, 0x177, 1 },  { 0x179, 0x17e, 1 },
		{ 0x386, 0x386, 38 },  { 0x388, 0x38a, 37 }, { 0x38c, 0x38c, 64 }, { 0x38e, 0x38f, 63 },
		{ 0x391, 0x3a1, 32 },  { 0x3a3, 0x3ab, 32 }, { 0x400, 0x40f, 80 }, { 0x410, 0x42f, 32 },
		{ 0x460, 0x481, 1 },   { 0x48a, 0x4bf, 1 },  { 0x4d0, 0x52f, 1 },  { 0x1e00, 0x1e95, 1 },
		{ 0x1ea0, 0x1eff, 1 },
	};
	if (within(c, 0xff01, 0xff5e)) {
		c -= 0xfee0; /* the wide forms of ASCII */
	}
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (within(c, ranges[i].first, ranges[i].last)) {
			return ranges[i].by > 1 ? c + ranges[i].by : c + ((c - ranges[i].first) % 2 == 0);
		}
	}
	return c == 0x178 ? 0xff : c == 0x3c2 ? 0x3c3 : c == 0x17f ? 's' : c;
}

static void add_folded(struct str value, struct buf *out)
{
	bool blank = false, begun = false;
	while (value.n) {
		uint32_t c = next_character(&value);
		if (is_blank(c)) {
			blank = begun;
		} else if (!is_nothing(c)) {
			if (blank) {
				(void)buf_add_char(out, ' ');
			}
			blank = false;
			begun = true;
			c = fold(c);
			if (c == 0xdf || c == 0x1e9e) {
				(void)buf_add_c(out, "ss");
			} else {
				add_character(c, out);
			}
		}
	}
}

static void add_attribute(struct str text, struct buf *out)
{
	AUTO_BUF(value, SIZE_MAX);
	size_t at = str_find(text, '=');
	struct str bare = skip_blanks(at < text.n ? str_skip(text, at + 1) : text);
	if (at < text.n) {
		add_folded(canonical_type(str_trim(str_first(text, at))), out);
		(void)buf_add_char(out, '=');
	}
	if (bare.n == 0 || bare.p[0] != '#' || !add_hex(str_trim(bare), &value)) {
		add_escaped(bare, &value);
	}
	add_folded(buf_str(&value), out);
	(void)buf_add_char(out, END_OF_ATTRIBUTE);
}

static int compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
	return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* One part; the attributes of one with several have no order (X.501 §9.3). */
static void add_part(struct str part, struct buf *out)
{
	AUTO_BUF(all, SIZE_MAX);
	struct str attribute = STR_NONE;
	struct str sorted[MAX_ATTRIBUTES];
	size_t n = 0, from = 0, ends[MAX_ATTRIBUTES];
	while (next_part(&part, '+', &attribute)) {
		add_attribute(attribute, &all);
		ends[n < MAX_ATTRIBUTES ? n++ : MAX_ATTRIBUTES - 1] = all.n;
	}
	for (size_t i = 0; i < n; from = ends[i++]) {
		sorted[i] = str_first(str_skip(buf_str(&all), from), ends[i] - from);
	}
	if (n > 1) {
		qsort(sorted, n, sizeof(sorted[0]), compare);
	}
	for (size_t i = 0; i < n; i++) {
		(void)buf_add(out, sorted[i]);
	}
	(void)buf_add_char(out, END_OF_PART);
}

void dn_canonical(struct str text, struct buf *out)
{
	struct str part = STR_NONE;
	text = skip_blanks(text);
	if (text.n == 0) {
		return;
	}
	while (next_part(&text, ',', &part)) {
		add_part(part, out);
	}
}

struct str dn_canonical_dup(const char *text)
{
	AUTO_BUF(out, SIZE_MAX);
	if (text) {
		dn_canonical(str_of(text), &out);
	}
	return str_from(mem_dup(out.p, out.n), out.n);
}

bool dn_equal(struct str a, struct str b)
{
	AUTO_BUF(x, SIZE_MAX);
	AUTO_BUF(y, SIZE_MAX);
	if (a.n > 0 && str_equal(a, b)) {
		return true;
	}
	dn_canonical(a, &x);
	dn_canonical(b, &y);
	return x.n > 0 && str_equal(buf_str(&x), buf_str(&y));
}
