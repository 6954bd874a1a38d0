/* SPDX-License-Identifier: Apache-2.0
 * The only place that asks the system what time it is. Nothing else stands here:
 * a program for tests brings its own. */
#include "base/clock.h"

#include <time.h>

struct wall wall_now(void)
{
	struct timespec ts;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (struct wall){ ts.tv_sec * US_PER_SECOND + ts.tv_nsec / 1000 };
}

struct mono mono_now(void)
{
	struct timespec ts;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono){ ts.tv_sec * US_PER_SECOND + ts.tv_nsec / 1000 };
}
