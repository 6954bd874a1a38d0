/* SPDX-License-Identifier: Apache-2.0
 * A walk over tags and lengths that believes nothing. */
#include "container/count.h"

#include "container/der.h"

#define MAX_DEPTH 24
#define TAG_INTEGER 0x02
#define TAG_OCTETS 0x04
#define CONSTRUCTED 0x20

static bool is_absurd(struct str integer, uint64_t max)
{
	uint64_t value = 0;
	if (integer.n == 0 || (uint8_t)integer.p[0] >= 0x80) {
		return true;
	}
	for (size_t i = 0; i < integer.n; i++) {
		value = value << 8 | (uint8_t)integer.p[i];
		if (value > max) {
			return true;
		}
	}
	return value == 0;
}

static bool walk(struct str der, uint64_t max, int depth)
{
	struct der_element e;
	uint8_t before = 0;
	while (depth < MAX_DEPTH && der_next(&der, &e)) {
		if (e.tag == TAG_INTEGER && before == TAG_OCTETS && is_absurd(e.content, max)) {
			return true;
		}
		bool inside = (e.tag & CONSTRUCTED) || e.tag == TAG_OCTETS;
		if (inside && e.content.n > 2 && walk(e.content, max, depth + 1)) {
			return true;
		}
		before = e.tag;
	}
	return false;
}

bool count_is_absurd(struct str der, uint64_t max)
{
	return walk(der, max, 0);
}
