/* SPDX-License-Identifier: Apache-2.0
 * Randomness from the kernel. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Fill n bytes with cryptographic randomness; ends the process when the kernel gives none. */
void random_fill(void *out, size_t n);

#define RANDOM_UUID_SIZE 37
/** Random UUID (version 4, lower case) with NUL. Source: RFC 9562 §5.4. Returns out. */
const char *random_uuid(char out[RANDOM_UUID_SIZE]);

/** Random text of n base64url digits and a NUL: 6 bits each; out has n + 1 [bytes]. Returns out. */
const char *random_text(char *out, size_t n);
