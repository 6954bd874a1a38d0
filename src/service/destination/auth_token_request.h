/* SPDX-License-Identifier: Apache-2.0
 * What Find answers as authTokens: which call gets the token of a destination. Pure. */
#pragma once

#include "base/clock.h"
#include "json/value.h"

/** What a caller of Find sends along; all borrowed, p NULL where not sent. */
struct auth_token_headers {
	struct str user_token;            /* X-user-token */
	struct str authorization;         /* token of the Authorization header */
	struct str tenant;                /* X-tenant */
	struct str refresh_token;         /* X-refresh-token */
	struct str code;                  /* X-code */
	struct str redirect_uri;          /* X-redirect-uri */
	struct str code_verifier;         /* X-code-verifier */
	struct str subject_token;         /* X-subject-token */
	struct str subject_token_type;    /* X-subject-token-type */
	struct str actor_token;           /* X-actor-token */
	struct str actor_token_type;      /* X-actor-token-type */
	struct str client_assertion;      /* X-client-assertion */
	struct str client_assertion_type; /* X-client-assertion-type */
};

/** What becomes of a Find. Zeroed: the answer has no authTokens. */
struct auth_token_request_plan {
	struct value *now; /* owned: the array to answer, known without a call; or NULL */
	/* owned: the outbound job that asks for the token (outbound.h), without trust; or NULL */
	struct value *request;
};
/** Release; accepts a zeroed one. */
void auth_token_request_plan_fini(struct auth_token_request_plan *plan);

/**
 * Plan for what service_destination_find() answered.
 *
 * RC_INVALID the headers contradict the destination or each other: the caller's mistake.
 * What is wrong with the destination itself becomes an element with "error". Source: SAP, Destination
 * service, Find a Destination; RFC 6749, 7521, 7523, 8693.
 */
MUST_USE enum rc auth_token_request_plan(const struct value *found, const struct auth_token_headers *headers,
					 struct auth_token_request_plan *ret, struct err *reterr);
