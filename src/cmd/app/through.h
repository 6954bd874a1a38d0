/* SPDX-License-Identifier: Apache-2.0
 * One HTTP call through a destination, with its certificate, as an app would make it. */
#pragma once

#include "base/buf.h"
#include "json/value.h"

/** What to send; all borrowed. */
struct through_request {
	const struct value *found; /* answer of Find Destination */
	const char *path;          /* appended to the URL, may be NULL */
	const char *method;
	struct str body;            /* p NULL: none */
	const char *const *headers; /* "Name: value" lines, n_headers of them */
	size_t n_headers;
	struct str own_ca; /* PEM, trusted beside the destination's trust store */
	bool verbose;      /* tell head and timing on standard error */
};

/** What came back; the body went to standard output as it arrived. */
struct through_answer {
	long status;
	char request_id[64]; /* x-request-id, or "" */
};

/**
 * Make the call.
 *
 * Errors of outbound_plan() and outbound_call(); RC_CERT (D406) or RC_IO with the problem's reason:
 * no HTTP answer came
 */
MUST_USE enum rc through_call(const struct through_request *request, struct through_answer *ret,
			      struct err *reterr);
