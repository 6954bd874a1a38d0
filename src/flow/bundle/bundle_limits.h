/* SPDX-License-Identifier: Apache-2.0
 * What a bundle from outside may be as large as. */
#pragma once

#include <stddef.h>

/** Limits of a bundle from outside [bytes, entries]. */
#define BUNDLE_MAX_ZIP ((size_t)10 * 1024 * 1024)
#define BUNDLE_MAX_ENTRIES 2000
#define BUNDLE_MAX_NAME 512
#define BUNDLE_MAX_ENTRY ((size_t)16 * 1024 * 1024)
#define BUNDLE_MAX_TOTAL ((size_t)64 * 1024 * 1024)
