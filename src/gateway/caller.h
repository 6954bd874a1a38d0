/* SPDX-License-Identifier: Apache-2.0
 * Who makes a request, and why that is so. */
#pragma once

#include "base/buf.h"
#include "identity/identity.h"
#include "view/view.h"

/** A caller and what its verdict borrows from, the peer's facts apart;
 * counted, because a request may outlive the next one's look. */
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
 * Put back the evidence of a caller that was recognised by its certificate, for a refusal that comes after
 * all: it is let go of, as most requests are not refused. peer is that of the judgement.
 */
void caller_explain(struct caller *caller, const struct identity_peer *peer, struct wall now);
/** Give up a reference; accepts NULL. */
void caller_free(struct caller *caller);
