/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as an HTTP/1.1 response head. */
#include "http/h1.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct h1_limits limits = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };
	struct h1_response r;
	struct str in = str_from(data, size);
	size_t scanned = 0, end = 0;
	if (h1_find_end(in, limits.max_head, &scanned, &end, NULL) != RC_OK) {
		return 0;
	}
	if (h1_parse_response(str_first(in, end), &limits, size % 2, &r, NULL) != RC_OK) {
		return 0;
	}
	if (r.status < 100 || r.status > 999 || r.n_fields > HTTP_FIELDS_MAX) {
		abort();
	}
	/* Two ways to find the body's end, or an end that only the connection tells on one that goes on. */
	if (http_fields_count(r.fields, r.n_fields, "content-length") +
			    http_fields_count(r.fields, r.n_fields, "transfer-encoding") >
		    1 ||
	    (r.framing == H1_BODY_UNTIL_CLOSE && r.keep_alive)) {
		abort();
	}
	return 0;
}
