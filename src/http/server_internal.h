/* SPDX-License-Identifier: Apache-2.0
 * What the files of the HTTP server share: its lists, connections and exchanges. */
#pragma once

#include "base/memory.h"
#include "http/h1.h"
#include "http/server.h"
#include "os/socket.h"

enum connection_state {
	CONNECTION_HANDSHAKE,
	CONNECTION_IDLE,     /* no byte of a request yet */
	CONNECTION_HEAD,     /* some bytes of a head */
	CONNECTION_BODY,     /* head handled, body arriving */
	CONNECTION_HANDLING, /* the program works on its answer */
	CONNECTION_WRITING,  /* the answer goes out */
	CONNECTION_LINGER,   /* all said: what the peer still sends is dropped until it closes */
	CONNECTION_ENDED,
	CONNECTION_STATES,
};

/** Connections of one state, oldest first. */
struct connection_list {
	struct http_connection *first, *last;
	size_t n;
};

struct server_listener {
	struct server_listener *next;
	struct http_server *server;
	struct loop_watch *watch;
	int fd;
	http_transport_fn hook;
	void *hook_context;
};

struct http_server {
	struct loop *loop;
	struct http_server_options options;
	struct http_handler handler;
	void *ctx;
	struct server_listener *listeners;
	struct connection_list lists[CONNECTION_STATES];
	size_t n_connections;
	bool accepting;
	struct loop_timer *accept_timer; /* accepts again after a pause */
	bool draining;
	struct loop_timer *drain_timer;
	void (*drained)(void *ctx);
	void *drained_ctx;
	int64_t date_second;
	char date[32];
};

struct http_exchange {
	struct http_connection *connection;
	char *head;
	struct h1_request request;
	struct mono start;
	struct buf body;
	struct h1_chunks chunks;
	bool accepted;  /* the body is wanted */
	bool responded; /* the answer stands in the connection's out */
	bool whole;     /* the body has been read to its end */
	void *user;
};

struct http_connection {
	struct http_server *server;
	struct http_connection *next, *previous; /* in the list of its state */
	enum connection_state state;
	bool running;   /* in connection_run() */
	bool scheduled; /* connection_run() comes at the end of the turn */
	bool eof;       /* the peer sends no more */
	bool last;      /* closes after this answer */
	int refusal;    /* status of the answer that on_malformed may still add to, else 0 */
	struct transport *transport;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct buf in;
	size_t scanned; /* [bytes] of in looked at for the head's end */
	struct buf out;
	size_t out_sent;   /* [bytes] */
	struct mono since; /* beginning of the body */
	size_t lingered;   /* [bytes] dropped */
	struct http_exchange *exchange;
	bool is_unix;
	uid_t uid;
	char peer[SOCKET_PEER_SIZE];
	void *user;
};

/** Begin to serve a transport (taken). */
enum rc connection_start(struct http_server *server, struct transport *take_transport, struct err *reterr);
/** Go on as far as possible without waiting. */
void connection_run(struct http_connection *c);
/** The same, at the end of this turn. */
void connection_schedule(struct http_connection *c);
/** End at once; tells the program; freed at the end of the turn. */
void connection_end(struct http_connection *c);
/** The only writer of the state; keeps the server's lists. */
void connection_set_state(struct http_connection *c, enum connection_state state);

/** Make an exchange of a parsed head; take_head is what request's slices point into. */
struct http_exchange *exchange_new(struct http_connection *c);
/** Free it; accepts NULL. */
void exchange_free(struct http_exchange *exchange);
/** Append a whole answer to a connection's out; request may be NULL for an answer to a malformed head. */
void exchange_format(struct http_connection *c, const struct h1_request *request, int status,
		     const struct http_field *fields, size_t n_fields, struct str body);
/** One connection less: accept again, tell that the server has drained. */
void server_connection_gone(struct http_server *server);
