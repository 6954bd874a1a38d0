/* SPDX-License-Identifier: Apache-2.0
 * How many refusals of strangers are recorded one by one; above that they are counted. */
#include "gateway/quota.h"

bool quota_try(struct quota *quota, struct mono now)
{
	int64_t second = now.us / US_PER_SECOND;
	if (second != quota->second) {
		quota->past += quota->dropped;
		quota->dropped = 0;
		quota->second = second;
		quota->used = 0;
	}
	if (quota->used >= quota->limit) {
		quota->dropped++;
		return false;
	}
	quota->used++;
	return true;
}

uint64_t quota_take_dropped(struct quota *quota, struct mono now)
{
	uint64_t dropped = quota->past;
	quota->past = 0;
	if (now.us / US_PER_SECOND != quota->second) {
		dropped += quota->dropped;
		quota->dropped = 0;
	}
	return dropped;
}
