/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as an HTTP/1.1 request head: taken or refused, never read past. */
#include "http/h1.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct h1_limits limits = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };
	struct h1_request r;
	struct str in = str_from(data, size);
	size_t scanned = 0, end = 0;
	int status = 0;
	if (h1_find_end(in, limits.max_head, &scanned, &end, NULL) != RC_OK)
		return 0;
	if (h1_parse_request(str_first(in, end), &limits, &r, &status, NULL) != RC_OK) {
		if (status < 400)
			abort();
		return 0;
	}
	if (r.n_fields > HTTP_FIELDS_MAX || r.path.n > end || r.host.n > end)
		abort();
	/* What smuggling needs: two ways to find the body's end. */
	if (http_fields_count(r.fields, r.n_fields, "content-length") +
		    http_fields_count(r.fields, r.n_fields, "transfer-encoding") >
	    1)
		abort();
	return 0;
}
