/* SPDX-License-Identifier: Apache-2.0
 * Why an outbound call came to no HTTP answer: whose fault, in which words, and what mends it. Pure. */
#pragma once

#include "model/reason.h"

enum outbound_problem {
	OUTBOUND_OK = 0,  /* an HTTP answer came */
	OUTBOUND_RESOLVE, /* the host name leads to no address */
	OUTBOUND_CONNECT, /* no connection: refused, no way, no answer to the first packet */
	OUTBOUND_LATE,    /* connected, then nothing in time */
	OUTBOUND_TRUST,   /* the server's certificate is not trusted, out of date, or for another name */
	OUTBOUND_NOT_TLS, /* https to a port that speaks something else */
	OUTBOUND_IS_TLS,  /* http to a port that speaks TLS */
	/* the server ended the handshake, or the first read after it, with an alert or none */
	OUTBOUND_REFUSED,
	OUTBOUND_DEMANDED,    /* the same, for it wants a client certificate and none was there */
	OUTBOUND_NOT_HTTP,    /* what came is no HTTP, or breaks off */
	OUTBOUND_LIMIT,       /* the answer is larger than is taken */
	OUTBOUND_WEAK,        /* our side: key, certificate or digest is too weak for TLS */
	OUTBOUND_KEY_PAIR,    /* our side: the key pair cannot be used for another cause */
	OUTBOUND_TRUST_STORE, /* our side: the trust store holds nothing that can be used */
	OUTBOUND_PROBLEM_COUNT,
};

/** One word for JSON; "" for OUTBOUND_OK. */
const char *outbound_problem_name(enum outbound_problem problem);
/** The reverse; OUTBOUND_NOT_HTTP for a word that is none. */
enum outbound_problem outbound_problem_find(struct str name);
/** The reason of each but OUTBOUND_OK, which has none. */
enum reason outbound_problem_reason(enum outbound_problem problem);
/** Whether the server was there and had the call, or the handshake, in hand. */
bool outbound_problem_reached(enum outbound_problem problem);
