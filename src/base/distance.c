/* SPDX-License-Identifier: Apache-2.0
 * The distance of two words, row by row. */
#include "base/distance.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t text_distance(struct str a, struct str b)
{
	size_t row[3][TEXT_DISTANCE_MAX + 1];
	if (a.n > TEXT_DISTANCE_MAX || b.n > TEXT_DISTANCE_MAX) {
		return TEXT_DISTANCE_FAR;
	}
	memset(row, 0, sizeof(row));
	for (size_t j = 0; j <= b.n; j++) {
		row[0][j] = j;
	}
	for (size_t i = 1; i <= a.n; i++) {
		size_t *now = row[i % 3], *before = row[(i - 1) % 3], *two = row[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			now[j] = least(before[j - 1] + (a.p[i - 1] != b.p[j - 1]),
				       least(before[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1]) {
				now[j] = least(now[j], two[j - 2] + 1);
			}
		}
	}
	return row[a.n % 3][b.n];
}
