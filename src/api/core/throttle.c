/* SPDX-License-Identifier: Apache-2.0
 * Counting wrong logins in a fixed table. */
#include "api/core/throttle.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"

#define SLOTS 4096
#define WINDOW_US (60 * US_PER_SECOND)

struct throttle {
	uint64_t seed;
	struct slot {
		uint64_t hash;
		struct mono since;
		uint32_t n;
	} slots[SLOTS];
};

struct throttle *throttle_new(void)
{
	struct throttle *throttle = mem_alloc(sizeof(*throttle));
	random_fill(&throttle->seed, sizeof(throttle->seed));
	return throttle;
}

void throttle_free(struct throttle *throttle)
{
	mem_free(throttle);
}

/* The address without its port: each connection has another one. */
static uint64_t hash_of(const struct throttle *throttle, struct str address, struct str client)
{
	size_t n = address.n;
	while (n > 0 && address.p[n - 1] != ':') {
		n--;
	}
	uint64_t seed = hash_bytes(address.p, n > 0 ? n - 1 : address.n, throttle->seed);
	return hash_bytes(client.p, client.n, seed);
}

bool throttle_refuses(const struct throttle *throttle, struct str address, struct str client, struct mono now)
{
	uint64_t hash = hash_of(throttle, address, client);
	const struct slot *slot = &throttle->slots[hash % SLOTS];
	return slot->hash == hash && slot->n >= THROTTLE_MAX && now.us - slot->since.us < WINDOW_US;
}

void throttle_count(struct throttle *throttle, struct str address, struct str client, struct mono now)
{
	uint64_t hash = hash_of(throttle, address, client);
	struct slot *slot = &throttle->slots[hash % SLOTS];
	if (slot->hash != hash || now.us - slot->since.us >= WINDOW_US) {
		*slot = (struct slot){ .hash = hash, .since = now };
	}
	slot->n++;
}
