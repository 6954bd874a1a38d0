/* SPDX-License-Identifier: Apache-2.0
 * One call of a management API: who asks, for what, and how it is answered. */
#pragma once

#include "api/route.h"
#include "helper/job.h"
#include "http/server.h"
#include "json/value.h"

struct api;
struct session;

#define CALL_PARAMS 3
#define CALL_PARAM_MAX 1024

/** Who asks. */
struct call_login {
	bool admin; /* may use /admin/v1: peer of admin.sock, or the administrator's password */
	bool server; /* manages the whole server: peer of admin.sock, or an administrator of the subaccount default */
	bool internal;       /* peer of internal.sock: a gateway */
	char *client_id;     /* of a bearer token; NULL otherwise */
	char *instance;      /* id of the destination instance the token was issued to; NULL otherwise */
	bool may_read;       /* Destination service: scope Read */
	bool may_write;      /* scope Modify */
	struct value *roles; /* names, of an it-rt instance of plan api; NULL otherwise */
};

/** A call, from its head to its answer. */
struct call {
	struct api *api;
	struct session *session;
	struct http_exchange *exchange; /* NULL once answered or aborted */
	const struct route *route;
	struct call_login login;
	char *tenant;              /* id of the subaccount worked in */
	char *params[CALL_PARAMS]; /* decoded {…} of the path */
	struct value *body;        /* JSON body; NULL when none was sent */
	struct job *job;           /* running for it; cancelled when the caller goes */
	job_done_fn job_done;      /* of it */
	struct str job_secret;     /* what stands beside its answer, while job_done is called */
	void *state;               /* of a handler that answers later */
	void (*state_free)(void *state);
};

/** Whether the login may do what one of some roles may; names have a space between. The administrator may all. */
bool call_has_role(const struct call *call, const char *roles);

/** Make one for a request; free with call_free(), by itself after the answer. */
struct call *call_new(struct api *api, struct http_exchange *exchange);
/** The caller is gone: end what runs for it, free it. */
void call_abort(struct call *call);

/** Answer with JSON; take_body NULL sends no body. The call is freed at the end of the loop's turn. */
void call_answer(struct call *call, int status, struct value *take_body);
/** Answer with further fields. */
void call_answer_fields(struct call *call, int status, const struct http_field *fields, size_t n,
			struct value *take_body);
/** Answer with text of another type. */
void call_answer_text(struct call *call, int status, const char *type, struct str text);
/** Answer with bytes; fields name their type. */
void call_answer_bytes(struct call *call, int status, const struct http_field *fields, size_t n,
		       struct str body);
/** Answer with an error in the shape of the route's API. */
void call_fail(struct call *call, const struct err *err);
/** Answer with a status of its own and the error's text. */
void call_fail_status(struct call *call, int status, const struct err *err);
/** Answer with body when rc is RC_OK (status), else with the error. take_body may be NULL. */
void call_finish(struct call *call, enum rc rc, int status, struct value *take_body, const struct err *err);

/** Decoded value of a query parameter, owned; NULL when absent. */
char *call_query(const struct call *call, const char *name);
/** The status that an error is answered with. */
int call_status(const struct err *err);
/** Start a job for the call; done gets the call as context, and call->job_secret. On failure the call is answered. */
void call_job(struct call *call, enum job_kind kind, struct value *take_request, job_done_fn done);
