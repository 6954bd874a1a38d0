/* SPDX-License-Identifier: Apache-2.0
 * Durations in buckets whose width grows with their value. */
#include "histogram.h"

#define SUB_BITS 6

/* Below HISTOGRAM_SUB one bucket a nanosecond, above SUB buckets a power of two. */
static unsigned bucket_of(uint64_t ns)
{
	if (ns < HISTOGRAM_SUB) {
		return (unsigned)ns;
	}
	unsigned power = 63 - (unsigned)__builtin_clzll(ns);
	unsigned bucket =
		(power - SUB_BITS + 1) * HISTOGRAM_SUB + (unsigned)(ns >> (power - SUB_BITS)) % HISTOGRAM_SUB;
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t top_of(unsigned bucket)
{
	if (bucket < HISTOGRAM_SUB) {
		return bucket;
	}
	unsigned power = bucket / HISTOGRAM_SUB + SUB_BITS - 1;
	return ((uint64_t)(HISTOGRAM_SUB + bucket % HISTOGRAM_SUB + 1) << (power - SUB_BITS)) - 1;
}

void histogram_add(struct histogram *h, uint64_t ns)
{
	h->count[bucket_of(ns)]++;
	h->n++;
}

uint64_t histogram_at(const struct histogram *h, double share)
{
	uint64_t want = (uint64_t)((double)h->n * share), seen = 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS && h->n; i++) {
		seen += h->count[i];
		if (seen > want || seen == h->n) {
			return top_of(i);
		}
	}
	return 0;
}
