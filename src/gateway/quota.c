/* SPDX-License-Identifier: Apache-2.0
 * How many refusals of strangers are recorded one by one; above that they are counted. */
#include "gateway/quota.h"

bool quota_try(struct quota *quota, struct mono now)
{
	int64_t second = now.us / US_PER_SECOND;
	if (second != quota->second) {
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
	uint64_t dropped = quota->dropped;
	if (dropped == 0 || now.us / US_PER_SECOND == quota->second) {
		return 0;
	}
	quota->dropped = 0;
	return dropped;
}
