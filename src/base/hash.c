/* SPDX-License-Identifier: Apache-2.0
 * XXH64, the checksum of files and the hash of lookups. */
#include "base/hash.h"

#include <string.h>

static const uint64_t PRIME1 = UINT64_C(0x9E3779B185EBCA87);
static const uint64_t PRIME2 = UINT64_C(0xC2B2AE3D27D4EB4F);
static const uint64_t PRIME3 = UINT64_C(0x165667B19E3779F9);
static const uint64_t PRIME4 = UINT64_C(0x85EBCA77C2B2AE63);
static const uint64_t PRIME5 = UINT64_C(0x27D4EB2F165667C5);

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static uint64_t load64(const uint8_t *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof(x));
	return x;
}

static uint64_t load32(const uint8_t *p)
{
	uint32_t x;
	memcpy(&x, p, sizeof(x));
	return x;
}

static uint64_t round_of(uint64_t lane, uint64_t input)
{
	return rotate(lane + input * PRIME2, 31) * PRIME1;
}

static uint64_t merge(uint64_t hash, uint64_t lane)
{
	return (hash ^ round_of(0, lane)) * PRIME1 + PRIME4;
}

static uint64_t hash_tail(uint64_t hash, const uint8_t *p, size_t n)
{
	for (; n >= 8; p += 8, n -= 8) {
		hash = rotate(hash ^ round_of(0, load64(p)), 27) * PRIME1 + PRIME4;
	}
	if (n >= 4) {
		hash = rotate(hash ^ load32(p) * PRIME1, 23) * PRIME2 + PRIME3;
		p += 4;
		n -= 4;
	}
	for (; n > 0; p++, n--) {
		hash = rotate(hash ^ *p * PRIME5, 11) * PRIME1;
	}
	hash = (hash ^ hash >> 33) * PRIME2;
	hash = (hash ^ hash >> 29) * PRIME3;
	return hash ^ hash >> 32;
}

uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
	const uint8_t *p = bytes;
	size_t left = n;
	uint64_t hash = seed + PRIME5;
	if (n >= 32) {
		uint64_t lane[4] = { seed + PRIME1 + PRIME2, seed + PRIME2, seed, seed - PRIME1 };
		for (; left >= 32; p += 32, left -= 32) {
			for (size_t i = 0; i < 4; i++) {
				lane[i] = round_of(lane[i], load64(p + 8 * i));
			}
		}
		hash = rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
		for (size_t i = 0; i < 4; i++) {
			hash = merge(hash, lane[i]);
		}
	}
	return hash_tail(hash + n, p, left);
}
