/* SPDX-License-Identifier: Apache-2.0
 * Connections of the load client: TLS with a client certificate, one request at a time. */
#pragma once

#include "histogram.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum client_mode {
	CLIENT_FULL,       /* each operation: connect, full handshake, request, close */
	CLIENT_RESUMED,    /* the same with the session of the connection before */
	CLIENT_KEEP_ALIVE, /* each operation: a request on an open connection */
	CLIENT_IDLE,       /* each connection makes one request, then stays open */
};

/** What is asked of the load client; fixed during a run. */
struct client_options {
	enum client_mode mode;
	int port;
	int tls;            /* 12 or 13 */
	bool ec_server;     /* which of the server's certificates is wanted */
	const char *client; /* folder with client.key, clients.pem and ca.pem */
	size_t first_leaf, n_leaves;
	const char *path;
	size_t body;        /* [bytes] of a POST body, 0 for GET */
	size_t answer;      /* [bytes] that the answer's body must have, 0 for any */
	size_t connections; /* at most open at a time */
	double rate;        /* operations due a second; 0: as many as there is room for */
};

/** What came of it so far. */
struct client_count {
	uint64_t operations, failed, not_resumed;
	uint64_t let_go; /* connections that the server closed as it had said, with "Connection: close" */
	struct histogram latency; /* from the due instant */
	struct histogram lag;     /* by how much this process was late itself */
	char first_failure[160];
	char algorithms[160]; /* of the last handshake */
};

struct client_load;

/** Read the certificates, make all that connections share. Ends the process with a message when it cannot. */
struct client_load *client_load_new(const struct client_options *options);
/** Begin: the first operation is due now. */
void client_load_start(struct client_load *load);
/** Work until the instant [ns of measure_now()], or until so many operations are done since the last reset
 * (0: no such limit). */
void client_load_run(struct client_load *load, uint64_t until_ns, uint64_t operations);
/** How many connections are idle with their one request answered. */
size_t client_load_idle(const struct client_load *load);
/** Counts since the last reset; borrowed. */
const struct client_count *client_load_count(const struct client_load *load);
/** Count from zero; with a rate the next operation is due now. */
void client_load_reset(struct client_load *load);
