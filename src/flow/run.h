/* SPDX-License-Identifier: Apache-2.0
 * One message on its way through a plan: a step machine without I/O, clock or randomness. */
#pragma once

#include "base/clock.h"
#include "flow/fields.h"
#include "flow/plan.h"

/** Longest URL and query of a call [bytes]. */
#define FLOW_MAX_URL ((size_t)16 * 1024)

/** The request as the gateway received it. Borrowed until flow_run_free(). */
struct flow_request {
	struct str method;
	struct str url;   /* "https://host:port/http/orders/1", no query */
	struct str path;  /* of address_path(): "/orders/1" */
	struct str query; /* raw, without "?"; empty when none */
	const struct flow_field *fields;
	size_t n_fields;
	struct str body;  /* empty where body_passes */
	bool body_passes; /* it is not here: plan->request_body says that nobody looks at it */
	struct str user;  /* client id: SapAuthenticatedUserName */
	struct str message_id;
	struct str correlation_id; /* message_id when empty */
	struct wall now;
};

/** A request to make for the flow. Borrowed from the run until flow_run_answer() or _answer_failed(). */
struct flow_call {
	const struct flow_receiver *receiver; /* tells authentication, timeout; lives in the plan */
	struct str step_id;
	struct str url; /* with query; http:// or https://, no control bytes, no spaces */
	struct str method;
	const struct flow_field *
		/* without Host, Content-Length and hop-by-hop fields;
		 * the caller's credentials only where the flow lists them by name */
		fields;
	size_t n_fields;
	struct str body;
	bool body_passes;   /* the body to send is the caller's, as it comes */
	bool answer_passes; /* the answer's body may go to the caller as it comes: answer with body_passes */
};

/** An answer: from a receiver to the flow, or from the flow to its caller. */
struct flow_response {
	int status;
	const struct flow_field *fields;
	size_t n_fields;
	struct str body;
	bool body_passes; /* the body is the receiver's, as it comes; body is empty */
};

enum flow_state {
	/* flow_run_response() is the error's answer, flow_run_error() tells why, the message counts FAILED */
	FLOW_FAILED,
	FLOW_CALL, /* make the request of flow_run_call(), then flow_run_answer() and step again */
	FLOW_DONE, /* flow_run_response() is the answer */
};

struct flow_run;

/** Start a message; plan and everything in request are borrowed until flow_run_free().
 * Never fails: what is wrong shows in the first step. The endpoint's limits and rights were judged before
 * (policy.h). */
struct flow_run *flow_run_new(const struct flow_plan *plan, const struct flow_request *request);
/** Free a run; accepts NULL. */
void flow_run_free(struct flow_run *run);
DEFINE_CLEANUP(struct flow_run, flow_run_free);

/** Go on until a call is to be made or the flow ends. After FLOW_DONE or FLOW_FAILED it returns the same
 * again. */
enum flow_state flow_run_step(struct flow_run *run);

/** The request to make; only after FLOW_CALL. */
const struct flow_call *flow_run_call(const struct flow_run *run);
/** Give the receiver's answer; copied. Only after FLOW_CALL. */
void flow_run_answer(struct flow_run *run, const struct flow_response *answer);
/** Tell that no answer came; why is one sentence without secrets ("Connection refused").
 * The caller gets status: 500 where the flow is wrong, 502 where the receiver cannot be reached or says
 * nonsense, 504 where it is late. Only after FLOW_CALL. */
void flow_run_answer_failed(struct flow_run *run, int status, const char *why);

/** What goes to the caller; only after FLOW_DONE or FLOW_FAILED. Borrowed from the run. */
const struct flow_response *flow_run_response(const struct flow_run *run);
/** Why it failed, one sentence for the operator; "" when it did not. */
const char *flow_run_error(const struct flow_run *run);
/** Id and name of the step it is at or ended in; "" before the first. */
const char *flow_run_step_id(const struct flow_run *run);
const char *flow_run_step_name(const struct flow_run *run);
