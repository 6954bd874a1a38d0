/* SPDX-License-Identifier: Apache-2.0
 * The only place that asks the system what time it is. */
#include "base/clock.h"

#include <stdio.h>
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

static void split(struct wall w, struct tm *tm)
{
	time_t seconds = (time_t)wall_seconds(w);
	if (!gmtime_r(&seconds, tm))
		memset(tm, 0, sizeof(*tm));
}

const char *wall_format(struct wall w, char out[WALL_TEXT_SIZE])
{
	struct tm tm;
	split(w, &tm);
	if (strftime(out, WALL_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
	return out;
}

const char *wall_format_ms(struct wall w, char out[WALL_TEXT_SIZE])
{
	struct tm tm;
	split(w, &tm);
	size_t n = strftime(out, WALL_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t fraction = w.us - wall_seconds(w) * US_PER_SECOND;
	(void)snprintf(out + n, WALL_TEXT_SIZE - n, ".%03dZ", (int)(fraction / US_PER_MS) % 1000);
	return out;
}

static bool digits(struct str s, size_t at, size_t n, int *ret)
{
	uint64_t value;
	if (at + n > s.n || str_parse_uint((struct str){ s.p + at, n }, 9999, &value) != RC_OK)
		return false;
	*ret = (int)value;
	return true;
}

enum rc wall_parse(struct str s, struct wall *ret)
{
	struct tm tm = { 0 };
	if (s.n < 20 || s.p[4] != '-' || s.p[7] != '-' || s.p[10] != 'T' || s.p[13] != ':' ||
	    s.p[16] != ':' || s.p[s.n - 1] != 'Z')
		return RC_INVALID;
	if (!digits(s, 0, 4, &tm.tm_year) || !digits(s, 5, 2, &tm.tm_mon) || !digits(s, 8, 2, &tm.tm_mday) ||
	    !digits(s, 11, 2, &tm.tm_hour) || !digits(s, 14, 2, &tm.tm_min) || !digits(s, 17, 2, &tm.tm_sec))
		return RC_INVALID;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
	    tm.tm_min > 59 || tm.tm_sec > 60)
		return RC_INVALID;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	int64_t us = 0;
	if (s.n > 20) {
		if (s.p[19] != '.' || s.n == 21)
			return RC_INVALID;
		int64_t scale = 100000;
		for (size_t i = 20; i < s.n - 1; i++, scale /= 10) {
			if (s.p[i] < '0' || s.p[i] > '9')
				return RC_INVALID;
			us += (s.p[i] - '0') * scale;
		}
	}
	*ret = (struct wall){ (int64_t)timegm(&tm) * US_PER_SECOND + us };
	return RC_OK;
}
