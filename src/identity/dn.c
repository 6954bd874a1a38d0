/* SPDX-License-Identifier: Apache-2.0
 * Two names are the same when a person would say so. */
#include "identity/dn.h"

/** Cut the first part off *rest, up to an unescaped separator outside quotes; false when nothing is left. */
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
	};
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (str_equal_nocase(type, str_of(aliases[i].from))) {
			return str_of(aliases[i].to);
		}
	}
	return type;
}

/** The value without the quotes that RFC 1779 allowed around it. */
static struct str bare_value(struct str value)
{
	value = str_trim(value);
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"') {
		return (struct str){ value.p + 1, value.n - 2 };
	}
	return value;
}

/** Equal but for the case of letters and for a backslash before what needs none. */
static bool value_equal(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	while (i < a.n && j < b.n) {
		if (a.p[i] == '\\' && i + 1 < a.n) {
			i++;
		}
		if (b.p[j] == '\\' && j + 1 < b.n) {
			j++;
		}
		if (!str_equal_nocase((struct str){ a.p + i, 1 }, (struct str){ b.p + j, 1 })) {
			return false;
		}
		i++;
		j++;
	}
	return i == a.n && j == b.n;
}

static bool attribute_equal(struct str a, struct str b)
{
	size_t at_a = str_find(a, '='), at_b = str_find(b, '=');
	if (at_a == a.n || at_b == b.n) {
		return value_equal(str_trim(a), str_trim(b));
	}
	return str_equal_nocase(canonical_type(str_trim(str_first(a, at_a))),
				canonical_type(str_trim(str_first(b, at_b)))) &&
	       value_equal(bare_value(str_skip(a, at_a + 1)), bare_value(str_skip(b, at_b + 1)));
}

/** Both walked in step; separator ',' for names, '+' for the attributes of one part. */
static bool parts_equal(struct str a, struct str b, char separator)
{
	struct str part_a = STR_NONE, part_b = STR_NONE;
	for (;;) {
		bool more_a = next_part(&a, separator, &part_a);
		bool more_b = next_part(&b, separator, &part_b);
		if (!more_a || !more_b) {
			return more_a == more_b;
		}
		if (separator == ',' ? !parts_equal(part_a, part_b, '+') : !attribute_equal(part_a, part_b)) {
			return false;
		}
	}
}

bool dn_equal(struct str a, struct str b)
{
	a = str_trim(a);
	b = str_trim(b);
	return a.n > 0 && b.n > 0 && parts_equal(a, b, ',');
}
