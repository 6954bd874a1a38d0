/* SPDX-License-Identifier: Apache-2.0
 * Tests of how far two words are apart. */
#include "base/distance.h"
#include "unit/test.h"

static void each_letter_added_taken_exchanged_or_swapped_counts_one(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{ "", "", 0 },
		{ "orders", "orders", 0 },
		{ "oders", "orders", 1 },
		{ "orders", "order", 1 },
		{ "ordres", "orders", 1 },
		{ "orderz", "orders", 1 },
		{ "kitten", "sitting", 3 },
		{ "", "abc", 3 },
		{ "Orders", "orders", 1 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(text_distance(str_of(rows[i].a), str_of(rows[i].b)), rows[i].distance);
		assert_int_equal(text_distance(str_of(rows[i].b), str_of(rows[i].a)), rows[i].distance);
	}
}

static void a_word_that_is_too_long_is_near_to_nothing(void **state)
{
	char word[TEXT_DISTANCE_MAX + 1];
	memset(word, 'a', sizeof(word));
	const struct str most = str_from(word, TEXT_DISTANCE_MAX), more = str_from(word, sizeof(word));
	assert_int_equal(text_distance(most, most), 0);
	assert_int_equal(text_distance(more, most), TEXT_DISTANCE_FAR);
	assert_int_equal(text_distance(STR("a"), more), TEXT_DISTANCE_FAR);
}

RUN_TESTS(TEST(each_letter_added_taken_exchanged_or_swapped_counts_one),
	  TEST(a_word_that_is_too_long_is_near_to_nothing))
