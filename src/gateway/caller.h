/* SPDX-License-Identifier: Apache-2.0
 * From a request's certificate and Authorization header to the service key that calls. */
#pragma once

#include "gateway/tenant.h"
#include "identity/identity.h"

/** Most service keys that are compared with one certificate. */
#define CALLER_CANDIDATES_MAX 64

/** A caller and all that its verdict borrows from. Start with caller_judge(), end with caller_fini(). */
struct caller {
	struct identity identity;
	struct identity_record *records;
	struct identity_candidate *candidates;
	size_t n;
	struct value *claims; /* of a bearer token whose signature holds */
	struct buf user, secret_sha256, confirmation;
};

/**
 * Judge who makes a request.
 *
 * peer          of peer_judge(); borrowed until caller_fini()
 * fields        of the request
 */
void caller_judge(struct caller *ret, struct gateway *g, const struct tenant *tenant,
		  const struct identity_peer *peer, const struct http_field *fields, size_t n_fields,
		  struct wall now);
/** Release; accepts a zeroed one. */
void caller_fini(struct caller *caller);
