/* SPDX-License-Identifier: Apache-2.0
 * A walk over tags and lengths that believes nothing. */
#include "keystore/count.h"

#define MAX_DEPTH 24
#define TAG_INTEGER 0x02
#define TAG_OCTETS 0x04
#define CONSTRUCTED 0x20

struct element {
	uint8_t tag;
	struct str content;
};

/* The next element of *rest; false where none can be read. A length past the end, or none, takes all there is. */
static bool next(struct str *rest, struct element *ret)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	if (rest->n < 2)
		return false;
	size_t head = 2;
	size_t n = p[1];
	if (n > 0x80) {
		size_t digits = n & 0x7f;
		if (digits > 4 || digits + 2 > rest->n)
			return false;
		n = 0;
		for (size_t i = 0; i < digits; i++)
			n = n << 8 | p[2 + i];
		head += digits;
	} else if (n == 0x80) {
		n = rest->n;
	}
	ret->tag = p[0];
	ret->content = str_first(str_skip(*rest, head), n);
	*rest = str_skip(*rest, head + ret->content.n);
	return true;
}

static bool is_absurd(struct str integer, uint64_t max)
{
	uint64_t value = 0;
	if (integer.n == 0 || (uint8_t)integer.p[0] >= 0x80)
		return true;
	for (size_t i = 0; i < integer.n; i++) {
		value = value << 8 | (uint8_t)integer.p[i];
		if (value > max)
			return true;
	}
	return value == 0;
}

static bool walk(struct str der, uint64_t max, int depth)
{
	struct element e;
	uint8_t before = 0;
	while (depth < MAX_DEPTH && next(&der, &e)) {
		if (e.tag == TAG_INTEGER && before == TAG_OCTETS && is_absurd(e.content, max))
			return true;
		bool inside = (e.tag & CONSTRUCTED) || e.tag == TAG_OCTETS;
		if (inside && e.content.n > 2 && walk(e.content, max, depth + 1))
			return true;
		before = e.tag;
	}
	return false;
}

bool count_is_absurd(struct str der, uint64_t max)
{
	return walk(der, max, 0);
}
