/* SPDX-License-Identifier: Apache-2.0
 * The least rate over a sliding window: when each way of sending is found, by a clock that is a value. */
#include "http/rate.h"
#include "unit/test.h"

#define WINDOW_MS 10000
#define LEAST 1024
#define NEVER (-1)

/* What has come by then [bytes], as a function of the time [ms]. */
typedef uint64_t (*sender_fn)(int64_t ms);

static uint64_t silent(int64_t ms)
{
	return 1;
}

static uint64_t fast_then_silent(int64_t ms)
{
	return ms < 3000 ? (uint64_t)ms * 10000 : 30000000;
}

static uint64_t fast_then_a_byte_each_second(int64_t ms)
{
	return 30000000 + (uint64_t)ms / 1000;
}

static uint64_t at_the_least_rate(int64_t ms)
{
	return (uint64_t)ms * LEAST / 1000 + 1;
}

static uint64_t a_little_below_it(int64_t ms)
{
	return (uint64_t)ms * (LEAST - 50) / 1000;
}

static uint64_t the_window_s_bytes_at_once_each_nine_seconds(int64_t ms)
{
	return (uint64_t)(ms / 9000 + 1) * WINDOW_MS / 1000 * LEAST;
}

static uint64_t a_burst_each_eleven_seconds(int64_t ms)
{
	return (uint64_t)((ms + 10999) / 11000) * 1000000;
}

static uint64_t bursts_that_are_half_of_it(int64_t ms)
{
	return (uint64_t)(ms / 5000 + 1) * WINDOW_MS / 2000 * LEAST / 2;
}

static uint64_t fast_for_an_hour_then_half_of_it(int64_t ms)
{
	return ms < 3600000 ? (uint64_t)ms * 1000 : (uint64_t)3600000000 + (uint64_t)(ms - 3600000) / 2;
}

/* When the sender is found [ms], looked at for so long. */
static int64_t found(sender_fn sender, int64_t first_ms, int64_t end_ms)
{
	struct rate rate;
	rate_begin(&rate, (struct mono){ 1000 }, 0);
	for (int64_t ms = first_ms; ms < end_ms; ms += rate_interval_ms(WINDOW_MS)) {
		if (rate_is_too_slow(&rate, (struct mono){ 1000 + ms * 1000 }, sender(ms), WINDOW_MS,
				     LEAST)) {
			return ms;
		}
	}
	return NEVER;
}

static void whoever_is_below_the_rate_for_a_window_is_found_whatever_came_before(void **state)
{
	static const struct {
		const char *name;
		sender_fn sender;
		int64_t earliest_ms, latest_ms;
	} rows[] = {
		{ "silent", silent, 9000, 10500 },
		{ "fast, then silent", fast_then_silent, 12000, 14000 },
		{ "fast, then a byte each second", fast_then_a_byte_each_second, 9000, 11000 },
		{ "at the least rate", at_the_least_rate, NEVER, NEVER },
		{ "a little below it", a_little_below_it, 9000, 15000 },
		{ "bursts within the window", the_window_s_bytes_at_once_each_nine_seconds, NEVER, NEVER },
		{ "bursts, a window of silence between them", a_burst_each_eleven_seconds, 9000, 11000 },
		{ "small bursts", bursts_that_are_half_of_it, 9000, 15000 },
		{ "fast for an hour, then half of it", fast_for_an_hour_then_half_of_it, 3609000, 3615000 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int64_t first_ms = 1; first_ms <= 500; first_ms += 83) {
			int64_t at = found(rows[i].sender, first_ms, 4000000);
			if (at < rows[i].earliest_ms || at > rows[i].latest_ms) {
				fail_msg("%s: found after %lld ms", rows[i].name, (long long)at);
			}
		}
	}
}

static void who_is_let_go_on_has_a_whole_window_again(void **state)
{
	struct rate rate = { 0 };
	assert_false(rate_is_begun(&rate));
	rate_begin(&rate, (struct mono){ 0 }, 0);
	assert_true(rate_is_begun(&rate));
	for (int64_t ms = 0; ms < 9000; ms += 500) {
		assert_false(rate_is_too_slow(&rate, (struct mono){ ms * 1000 }, 0, WINDOW_MS, LEAST));
	}
	rate_begin(&rate, (struct mono){ 9000000 }, 0);
	for (int64_t ms = 9000; ms < 18000; ms += 500) {
		assert_false(rate_is_too_slow(&rate, (struct mono){ ms * 1000 }, 0, WINDOW_MS, LEAST));
	}
	assert_true(rate_is_too_slow(&rate, (struct mono){ 19000000 }, 0, WINDOW_MS, LEAST));
	rate_end(&rate);
	assert_false(rate_is_begun(&rate));
}

static void nobody_is_blamed_for_a_time_in_which_nobody_looked(void **state)
{
	struct rate rate;
	rate_begin(&rate, (struct mono){ 0 }, 0);
	assert_false(rate_is_too_slow(&rate, (struct mono){ 3600000000 }, 0, WINDOW_MS, LEAST));
}

static void asked_all_the_time_it_finds_the_same(void **state)
{
	struct rate rate;
	int64_t ms = 0;
	rate_begin(&rate, (struct mono){ 0 }, 30000000);
	while (!rate_is_too_slow(&rate, (struct mono){ ms * 1000 }, 30000000, WINDOW_MS, LEAST)) {
		ms++;
	}
	assert_true(ms >= 9000 && ms <= 10500);
}

RUN_TESTS(TEST(whoever_is_below_the_rate_for_a_window_is_found_whatever_came_before),
	  TEST(who_is_let_go_on_has_a_whole_window_again),
	  TEST(nobody_is_blamed_for_a_time_in_which_nobody_looked),
	  TEST(asked_all_the_time_it_finds_the_same))
