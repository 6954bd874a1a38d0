/* SPDX-License-Identifier: Apache-2.0
 * The registry's control page: the one word that tells every reader where the content ends. */
#pragma once

#include "base/result.h"

#include <stdint.h>

#define REGISTRY_CONTROL_MAGIC UINT64_C(0x31475252544e5350) /* "PSNTRRG1" */
#define REGISTRY_CONTROL_SIZE 4096

/** Most bytes of a delta that the position can tell. */
#define REGISTRY_DELTA_MAX ((uint64_t)1 << 36)

/**
 * The page, mapped shared; only the writer may write. `position` is base number and delta length in one word,
 * so a reader never sees one without the other, and a writer that is killed leaves either the old or the new
 * state.
 */
struct registry_control {
	uint64_t magic;
	uint64_t position; /* 0: nothing published yet */
	/* Another number whenever the position goes back, before it does:
	 * the same one then comes again for other content. */
	uint64_t rewinds;
};

/** Put base number (28 bits) and delta length [bytes] into one word. */
static inline uint64_t registry_position(uint64_t base, uint64_t delta_length)
{
	return base << 36 | delta_length;
}
/** The base number in a position. */
static inline uint64_t registry_position_base(uint64_t position)
{
	return position >> 36;
}
/** The delta's length in a position [bytes]. */
static inline uint64_t registry_position_delta(uint64_t position)
{
	return position & (REGISTRY_DELTA_MAX - 1);
}
