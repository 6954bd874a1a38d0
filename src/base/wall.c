/* SPDX-License-Identifier: Apache-2.0
 * Instants of the calendar as text, and back. */
#include "base/clock.h"

#include <time.h>

/* Each request's record bears its time, so these are written by hand:
 * strftime() and snprintf() take longer than all the rest of such a record. */

static char *add_digits(char *out, unsigned number, unsigned n)
{
	for (unsigned i = n; i-- > 0; number /= 10) {
		out[i] = (char)('0' + number % 10);
	}
	return out + n;
}

static char *add_seconds(struct wall w, char *out)
{
	struct tm tm;
	time_t seconds = (time_t)wall_seconds(w);
	if (!gmtime_r(&seconds, &tm)) {
		memset(&tm, 0, sizeof(tm));
	}
	out = add_digits(out, (unsigned)(tm.tm_year + 1900) % 10000, 4);
	*out++ = '-';
	out = add_digits(out, (unsigned)tm.tm_mon + 1, 2);
	*out++ = '-';
	out = add_digits(out, (unsigned)tm.tm_mday, 2);
	*out++ = 'T';
	out = add_digits(out, (unsigned)tm.tm_hour, 2);
	*out++ = ':';
	out = add_digits(out, (unsigned)tm.tm_min, 2);
	*out++ = ':';
	return add_digits(out, (unsigned)tm.tm_sec, 2);
}

const char *wall_format(struct wall w, char out[WALL_TEXT_SIZE])
{
	memcpy(add_seconds(w, out), "Z", 2);
	return out;
}

const char *wall_format_ms(struct wall w, char out[WALL_TEXT_SIZE])
{
	int64_t fraction = w.us - wall_seconds(w) * US_PER_SECOND;
	char *end = add_seconds(w, out);
	*end++ = '.';
	memcpy(add_digits(end, (unsigned)(fraction / US_PER_MS), 3), "Z", 2);
	return out;
}

static bool digits(struct str s, size_t at, size_t n, int *ret)
{
	uint64_t value;
	if (at + n > s.n || str_parse_uint((struct str){ s.p + at, n }, 9999, &value) != RC_OK) {
		return false;
	}
	*ret = (int)value;
	return true;
}

enum rc wall_parse(struct str s, struct wall *ret)
{
	struct tm tm = { 0 };
	if (s.n < 20 || s.p[4] != '-' || s.p[7] != '-' || s.p[10] != 'T' || s.p[13] != ':' ||
	    s.p[16] != ':' || s.p[s.n - 1] != 'Z') {
		return RC_INVALID;
	}
	if (!digits(s, 0, 4, &tm.tm_year) || !digits(s, 5, 2, &tm.tm_mon) || !digits(s, 8, 2, &tm.tm_mday) ||
	    !digits(s, 11, 2, &tm.tm_hour) || !digits(s, 14, 2, &tm.tm_min) ||
	    !digits(s, 17, 2, &tm.tm_sec)) {
		return RC_INVALID;
	}
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
	    tm.tm_min > 59 || tm.tm_sec > 60) {
		return RC_INVALID;
	}
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	int64_t us = 0;
	if (s.n > 20) {
		if (s.p[19] != '.' || s.n == 21) {
			return RC_INVALID;
		}
		int64_t scale = 100000;
		for (size_t i = 20; i < s.n - 1; i++, scale /= 10) {
			if (!char_is_digit(s.p[i])) {
				return RC_INVALID;
			}
			us += (s.p[i] - '0') * scale;
		}
	}
	*ret = (struct wall){ (int64_t)timegm(&tm) * US_PER_SECOND + us };
	return RC_OK;
}
