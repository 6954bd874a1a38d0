/* SPDX-License-Identifier: Apache-2.0
 * From a request's certificate and Authorization header to the service key that calls. */
#pragma once

#include "gateway/judgement.h"

/** A caller and what its verdict borrows from, the peer's facts apart; counted, because a request may outlive the next one's look. */
struct caller {
	unsigned refs;
	uint64_t generation; /* of the registry that it was found in */
	struct identity identity;
	struct view_keys keys;
	struct value *claims; /* of a bearer token whose signature holds */
	struct buf user, secret_sha256, confirmation;
	struct buf line; /* of monitor_format_caller(), once a request was answered */
};

/**
 * Judge who makes a request. The answer for a certificate is kept with its judgement, for every connection that presents it,
 * and given again as long as neither the registry has moved nor the chain been judged anew.
 *
 * judgement     of peer_judge(), NULL without a certificate; must outlive the caller
 * fields        of the request
 *
 * Returns one reference; caller_free() it.
 */
struct caller *caller_judge(struct gateway *g, const struct tenant *tenant, struct judgement *judgement,
			    const struct http_field *fields, size_t n_fields, struct wall now);
/**
 * Put back the evidence of a caller that was recognised by its certificate, for a refusal that comes after all: it is let go
 * of, as most requests are not refused. peer is that of the judgement.
 */
void caller_explain(struct caller *caller, const struct identity_peer *peer, struct wall now);
/** Give up a reference; accepts NULL. */
void caller_free(struct caller *caller);
