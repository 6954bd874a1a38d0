/* SPDX-License-Identifier: Apache-2.0
 * Randomness from getrandom(2). */
#include "base/random.h"

#include "base/char.h"
#include "base/result.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

void random_fill(void *out, size_t n)
{
	uint8_t *p = out;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR) {
			continue;
		}
		ASSERT(got > 0);
		p += got;
		n -= (size_t)got;
	}
}

const char *random_uuid(char out[RANDOM_UUID_SIZE])
{
	uint8_t b[16];
	random_fill(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	(void)snprintf(out, RANDOM_UUID_SIZE,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		       b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		       b[15]);
	return out;
}

const char *random_text(char *out, size_t n)
{
	static const char set[] = CHAR_LETTERS_DIGITS "-_";
	random_fill(out, n);
	for (size_t i = 0; i < n; i++) {
		out[i] = set[(uint8_t)out[i] & 63];
	}
	out[n] = '\0';
	return out;
}
