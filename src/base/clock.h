/* SPDX-License-Identifier: Apache-2.0
 * Time as values: wall time and monotonic time are two types and cannot be mixed. */
#pragma once

#include "base/str.h"

/** Instant of the calendar, microseconds since 1970-01-01T00:00:00Z. */
struct wall {
	int64_t us;
};
/** Instant of a clock that only moves forward; for durations and deadlines. */
struct mono {
	int64_t us;
};

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_MS INT64_C(1000)
#define WALL_TEXT_SIZE 32

/** Now. Only edges ask; the middle is given the time. */
struct wall wall_now(void);
struct mono mono_now(void);

static inline struct wall wall_from_seconds(int64_t seconds)
{
	return (struct wall){ seconds * US_PER_SECOND };
}
static inline int64_t wall_seconds(struct wall w)
{
	return w.us >= 0 ? w.us / US_PER_SECOND : -((-w.us + US_PER_SECOND - 1) / US_PER_SECOND);
}
/** How far two clocks may be apart. Source: RFC 7519 §4.1.4, "a few minutes" at most; a minute here. */
#define WALL_SKEW_SECONDS 60
/** As wall_from_seconds() for seconds that an outsider gives:
 * what no clock can show becomes the nearest that one can. */
static inline struct wall wall_from_outside(int64_t seconds)
{
	const int64_t most = INT64_MAX / US_PER_SECOND - WALL_SKEW_SECONDS;
	return wall_from_seconds(seconds < 0 ? 0 : seconds > most ? most : seconds);
}
/** Whether a time of the past, such as that of issue, lies so far ahead that clocks apart do not explain it:
 * one of them was wrong, and what depends on it would last longer than it should. */
static inline bool wall_is_ahead(struct wall time, struct wall now)
{
	return time.us - WALL_SKEW_SECONDS * US_PER_SECOND > now.us;
}
static inline struct mono mono_after_ms(struct mono m, int64_t ms)
{
	return (struct mono){ m.us + ms * US_PER_MS };
}

/** RFC 3339 in UTC with seconds: 2026-11-23T09:30:00Z. out has WALL_TEXT_SIZE [bytes]. Returns out. */
const char *wall_format(struct wall w, char out[WALL_TEXT_SIZE]);
/** The same with milliseconds: 2026-11-23T09:30:00.123Z. */
const char *wall_format_ms(struct wall w, char out[WALL_TEXT_SIZE]);
/** Parse RFC 3339 in UTC ("Z"), with or without fraction. RC_INVALID. */
MUST_USE enum rc wall_parse(struct str text, struct wall *ret);
