/* SPDX-License-Identifier: Apache-2.0
 * Whether bytes keep coming: a least rate over a window that slides. Knows no clock; the time is a value. */
#pragma once

#include "base/clock.h"

#include <stdint.h>

/** The window is looked at in so many parts. */
#define RATE_PARTS 20

/** How much had come when. Zeroed, or n 0: not begun. */
struct rate {
	struct mono at[RATE_PARTS]; /* when it was looked at; a ring */
	uint64_t total[RATE_PARTS]; /* [bytes] that had come by then */
	uint32_t first, n;          /* oldest, and how many */
};

/** Begin anew: what was before now is forgiven, total [bytes] have come so far. */
void rate_begin(struct rate *rate, struct mono now, uint64_t total);
/** Forget it: rate_is_begun() says no. */
void rate_end(struct rate *rate);
/** Whether rate_begin() was called, and rate_end() not since. */
bool rate_is_begun(const struct rate *rate);
/** How often rate_is_too_slow() is to be asked, so that a window below the rate is found when it ends [ms],
 * at least 1. */
uint32_t rate_interval_ms(uint32_t window_ms);
/**
 * Whether less than least [bytes/s] came within the last window.
 * Asked each rate_interval_ms(): whatever came before, window_ms [ms] without a byte are found, and so is a
 * window below the least rate once it is over. Who was not asked for half a window was not there to look
 * (stopped, or without a processor): it begins anew and blames nobody.
 *
 * total  [bytes] that have come so far, those before rate_begin() included
 */
bool rate_is_too_slow(struct rate *rate, struct mono now, uint64_t total, uint32_t window_ms, uint32_t least);
