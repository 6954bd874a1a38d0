/* SPDX-License-Identifier: Apache-2.0
 * One HTTP call through a destination, planned and made as everywhere, and told to a person while it goes
 * on. */
#include "cmd/app/through.h"

#include "cmd/line/output.h"
#include "outbound/call.h"
#include "outbound/plan.h"

#include <stdio.h>

#define CONNECT_MS 10000
#define TOTAL_MS 120000

static void on_line(void *context, struct str line)
{
	char shown[2048];
	(void)context;
	output_say("< %s", str_printable(line, shown, sizeof(shown)));
}

static bool on_body(void *context, struct str bytes)
{
	(void)context;
	output_bytes(bytes);
	return true;
}

/* Only what is sent as head is told, never key or token. */
static void on_sent(void *context, struct str head)
{
	struct str line;
	char shown[2048];
	(void)context;
	while (head.p && str_split(&head, '\n', &line)) {
		line = str_trim(line);
		bool secret = str_equal_nocase(str_first(line, 14), STR("authorization:"));
		if (line.n) {
			output_say("> %s", secret ? "Authorization: ********"
						  : str_printable(line, shown, sizeof(shown)));
		}
	}
}

/* The reason's sentence, what more is known, and what mends it. */
static enum rc unanswered(const struct value *request, const struct outbound_answer *answer,
			  struct err *reterr)
{
	enum reason reason = outbound_problem_reason(answer->problem);
	enum rc rc = answer->problem == OUTBOUND_TRUST ? RC_CERT : RC_IO;
	(void)reason_err(reterr, rc, reason, value_get(request, "evidence"));
	if (reterr && answer->said[0]) {
		(void)snprintf(reterr->text, sizeof(reterr->text), "%s %s", reason_info(reason)->title,
			       answer->said);
	}
	return answer->fix[0] ? err_fix(reterr, "%s", answer->fix) : rc;
}

static enum rc call(const struct through_request *request, const struct value *planned,
		    struct through_answer *ret, struct err *reterr)
{
	AUTO(outbound_answer_fini) struct outbound_answer answer = { 0 };
	const struct outbound_watch watch = { .on_line = request->verbose ? on_line : NULL,
					      .on_body = on_body,
					      .on_sent = request->verbose ? on_sent : NULL };
	TRY(outbound_call(planned, request->body, &watch, &answer, reterr));
	output_flush();
	if (request->verbose) {
		output_say("* TLS after %.1f ms, whole %.1f ms", (double)answer.tls_us / 1000.0,
			   (double)answer.duration_us / 1000.0);
	}
	if (answer.problem != OUTBOUND_OK) {
		return unanswered(planned, &answer, reterr);
	}
	ret->status = answer.status;
	str_printable(value_get_str(answer.headers, "x-request-id"), ret->request_id,
		      sizeof(ret->request_id));
	return RC_OK;
}

enum rc through_call(const struct through_request *request, struct through_answer *ret, struct err *reterr)
{
	const struct outbound_wish wish = { .method = request->method,
					    .path = request->path,
					    .headers = request->headers,
					    .n_headers = request->n_headers,
					    .own_ca = request->own_ca };
	AUTO_VALUE *planned = NULL;
	*ret = (struct through_answer){ 0 };
	TRY(outbound_plan(request->found, &wish, &planned, reterr));
	value_set_int(planned, "connect_ms", CONNECT_MS);
	value_set_int(planned, "total_ms", TOTAL_MS);
	return call(request, planned, ret, reterr);
}
