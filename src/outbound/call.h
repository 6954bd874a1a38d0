/* SPDX-License-Identifier: Apache-2.0
 * One outbound HTTP call, with a client certificate, and with what came of it told in plain words. */
#pragma once

#include "outbound/problem.h"

/** What a caller wants to have while the call goes on; each may be NULL. */
struct outbound_watch {
	void (*on_line)(void *context, struct str line);  /* each line of the answer's head */
	bool (*on_body)(void *context, struct str bytes); /* false ends the call: OUTBOUND_LIMIT */
	void (*on_sent)(void *context, struct str head);  /* the request's head; may hold secrets */
	void *context;
};

/** What came of a call. */
struct outbound_answer {
	enum outbound_problem problem;
	char said[256];        /* what more is known, a sentence or "" */
	char fix[256];         /* what mends it, where the reason's own does not; or "" */
	long status;           /* 0 where there is a problem */
	struct value *headers; /* lower-case name: text; owned */
	bool certificate_sent; /* there is one, and the server asked for it */
	int64_t duration_us, tls_us;
	char remote[64]; /* address */
};
/** Release; accepts a zeroed one. */
void outbound_answer_fini(struct outbound_answer *answer);

/**
 * Make one call.
 *
 * request  of outbound_plan(): {"method":"HEAD","url","headers":{},"lines":["Name: value"],"body"?:
 *          text,"container"?: base64,
 *           "password"?,"anchors": PEM,"trust"?: base64 of certificates or a key store,"trust_password"?,
 *           "system_anchors":false,
 *           "trust_all":false,"connect_ms":5000,"total_ms":15000,"evidence":{}}
 * body     sent instead of the request's, as it is; p NULL: none
 *
 * Only http and https, no redirects, no proxies from the environment.
 * RC_OK also where no HTTP answer came: ret->problem.
 * RC_INVALID a bad request; RC_INVALID with a reason what is wrong on this side:
 * key store (D403, P104, P107, those of container_open()), trust store (D424).
 */
MUST_USE enum rc outbound_call(const struct value *request, struct str body,
			       const struct outbound_watch *watch, struct outbound_answer *ret,
			       struct err *reterr);

/**
 * The same for a job, JSON in and out.
 *
 * request  as above, with "max_body":64 KiB [bytes]; or {"refuse":
 *          text, "reason", "fix"}, which only comes back as that error
 * ret      {"reached":bool,"status":n,"headers":{},"body":base64,"problem":"","text":"","fix":"",
 *          "duration_us":n,"certificate_sent":bool,
 *           "remote":"127.0.0.1"}; problem is a word of outbound_problem_name()
 */
MUST_USE enum rc outbound_run(const struct value *request, struct value **ret, struct err *reterr);
