/* SPDX-License-Identifier: Apache-2.0
 * Who asks for a use case: made at the login, handed to whatever is done for it. */
#pragma once

/** What kind of caller it is. */
enum actor_kind {
	ACTOR_SERVER,  /* the server itself: upkeep, renewals, what is done at the start */
	ACTOR_SOCKET,  /* a process of the server's own user, over admin.sock */
	ACTOR_USER,    /* a user of a subaccount, by name and password */
	ACTOR_CLIENT,  /* a service key, by token or by id and secret */
	ACTOR_GATEWAY, /* a gateway, over internal.sock */
	ACTOR_ANYBODY, /* nobody has logged in: a route that is public */
};

/** All texts are borrowed from whoever made it and live as long as what is done for it. */
struct actor {
	enum actor_kind kind;
	const char *name;       /* of the user or the client; "" for the others */
	const char *subaccount; /* that is worked in: its name */
	const char *address;    /* of the peer: "127.0.0.1:4711", "unix"; "" for the server itself */
	const char *request_id; /* of the request, as logs and answers name it; "" for the server itself */
};

/** The server itself, at work in a subaccount (borrowed; NULL for none). */
struct actor actor_server(const char *subaccount);
