/* SPDX-License-Identifier: Apache-2.0
 * One call of a management API: who asks, for what, and how it is answered.
 * A handler works on a copy of the request and fills in an answer; the exchange is the loop's alone. */
#pragma once

#include "api/core/call_request.h"
#include "api/core/route.h"
#include "api/core/state.h"
#include "base/random.h"
#include "http/server/server.h"
#include "json/value.h"
#include "service/core/page.h"
#include "service/work/work.h"

struct key;
struct job_keys;

#define CALL_PARAMS 3
#define CALL_PARAM_MAX 1024
#define CALL_ANSWER_FIELDS 12

/** Who asks, and what that may do. */
struct call_login {
	unsigned subjects; /* the kinds that it is of: SUBJECT_… */
	char *user;        /* of a name and password; NULL otherwise */
	char *client_id;   /* of a service key, by token or secret; NULL otherwise */
	char *instance;    /* id of the destination instance the token was issued to; NULL otherwise */
};

/** An answer, from the handler to the loop. Owned. */
struct call_answer {
	int status; /* 0: there is none yet */
	char *names[CALL_ANSWER_FIELDS], *values[CALL_ANSWER_FIELDS];
	size_t n_fields;
	struct buf body; /* secret */
};

/** What a handler tells the loop beside its answer. */
struct call_notes {
	bool again;   /* memory alone does not answer it: the handler runs once more, with a store */
	bool later;   /* it waits for something on the loop, which will answer */
	bool forged;  /* a token that was not good, to be counted */
	char *denied; /* a wrong login of this client, to be counted; owned, NULL otherwise */
	void (*then)(struct call *call); /* on the loop, before the answer goes out; NULL otherwise */
};

/** What goes on once there is the key that a handler needs: see key_job.h. */
typedef void (*call_key_fn)(struct call *call, struct key *key);
/** The same for several. */
typedef void (*call_keys_fn)(struct call *call, const struct job_keys *keys);

/** An answer in pieces: stream.h. */
struct call_stream {
	void (*more)(struct call *call); /* makes a piece; NULL: the answer is whole */
	bool begun;                      /* its head was sent */
	bool ended, failed;
};

/** A call, from its head to its answer. The loop's, but while a clerk is at it. */
struct call {
	struct api *api;
	struct http_exchange *exchange; /* of the loop; NULL once answered or aborted */
	struct call_request request;
	enum api_listener listener;
	const struct route *route;
	struct str raw[CALL_PARAMS]; /* {…} of the path, in the request */
	bool other_method;           /* there is no route, but one with another method */
	struct use_case use_case;    /* of the route, or of what the route has found */
	const char *name;            /* of the use case: of the route, or of what the route has found */
	enum call_place place;       /* the same */
	struct session *session;     /* of the clerk that is at it */
	struct call_login login;
	int login_status; /* what the judgement of the login came to */
	struct err login_err;
	struct actor actor;
	char request_id[RANDOM_UUID_SIZE];
	char *tenant;              /* id of the subaccount worked in */
	char *params[CALL_PARAMS]; /* decoded {…} of the path */
	struct value *body;        /* JSON body; NULL when none was sent */
	struct page page;          /* of a list that is asked for; zeroed: all of it */
	char *after;               /* whose that is */
	struct work *work;         /* at it; left when the caller goes */
	struct call_answer answer;
	struct call_stream stream;
	struct call_notes notes;
	job_done_fn made;                /* of call_job() */
	call_key_fn key_use;             /* of key_job() */
	call_keys_fn keys_use;           /* of key_job_several() */
	void (*what)(struct call *call); /* of call_messages() */
	struct err behind;               /* why the newest messages are not in the store; RC_OK: they are */
	void *state;                     /* of a handler that goes on later */
	void (*state_free)(void *state);
};

/** Whether the login is of one of those kinds. */
bool call_is(const struct call *call, unsigned subjects);

/** Make one for a request; it is freed by itself after the answer. */
struct call *call_new(struct api *api, struct http_exchange *exchange);
/** On the loop: have the handler run, where its use case says, and the answer sent. */
void call_run(struct call *call);
/** On the loop: send the answer that is there. The call is freed at the end of the turn. */
void call_send(struct call *call);
/** On the loop: what was sent of an answer in pieces has left; make the next. */
void call_go_on(struct call *call);
/** What clerk_start() and work_start() call in the place of done:
 * free the call, or answer that the server is about to end. */
void call_dropped(void *call);
/** On the loop: the caller is gone. What runs for it goes on or ends as work_leave() has it. */
void call_abort(struct call *call);

/** For call_run.c: forget what a handler kept to go on later. */
void call_state_clear(struct call *call);
/** The same: free it at the end of the loop's turn. */
void call_free_later(struct call *call);

/** Wipe and free an answer; another one may be given then. */
void call_answer_clear(struct call_answer *answer);
/** Answer with JSON; take_body NULL sends no body. */
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

/** Address of who asks: the peer's, or what a gateway tells of its own caller. */
struct str call_peer(const struct call *call);
/** First field of that name (any case) of the request; p is NULL when there is none. */
struct str call_field(const struct call *call, const char *name);
/** Decoded value of a query parameter, owned; NULL when absent. */
char *call_query(const struct call *call, const char *name);
/** The status that an error is answered with. */
int call_status(const struct err *err);
/** Whether the caller reads Atom and no JSON, by $format, else by Accept. */
bool call_asks_for_xml(const struct call *call);
/** Let a helper make something; done gets the call as context, on a clerk, with keys in
 * call->session->secret, and answers it. The last thing a handler does. */
void call_job(struct call *call, enum job_kind kind, struct value *take_request, job_done_fn done);
/** Go on with what, once the messages of before are in the store, or with call->behind.
 * The last thing a handler does. */
void call_messages(struct call *call, void (*what)(struct call *call));
