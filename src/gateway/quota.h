/* SPDX-License-Identifier: Apache-2.0
 * How many refusals of strangers are recorded one by one; above that they are counted. */
#pragma once

#include "base/clock.h"

/** One second's count. Zeroed storage of the caller, `limit` set. */
struct quota {
	unsigned limit;
	int64_t second;
	unsigned used;
	uint64_t dropped; /* in this second */
	uint64_t past;    /* in those before it, since the last quota_take_dropped() */
};

/** Whether one more may be recorded at this moment; else it is counted. */
bool quota_try(struct quota *quota, struct mono now);
/** The number counted in seconds that have passed, 0 while the present one lasts; starts anew at 0. */
uint64_t quota_take_dropped(struct quota *quota, struct mono now);
