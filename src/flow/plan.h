/* SPDX-License-Identifier: Apache-2.0
 * What an integration flow does, as plain values: made by iflw.h, stored and shipped as JSON, run by
 * run.h. */
#pragma once

#include "json/value.h"

/** Who may call an endpoint. */
enum flow_auth {
	FLOW_AUTH_ROLE,        /* the instance has flow_endpoint.role */
	FLOW_AUTH_CERTIFICATE, /* the certificate's names stand in flow_endpoint.rows */
};

/** One accepted pair of names, RFC 2253 or the spaced form people type. */
struct flow_dn_row {
	char *subject;
	char *issuer; /* "" accepts none */
};

/** The HTTPS sender channel. */
struct flow_endpoint {
	char *address; /* "/orders"; ends in a slash and an asterisk as wildcard */
	enum flow_auth auth;
	char *role; /* "ESBMessaging.send"; "" with FLOW_AUTH_CERTIFICATE */
	struct flow_dn_row *rows;
	size_t n_rows;
	bool csrf;         /* modifying requests need a token */
	uint64_t max_body; /* [bytes] */
};

enum flow_source { FLOW_CONSTANT, FLOW_EXPRESSION, FLOW_HEADER, FLOW_PROPERTY };

/** One row of a Content Modifier. */
struct flow_assignment {
	bool remove; /* delete the name (a trailing * deletes all that begin so) instead of setting it */
	enum flow_source source;
	char *name;
	char *value;
	char *otherwise; /* taken where the source gives nothing; may be "" */
};

enum flow_receiver_auth { FLOW_RECEIVER_NONE, FLOW_RECEIVER_BASIC, FLOW_RECEIVER_CERTIFICATE };

/** An HTTP receiver channel. Texts with "${" are expressions. */
struct flow_receiver {
	char *name;
	char *url;    /* without query */
	char *query;  /* without "?"; may be "" */
	char *method; /* "GET" … or an expression */
	enum flow_receiver_auth auth;
	char *credential;       /* name of the user credential; "" unless FLOW_RECEIVER_BASIC */
	char *alias;            /* key pair in the keystore; "" unless FLOW_RECEIVER_CERTIFICATE */
	char *request_headers;  /* filter.h list of what is sent */
	char *response_headers; /* filter.h list of what is taken over */
	uint32_t timeout_ms;
	bool throw_on_failure; /* a status of 400 or more fails the message */
	bool send_body;        /* also with GET, HEAD and DELETE */
};

enum flow_step_kind { FLOW_STEP_MODIFIER, FLOW_STEP_CALL };

struct flow_step {
	enum flow_step_kind kind;
	char *id;   /* "CallActivity_1", for error reports */
	char *name; /* "Set answer" */
	/* FLOW_STEP_MODIFIER, done in this order: headers, properties, body. */
	struct flow_assignment *headers, *properties;
	size_t n_headers, n_properties;
	bool sets_body, body_is_expression;
	char *body;
	/* FLOW_STEP_CALL */
	struct flow_receiver *receiver;
};

/** What a flow does with a body that comes in. */
enum flow_body {
	FLOW_BODY_HELD, /* it looks at it, or gives it back: the whole body is needed */
	/* it goes on unseen: from the caller to the first receiver, from the last one to the caller */
	FLOW_BODY_PASSES,
	FLOW_BODY_UNUSED, /* another takes its place before anybody looked */
};

/** One flow. Owns all it points to. */
struct flow_plan {
	char *name;
	struct flow_endpoint endpoint;
	char *allowed_headers; /* filter.h list of caller's headers and query parameters let in */
	bool return_exception; /* the error text goes to the caller */
	struct flow_step *steps;
	size_t n_steps;
	/* Found by passage_find(). */
	enum flow_body request_body; /* the caller's */
	enum flow_body answer_body;  /* the last receiver's; held where there is none */
	size_t last_call;            /* its step, or n_steps */
};

/** Free a plan and all in it; accepts NULL. */
void flow_plan_free(struct flow_plan *plan);
DEFINE_CLEANUP(struct flow_plan, flow_plan_free);

/** The i-th receiver called, or NULL when there are no more; borrowed from plan.
 * The manager ships what they need. */
const struct flow_receiver *flow_plan_receiver(const struct flow_plan *plan, size_t i);
