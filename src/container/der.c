/* SPDX-License-Identifier: Apache-2.0
 * Reading heads of elements. */
#include "container/der.h"

bool der_next(struct str *rest, struct der_element *ret)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	if (rest->n < 2) {
		return false;
	}
	size_t head = 2;
	size_t n = p[1];
	if (n > 0x80) {
		size_t digits = n & 0x7f;
		if (digits > 4 || digits + 2 > rest->n) {
			return false;
		}
		n = 0;
		for (size_t i = 0; i < digits; i++) {
			n = n << 8 | p[2 + i];
		}
		head += digits;
	} else if (n == 0x80) {
		n = rest->n;
	}
	ret->tag = p[0];
	ret->content = str_first(str_skip(*rest, head), n);
	*rest = str_skip(*rest, head + ret->content.n);
	return true;
}
