/* SPDX-License-Identifier: Apache-2.0
 * Pieces go between clerk and loop, one at a time. */
#include "api/stream.h"

#include "api/api.h"
#include "log/log.h"

void stream_begin(struct call *call, void (*more)(struct call *call))
{
	ASSERT(call->place == CALL_READ && !call->stream.more);
	call->stream = (struct call_stream){ .more = more };
	more(call);
}

void stream_write(struct call *call, struct str bytes)
{
	(void)buf_add(&call->answer.body, bytes);
}

void stream_end(struct call *call)
{
	call->stream.ended = true;
}

void stream_fail(struct call *call, const struct err *err)
{
	if (call->stream.begun) {
		log_err(LOG_ERROR, "api_failed", err);
		call->stream.failed = true;
		return;
	}
	call->stream = (struct call_stream){ 0 };
	call_answer_clear(&call->answer);
	call_fail(call, err);
}

static void stream_run(struct session *session, void *subject)
{
	struct call *call = subject;
	call->session = session;
	call->stream.more(call);
}

static void stream_ran(void *subject)
{
	struct call *call = subject;
	call->work = NULL;
	stream_send(call);
}

void stream_go_on(struct call *call)
{
	call->use_case.run = stream_run;
	if (work_start(call->api->works, &call->use_case, &call->actor, call, stream_ran, call_dropped,
		       &call->work, NULL) != RC_OK)
		http_exchange_cut(call->exchange);
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

void stream_send(struct call *call)
{
	if (!call->stream.begun)
		begin(call);
	if (call->stream.failed || call->answer.body.overflow) {
		http_exchange_cut(call->exchange);
		return;
	}
	bool has_room = http_exchange_write(call->exchange, buf_str(&call->answer.body));
	buf_clear(&call->answer.body);
	if (call->stream.ended)
		call_finish_stream(call);
	else if (has_room)
		stream_go_on(call);
}

bool stream_dropped(struct call *call)
{
	if (!call->stream.begun)
		return false;
	http_exchange_cut(call->exchange);
	return true;
}
