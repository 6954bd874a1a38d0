/* SPDX-License-Identifier: Apache-2.0
 * May this caller make this request: one verdict, in one fixed order. */
#pragma once

#include "flow/plan.h"
#include "identity/identity.h"

/** State of the CSRF token of a request, judged by the gateway for endpoints that ask for one. */
enum policy_csrf {
	POLICY_CSRF_MISSING, /* no token, or no session cookie to it */
	POLICY_CSRF_WRONG,   /* a token of another endpoint or session, or an expired one */
	POLICY_CSRF_FETCH,   /* X-CSRF-Token: Fetch */
	POLICY_CSRF_GOOD,
};

enum policy_action {
	POLICY_REFUSE, /* with reason and status */
	POLICY_RUN,    /* run the flow */
	POLICY_PROBE,  /* HEAD: answer 200 without running it */
	POLICY_TOKEN,  /* GET or HEAD with X-CSRF-Token: Fetch: answer 200 with a token, do not run it */
};

/** What is asked. Borrowed. */
struct policy_request {
	const struct identity *identity;
	const struct flow_endpoint *endpoint; /* NULL: no endpoint has the address */
	struct str address;                   /* path asked for, for the evidence */
	struct str method;
	enum policy_csrf csrf;
	uint64_t body_size; /* [bytes] Content-Length, or what has arrived of a chunked body; 0 when none */
	const struct identity_certificate *leaf; /* of a caller recognised by certificate; NULL else */
};

/** The answer; starts as refusal. */
struct policy_verdict {
	enum policy_action action;
	enum reason reason; /* REASON_NONE unless POLICY_REFUSE */
	int status; /* HTTP status to answer with; 200 for POLICY_PROBE and POLICY_TOKEN, 0 for POLICY_RUN */
	struct value *presented, *expected; /* evidence of a refusal, identity's merged in; else NULL */
};

/** Release the evidence; accepts a zeroed value. */
void policy_verdict_fini(struct policy_verdict *verdict);

/** Judge one request. ret is filled whatever the outcome; policy_verdict_fini() it.
 * Order: identity's reason (401), R501 404, R502 405, S309 and S307 403, R503 403, R506 413. */
void policy_judge(const struct policy_request *request, struct policy_verdict *ret);

/** Only the right to an endpoint, for doctor: REASON_NONE, S309 or S307.
 * candidate is a service key with its instance, leaf its certificate (may be NULL).
 * Evidence is added to the two objects; both may be NULL. */
enum reason policy_judge_right(const struct identity_candidate *candidate,
			       const struct identity_certificate *leaf, const struct flow_endpoint *endpoint,
			       struct value *presented, struct value *expected);

/** Whether a body of size [bytes], or one that has grown to it, is over the endpoint's limit:
 * R506 or REASON_NONE. */
enum reason policy_judge_body(const struct flow_endpoint *endpoint, uint64_t size);

/** Most specific sentence for a verdict, such as which role is missing; appended to out. */
void policy_format_text(enum reason reason, const struct value *presented, const struct value *expected,
			struct buf *out);
