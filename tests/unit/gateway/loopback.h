/* SPDX-License-Identifier: Apache-2.0
 * A gateway and its callers in one process, on one loop, over pipes in memory:
 * TLS, HTTP, verdict and answer are those of a worker; only the listening socket is missing. What a flow
 * calls is a server on the same loop, over TCP on 127.0.0.1. */
#pragma once

#include "gateway/serving.h"

struct loopback;
struct loopback_caller; /* one connection from outside */

/** An answer, or the end of the connection without one. */
struct loopback_reply {
	int status; /* 0: none came */
	bool closed;
	char body[4096]; /* its beginning */
	char code[16];   /* member "code" of a JSON body, "" for none */
	char id[64], csrf[1024], cookie[256];
};

/**
 * Make a gateway that serves a registry in a folder of its own.
 *
 * settings    as of worker_run(), on top of {"host":"localhost","tell_reason":"always"}; "" for none
 * statements  of furnish()
 */
struct loopback *loopback_new(const char *settings, const char *statements);
/** End it with its callers, and remove the folder. Accepts NULL. */
void loopback_free(struct loopback *loopback);
/** Publish a change, as furnish() says it. */
void loopback_change(struct loopback *loopback, const char *statements);
/** The gateway itself. */
struct gateway *loopback_gateway(struct loopback *loopback);
/** The record in the journal of a request; it has to be there as soon as the answer is.
 * Borrowed until the next one is asked for. */
const struct value *loopback_record(struct loopback *loopback, const char *id);
/** The last record that was written; NULL: none. As above. */
const struct value *loopback_last_record(struct loopback *loopback);

/**
 * Connect; the handshake goes on with what is said and heard.
 * Ends with loopback_hang_up(), or with the loopback.
 *
 * party  whose certificate is presented; "" none; "plain": no TLS is spoken
 * host   server name of the handshake; NULL "localhost"
 */
struct loopback_caller *loopback_connect(struct loopback *loopback, const char *party, const char *host);
/** Close the connection. */
void loopback_hang_up(struct loopback_caller *caller);
/** Say bytes, as they are. */
void loopback_say(struct loopback_caller *caller, struct str bytes);
/** Wait for an answer, or the end. to_head: it has no body. */
struct loopback_reply loopback_hear(struct loopback_caller *caller, bool to_head);
/**
 * Say a request and hear its answer. Its lines: METHOD and path, then fields; Host is added.
 * A field may be said in short:
 *
 *   @basic ID:SECRET           Authorization of both
 *   @bearer CLIENT ZONE EXP [MORE]   Authorization by a token of k1 that lasts EXP [s], MORE added to it
 *   @body N                    a body of N bytes, with its length
 *   @length N                  its length alone
 */
struct loopback_reply loopback_ask(struct loopback_caller *caller, const char *request);
