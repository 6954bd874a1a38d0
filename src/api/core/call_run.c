/* SPDX-License-Identifier: Apache-2.0
 * A call goes between the loop and those who work on it: run, gone on with, answered whole or in pieces. */
#include "api/core/call.h"
#include "api/core/list_ask.h"
#include "api/core/precondition.h"
#include "service/core/session.h"

void call_abort(struct call *call)
{
	call->exchange = NULL;
	if (call->work) {
		work_leave(TAKE(
			call->work)); /* call_dropped() frees it, now or when the clerk is done with it */
		return;
	}
	call_state_clear(call); /* now: what it waits for may come to its end in this very turn */
	call_free_later(call);
}

/* A query is looked at by the use case alone: what it does not know, it passes over. */
static enum rc body_check(const struct call *call, struct err *reterr)
{
	const struct object *takes = call->route->takes;
	return takes ? object_check(takes, call->body, reterr) : RC_OK;
}

static enum rc body_parse(struct call *call, struct err *reterr)
{
	struct str text = call->request.body;
	bool object_only =
		call->route->shape == ROUTE_SHAPE_ADMIN || call->route->shape == ROUTE_SHAPE_BROKER;
	if (call->body || call->route->max_body == 0 || call->route->shape == ROUTE_SHAPE_TOKEN ||
	    call->route->shape == ROUTE_SHAPE_ODATA) {
		return RC_OK;
	}
	if (str_trim(text).n == 0) {
		call->body = value_object();
		return RC_OK;
	}
	TRY(value_parse(&call->body, text, call->route->max_body, reterr));
	if (value_is_object(call->body) || (!object_only && value_is_array(call->body))) {
		return RC_OK;
	}
	return err_set(reterr, RC_INVALID, "The body is a JSON object.");
}

/* The handler, with whatever session: a clerk's, or the loop's own. */
static void handle(struct session *session, void *subject)
{
	struct call *call = subject;
	struct err err = { 0 };
	call->session = session;
	if (body_parse(call, &err) != RC_OK || body_check(call, &err) != RC_OK) {
		call_fail(call, &err);
	} else if (precondition_holds(call, NULL) && list_ask(call)) {
		call->route->handle(call);
	}
}

static void finish(struct call *call)
{
	struct http_exchange *exchange = TAKE(call->exchange);
	http_exchange_set_user(exchange, NULL);
	http_exchange_finish(exchange);
	call_free_later(call);
}

static void begin(struct call *call)
{
	const struct http_field fields[] = { { STR("Cache-Control"), STR("no-store") },
					     { STR("Content-Type"), STR("application/json") } };
	call->stream.begun = true;
	http_exchange_begin(call->exchange, 200, fields, ARRAY_SIZE(fields), HTTP_LENGTH_UNKNOWN);
	if (str_is(call->request.method, "HEAD")) {
		call->stream.ended = true;
		buf_clear(&call->answer.body);
	}
}

static void send_piece(struct call *call)
{
	if (!call->stream.begun) {
		begin(call);
	}
	if (call->stream.failed || call->answer.body.overflow) {
		http_exchange_cut(call->exchange);
		return;
	}
	bool has_room = http_exchange_write(call->exchange, buf_str(&call->answer.body));
	buf_clear(&call->answer.body);
	if (call->stream.ended) {
		finish(call);
	} else if (has_room) {
		call_go_on(call);
	}
}

static void piece_run(struct session *session, void *subject)
{
	struct call *call = subject;
	call->session = session;
	call->stream.more(call);
}

static void piece_ran(void *subject)
{
	struct call *call = subject;
	call->work = NULL;
	send_piece(call);
}

void call_go_on(struct call *call)
{
	call->use_case.run = piece_run;
	if (work_start(call->api->works, &call->use_case, &call->actor, call, piece_ran, call_dropped,
		       &call->work, NULL) != RC_OK) {
		http_exchange_cut(call->exchange);
	}
}

static bool cut_begun(struct call *call)
{
	if (!call->stream.begun) {
		return false;
	}
	http_exchange_cut(call->exchange);
	return true;
}

static void call_ran(void *subject)
{
	struct call *call = subject;
	call->work = NULL;
	if (call->notes.then) {
		call->notes.then(call);
	}
	if (call->notes.again) {
		call_run(call);
	} else if (call->stream.more) {
		send_piece(call);
	} else if (!call->notes.later) {
		call_send(call);
	}
}

/* Nobody waits for the answer any more, or nobody takes the work on: the server is about to end. */
void call_dropped(void *subject)
{
	struct call *call = subject;
	struct err err = { 0 };
	call->work = NULL;
	if (call->notes.then && !call->notes.again) { /* what it has begun goes on without it */
		call->notes.then(call);
	}
	if (!call->exchange) {
		call_state_clear(call);
		call_free_later(call);
		return;
	}
	if (cut_begun(call)) {
		return;
	}
	(void)err_set(&err, RC_AWAY,
		      "Too much is being worked on, or the server is about to end; try again in a moment.");
	call_answer_clear(&call->answer);
	call_fail(call, &err);
	call_send(call);
}

static void run_on_loop(struct call *call)
{
	struct session *memory = call->api->memory;
	session_begin(memory, &call->actor);
	handle(memory, call);
	session_end(memory);
	ASSERT(!memory->need.done);
	call_ran(call);
}

void call_run(struct call *call)
{
	struct err err = { 0 };
	bool again = call->notes.again;
	if (again) {
		call_state_clear(call);
	}
	call->notes = (struct call_notes){ 0 };
	if (call->place == CALL_MEMORY && !again) {
		run_on_loop(call);
		return;
	}
	call->use_case = (struct use_case){ .name = call->name,
					    .clerk = call->place == CALL_CHANGE ? CLERK_CHANGE : CLERK_READ,
					    .run = handle };
	if (work_start(call->api->works, &call->use_case, &call->actor, call, call_ran, call_dropped,
		       &call->work, &err) == RC_OK) {
		return;
	}
	call_fail_status(call, 503, &err);
	call_send(call);
}

static void job_made(struct session *session, void *context, const struct value *answer,
		     const struct err *err)
{
	struct call *call = context;
	call->session = session;
	/* Others may have changed something while the helper worked. */
	if (!answer || precondition_holds(call, answer)) {
		call->made(call, answer, err);
	}
}

void call_job(struct call *call, enum job_kind kind, struct value *take_request, job_done_fn done)
{
	call->made = done;
	work_need(call->session, kind, take_request, NULL, job_made, call);
}

/* Where the clerk that changes is held up, what is in the store has to do. */
static void messages_there(struct session *session, void *context, const struct value *answer,
			   const struct err *err)
{
	struct call *call = context;
	call->session = session;
	call->behind = *err;
	call->what(call);
}

void call_messages(struct call *call, void (*what)(struct call *call))
{
	call->what = what;
	work_need_messages(call->session, messages_there, call);
}
