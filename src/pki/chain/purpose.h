/* SPDX-License-Identifier: Apache-2.0
 * What a chain of certificates is judged for, and how long it may be. */
#pragma once

#include <stddef.h>

/** Longest chain, anchor included, and most bytes a peer may present. */
#define CHAIN_MAX_DEPTH 10
#define CHAIN_MAX_BYTES ((size_t)64 * 1024)

enum chain_purpose { CHAIN_CLIENT, CHAIN_SERVER, CHAIN_ANY };
