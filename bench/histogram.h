/* SPDX-License-Identifier: Apache-2.0
 * Durations in buckets whose width is 1/64 of their value: percentiles to within 1.6 %. */
#pragma once

#include <stdint.h>

#define HISTOGRAM_SUB 64
#define HISTOGRAM_BUCKETS (HISTOGRAM_SUB * 40)

struct histogram {
	uint64_t n;
	uint64_t count[HISTOGRAM_BUCKETS];
};

/** Count one duration [ns]. */
void histogram_add(struct histogram *h, uint64_t ns);
/** Duration [ns] that a share of all (0 to 1) stays at or below; 0 when empty. */
uint64_t histogram_at(const struct histogram *h, double share);
