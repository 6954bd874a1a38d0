/* SPDX-License-Identifier: Apache-2.0
 * One request on its way through the gateway, until its answer is recorded and given. */
#pragma once

#include "flow/run.h"
#include "gateway/caller.h"
#include "csrf/csrf.h"
#include "gateway/monitor.h"
#include "gateway/peer.h"

/** What a visit is waiting for. */
enum visit_state {
	VISIT_STATE_ADMISSION, /* its head is being judged */
	VISIT_STATE_BODY,      /* admitted: the body is on its way */
	VISIT_STATE_DELIVERY,  /* the flow runs, or the token service was asked */
	VISIT_STATE_ANSWERING, /* the answer's head is out, its body follows in parts */
	VISIT_STATE_ANSWERED,  /* over */
};

/** One request. */
struct visit {
	struct gateway *g;
	struct visit *next_spare;
	struct http_exchange *exchange; /* NULL once answered or gone */
	enum visit_state state;
	char id[MONITOR_ID_SIZE];
	struct mono start;
	struct tenant *tenant;            /* NULL: the registry could not be read */
	struct judgement *judgement;      /* held; NULL: no certificate */
	const struct identity_peer *peer; /* of the judgement, or of nobody */
	struct caller *caller;            /* NULL: the request did not get as far */
	bool unrecorded; /* the journal is full: its record would take the room of those under way */
	bool for_token;  /* POST /oauth/token, not an endpoint */
	struct buf path; /* of address_path() */
	struct endpoint *endpoint;
	struct policy_verdict verdict;
	struct flow_field *fields; /* the caller's, as the run borrows them */
	size_t fields_size;
	struct buf url;
	struct flow_run *run;
	/* The receiver that is being called. */
	struct http_call *call;                      /* NULL: none */
	const struct http_client_response *response; /* NULL before its head */
	struct http_client_response head;            /* what response points to */
	struct buf held;                             /* its body, where the flow looks at it */
	uint64_t counted;                            /* [bytes] of the budget for held */
	bool request_blocked;                        /* it takes no more of the caller's body for now */
	bool answer_blocked;                         /* the caller takes no more of its answer for now */
	int status;                                  /* of an answer in parts, once begun */
	uint64_t written;                            /* [bytes] of its body */
};

/** Begin with a request's head; attached to the exchange. */
struct visit *visit_new(struct gateway *g, struct http_exchange *exchange);
/** Only way to change its state; asserts that the move is allowed. */
void visit_set_state(struct visit *visit, enum visit_state state);
/** Free those kept for later requests. */
void visit_free_spares(struct gateway *g);
/** The peer went away before the answer: record that, free. */
void visit_abandon(struct visit *visit);

/** What becomes of a visit. */
struct visit_outcome {
	const char *status; /* "COMPLETED", "FAILED" or "REFUSED" */
	int http_status;
	enum reason reason;
	bool probe;
	const char *text; /* NULL takes the reason's */
	const struct http_field *fields;
	size_t n_fields;
	struct str body;
	bool body_follows; /* visit_begin(): in parts */
	uint64_t length;   /* of a body that follows [bytes], or HTTP_LENGTH_UNKNOWN */
};

/** Record the outcome, then answer with it and free the visit.
 * Where it cannot be recorded, the answer is 503. */
void visit_answer(struct visit *visit, const struct visit_outcome *outcome);
/** Record the outcome, then let the answer's head leave; its body follows by http_exchange_write().
 * False: it could not be recorded, the answer was 503 and the visit is freed. */
MUST_USE bool visit_begin(struct visit *visit, const struct visit_outcome *outcome);
/** The answer that was begun is whole: end and free the visit. */
void visit_finish(struct visit *visit);
/** The answer that was begun cannot be brought to its end:
 * amend the record, break the transfer, free the visit. */
void visit_break(struct visit *visit, enum reason reason, const char *text);
/** Append the body of a refusal; told is REASON_NONE where the caller may not know the code. */
void visit_format_refusal(const char *id, enum reason told, struct buf *out);
/** Refuse: status of the reason, body {"code","requestId"} with the code as far as it may be told.
 * text NULL takes the reason's. */
void visit_refuse(struct visit *visit, enum reason reason, const char *text);
/** Refuse for the budget's sake, or for want of memory: 429 or 503, with Retry-After. */
void visit_refuse_unheld(struct visit *visit, enum budget_answer why);
