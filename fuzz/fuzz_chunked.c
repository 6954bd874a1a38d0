/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a chunked body, whole and byte by byte: both come to the same. */
#include "http/h1.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rc decode(struct str in, size_t step, struct buf *out)
{
	struct h1_chunks chunks = { .max = out->max };
	size_t at = 0;
	enum rc rc = RC_AGAIN;
	for (size_t n = step < in.n ? step : in.n; rc == RC_AGAIN && at < in.n;
	     n = n + step < in.n ? n + step : in.n) {
		size_t used = 0;
		rc = h1_chunks_decode(&chunks, str_skip(str_first(in, n), at), &used, out, NULL);
		at += used;
	}
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF(whole, 65536);
	AUTO_BUF(trickled, 65536);
	struct str in = str_from(data, size);
	enum rc a = decode(in, size ? size : 1, &whole);
	enum rc b = decode(in, 1, &trickled);
	if (a != b || (a == RC_OK && !str_equal(buf_str(&whole), buf_str(&trickled))))
		abort();
	return 0;
}
