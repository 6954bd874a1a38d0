/* SPDX-License-Identifier: Apache-2.0
 * The checksum of files and the hash of lookups. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** 64 bit over n bytes [bytes], seed continues an earlier one. Not for secrets. Source: xxHash, XXH64. */
uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed);
