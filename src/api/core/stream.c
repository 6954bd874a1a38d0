/* SPDX-License-Identifier: Apache-2.0
 * Pieces go between clerk and loop, one at a time. */
#include "api/core/stream.h"

#include "api/core/call.h"
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
