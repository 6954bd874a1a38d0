/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a chunked body, whole and byte by byte: both come to the same. */
#include "http/h1.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decode in steps of step bytes into a buffer that has room for so many at a time. */
static enum rc decode(struct str in, size_t step, size_t room, struct buf *out)
{
	AUTO_BUF(part, room);
	struct h1_chunks chunks = { .max = out->max };
	size_t at = 0, arrived = 0;
	enum rc rc = RC_AGAIN;
	while (rc == RC_AGAIN && (arrived < in.n || at < arrived)) {
		size_t used = 0, n = arrived;
		if (at == arrived) {
			arrived = arrived + step < in.n ? arrived + step : in.n;
		}
		rc = h1_chunks_decode(&chunks, str_skip(str_first(in, arrived), at), &used, &part, NULL);
		at += used;
		if (used == 0 && part.n == 0 && n == arrived && rc == RC_AGAIN) {
			abort(); /* neither room nor input was lacking */
		}
		if (!buf_add(out, buf_str(&part))) {
			abort(); /* above its maximum */
		}
		buf_clear(&part);
	}
	if (rc == RC_OK && chunks.total != out->n) {
		abort();
	}
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF(whole, 65536);
	AUTO_BUF(trickled, 65536);
	AUTO_BUF(windowed, 65536);
	struct str in = str_from(data, size);
	enum rc a = decode(in, size ? size : 1, 65536, &whole);
	enum rc b = decode(in, 1, 65536, &trickled);
	enum rc c = decode(in, 7, 3, &windowed);
	if (a != b || a != c) {
		abort();
	}
	if (a == RC_OK && (!str_equal(buf_str(&whole), buf_str(&trickled)) ||
			   !str_equal(buf_str(&whole), buf_str(&windowed)))) {
		abort();
	}
	return 0;
}
