/* SPDX-License-Identifier: Apache-2.0
 * CSRF tokens that need no memory: sealed, bound to endpoint, service key and a session cookie, good for a
 * while. */
#pragma once

#include "seal/seal.h"
#include "base/clock.h"
#include "policy/policy.h"

/** What a token is bound to. */
struct csrf_binding {
	struct str tenant;
	struct str artifact;
	struct str service_key; /* id of the service key */
	struct str session;     /* of the cookie */
};

#define CSRF_COOKIE "postern_csrf"
#define CSRF_SESSION_SIZE 25 /* with NUL */
/** How long a token is good [s]. */
#define CSRF_VALID_SECONDS 1800

/** Append a token. */
void csrf_make(const struct seal_key *key, const struct csrf_binding *binding, struct wall now,
	       struct buf *out);
/** Judge the X-CSRF-Token field (p NULL: none sent) and the session of the cookie (p NULL:
 * none sent) in binding. */
enum policy_csrf csrf_judge(const struct seal_key *key, const struct csrf_binding *binding, struct str token,
			    struct wall now);
/** The session in a Cookie field; p NULL when there is none. */
struct str csrf_session(struct str cookie);
