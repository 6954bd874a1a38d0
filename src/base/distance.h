/* SPDX-License-Identifier: Apache-2.0
 * How far two words are apart, for "did you mean". */
#pragma once

#include "base/str.h"

/** What text_distance() answers for a text longer than TEXT_DISTANCE_MAX [bytes]: nothing is near it. */
#define TEXT_DISTANCE_FAR 1000
#define TEXT_DISTANCE_MAX 120

/** Letters to add, take away, exchange or swap with their neighbour to make b of a; case counts.
 * Source: Damerau, 1964. */
size_t text_distance(struct str a, struct str b);
