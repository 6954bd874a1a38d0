/* SPDX-License-Identifier: Apache-2.0
 * Tests of the hash. */
#include "base/hash.h"
#include "unit/test.h"

static void the_hash_gives_the_published_values(void **state)
{
	/* = xxHash specification, test vectors of XXH64 with seed 0. */
	assert_true(hash_bytes("", 0, 0) == UINT64_C(0xEF46DB3751D8E999));
	assert_true(hash_bytes("a", 1, 0) == UINT64_C(0xD24EC4F1A98C6E5B));
	assert_true(hash_bytes("abc", 3, 0) == UINT64_C(0x44BC2CF5AD770999));
	assert_true(hash_bytes("Nobody inspects the spammish repetition", 39, 0) ==
		    UINT64_C(0xFBCEA83C8A378BF1));
}

RUN_TESTS(TEST(the_hash_gives_the_published_values))
