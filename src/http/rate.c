/* SPDX-License-Identifier: Apache-2.0
 * Whether bytes keep coming: a least rate over a window that slides. */
#include "http/rate.h"

#include <string.h>

void rate_begin(struct rate *rate, struct mono now, uint64_t total)
{
	rate->at[0] = now;
	rate->total[0] = total;
	rate->first = 0;
	rate->n = 1;
}

void rate_end(struct rate *rate)
{
	rate->n = 0;
}

bool rate_is_begun(const struct rate *rate)
{
	return rate->n > 0;
}

uint32_t rate_interval_ms(uint32_t window_ms)
{
	uint32_t ms = window_ms / RATE_PARTS;
	return ms ? ms : 1;
}

static uint32_t index_of(const struct rate *rate, uint32_t i)
{
	return (rate->first + i) % RATE_PARTS;
}

static uint32_t newest(const struct rate *rate)
{
	return index_of(rate, rate->n - 1);
}

/* Oftener than the interval nothing is noted, so that the ring holds the window. */
static void note(struct rate *rate, struct mono now, uint64_t total, int64_t interval_us)
{
	uint32_t last = newest(rate);
	if (now.us - rate->at[last].us < interval_us) {
		return;
	}
	if (rate->n == RATE_PARTS) {
		rate->first = index_of(rate, 1);
	} else {
		rate->n++;
	}
	last = newest(rate);
	rate->at[last] = now;
	rate->total[last] = total;
}

bool rate_is_too_slow(struct rate *rate, struct mono now, uint64_t total, uint32_t window_ms, uint32_t least)
{
	int64_t window_us = (int64_t)window_ms * US_PER_MS;
	int64_t interval_us = (int64_t)rate_interval_ms(window_ms) * US_PER_MS;
	if (now.us - rate->at[newest(rate)].us > window_us / 2) {
		rate_begin(rate, now, total);
		return false;
	}
	/* The look that is as old as the window, less one interval:
	 * whatever lasts a window has such a part in it. */
	while (rate->n > 1 && now.us - rate->at[index_of(rate, 1)].us >= window_us - interval_us) {
		rate->first = index_of(rate, 1);
		rate->n--;
	}
	int64_t elapsed_us = now.us - rate->at[rate->first].us;
	uint64_t came = total - rate->total[rate->first];
	note(rate, now, total, interval_us);
	return elapsed_us >= window_us - interval_us &&
	       came < (uint64_t)(elapsed_us / US_PER_MS) * least / 1000;
}
