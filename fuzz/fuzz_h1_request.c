/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as an HTTP/1.1 request head: taken or refused, never read past. */
#include "http/h1.h"
#include "http/uri.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Byte by byte comes to the same as at once. */
static enum rc find_end(struct str in, size_t *ret_end)
{
	size_t scanned = 0, whole_scanned = 0, whole_end = 0;
	enum rc whole = h1_find_end(in, HTTP_HEAD_MAX, &whole_scanned, &whole_end, NULL);
	enum rc rc = RC_AGAIN;
	for (size_t n = 1; rc == RC_AGAIN && n <= in.n; n++) {
		rc = h1_find_end(str_first(in, n), HTTP_HEAD_MAX, &scanned, ret_end, NULL);
	}
	if (rc != whole || (rc == RC_OK && *ret_end != whole_end)) {
		abort();
	}
	return rc;
}

/* What would be understood in two ways: ends of bodies, line ends inside, spellings of a path. */
static void check_unambiguous(const struct h1_request *r)
{
	size_t lengths = http_fields_count(r->fields, r->n_fields, "content-length");
	size_t codings = http_fields_count(r->fields, r->n_fields, "transfer-encoding");
	if (lengths + codings > 1 || (codings == 1) != (r->framing == H1_BODY_CHUNKED)) {
		abort();
	}
	if (http_fields_count(r->fields, r->n_fields, "host") > 1) {
		abort();
	}
	for (size_t i = 0; i < r->n_fields; i++) {
		if (!http_field_name_ok(r->fields[i].name) || !http_field_value_ok(r->fields[i].value)) {
			abort();
		}
	}
	if ((r->form == H1_ORIGIN || r->form == H1_ABSOLUTE) &&
	    (uri_check_path(r->path, NULL) != RC_OK || uri_check_query(r->query, NULL) != RC_OK)) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct h1_limits limits = { .max_head = HTTP_HEAD_MAX, .max_fields = HTTP_FIELDS_MAX };
	struct h1_request r;
	struct str in = str_from(data, size);
	size_t end = 0;
	int status = 0;
	if (find_end(in, &end) != RC_OK) {
		return 0;
	}
	if (h1_parse_request(str_first(in, end), &limits, &r, &status, NULL) != RC_OK) {
		if (status < 400) {
			abort();
		}
		return 0;
	}
	if (r.n_fields > HTTP_FIELDS_MAX || r.path.n > end || r.host.n > end) {
		abort();
	}
	check_unambiguous(&r);
	return 0;
}
