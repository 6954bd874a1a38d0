/* SPDX-License-Identifier: Apache-2.0
 * Client of the management API: by the socket of a server on this machine, or by URL with a login. */
#pragma once

#include "base/buf.h"
#include "json/value.h"

struct client;

/** Where the server is and who asks. All borrowed until client_open() returns; NULL where not given. */
struct client_options {
	const char *state_dir;  /* its admin.sock is used unless server is given */
	const char *server;     /* management URL */
	const char *token;      /* bearer token for server */
	const char *login;      /* user:password for server */
	const char *subaccount; /* NULL: default */
	const char *ca_file;    /* PEM of further trusted CAs for server */
};

/**
 * Make a client; nothing is sent yet.
 * RC_DENIED no login for a server given by URL; RC_IO no server runs for the state folder;
 * RC_INVALID the URL.
 */
MUST_USE enum rc client_open(struct client **ret, const struct client_options *options, struct err *reterr);
/** Forget a client; accepts NULL. */
void client_free(struct client *client);

/**
 * One call of the management API.
 *
 * path      as sent, segments already encoded (client_path())
 * body      sent as JSON; NULL for none
 * ret_body  the answer's JSON, NULL when it has none; owned by the caller; may be NULL when nobody wants it
 *
 * The error JSON of an answer of 400 or above becomes err (code, reason, field, text, fix).
 * RC_IO nobody answers.
 */
MUST_USE enum rc client_call(struct client *client, const char *method, const char *path,
			     const struct value *body, struct value **ret_body, struct err *reterr);
/** GET path; the answer's JSON in *ret. */
MUST_USE enum rc client_get(struct client *client, const char *path, struct value **ret, struct err *reterr);
/** Make a path: each %s of fmt is percent-encoded, %d an int. Owned by the caller (mem_free()). */
char *client_path(const char *fmt, ...) PRINTF_LIKE(1, 2);
/** Turn an answer's status and error JSON (own shape or SAP's {"ErrorMessage"}) into an error.
 * Returns its code. */
enum rc client_error(int status, const struct value *body, struct err *reterr);
/** What the server remarked on the last call that succeeded (x-postern-warning); NULL: nothing.
 * Valid until the next call. */
const char *client_warning(const struct client *client);
/** The name of the subaccount worked in. */
const char *client_subaccount(const struct client *client);
