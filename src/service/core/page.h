/* SPDX-License-Identifier: Apache-2.0
 * Which part of a list is wanted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** A part of a list in the order of its key; zeroed: all of it, in the list's own order. */
struct page {
	/* the key before the first one wanted, which need not be there; NULL: from the beginning */
	const char *after;
	uint32_t limit; /* at most so many; 0: all */
};

/** So that who asks can tell whether there is more, one above the limit is given where there is one. */
static inline uint32_t page_rows(const struct page *page)
{
	return page->limit ? page->limit + 1 : INT32_MAX;
}

/** Whether a part is wanted, and not all. */
static inline bool page_is_part(const struct page *page)
{
	return page->after || page->limit;
}
