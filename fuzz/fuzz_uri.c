/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as URL, authority, path and query. */
#include "http/uri.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_from(data, size);
	struct str segment, rest = in, label;
	struct uri uri;
	struct host host;
	AUTO_BUF(value, 4096);
	if (uri_parse(in, &uri, NULL) == RC_OK &&
	    (uri.host.n == 0 || uri_check_path(uri.path, NULL) != RC_OK)) {
		abort();
	}
	if (host_split(in, &host) == RC_OK &&
	    (host.name.n == 0 || !host_equal(host.name, host.name) ||
	     (host_below(host.name, STR("localhost"), &label) && label.n == 0))) {
		abort();
	}
	if (uri_check_path(in, NULL) == RC_OK) {
		while (uri_next_segment(&rest, &segment)) {
			if (str_is(segment, "..") || str_is(segment, ".")) {
				abort();
			}
		}
		if (rest.n) {
			abort();
		}
	}
	if (uri_check_query(in, NULL) == RC_OK) {
		(void)!uri_query_get(in, "a", &value);
	}
	return 0;
}
