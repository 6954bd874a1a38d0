/* SPDX-License-Identifier: Apache-2.0
 * A call as a job makes it: everything is JSON. */
#include "base/encoding.h"
#include "outbound/call.h"

#define BODY_MAX ((size_t)16 * 1024 * 1024)

static bool keep_body(void *context, struct str bytes)
{
	return buf_add(context, bytes);
}

static struct value *answer_to_value(const struct outbound_answer *a, const struct buf *body)
{
	struct value *v = value_object();
	AUTO_BUF(text, BODY_MAX * 2);
	base64_encode(&text, buf_str(body));
	value_set_bool(v, "reached", outbound_problem_reached(a->problem));
	value_set_int(v, "status", a->status);
	value_set_c(v, "problem", outbound_problem_name(a->problem));
	value_set_c(v, "text", a->said);
	value_set_c(v, "fix", a->fix);
	value_set(v, "headers", value_ref(a->headers));
	value_set_str(v, "body", buf_str(&text));
	value_set_bool(v, "certificate_sent", a->certificate_sent);
	value_set_int(v, "duration_us", a->duration_us);
	value_set_c(v, "remote", a->remote);
	return v;
}

enum rc outbound_run(const struct value *request, struct value **ret, struct err *reterr)
{
	int64_t max = value_get_int(request, "max_body", (int64_t)64 * 1024);
	AUTO_BUF(body, max > 0 && max < (int64_t)BODY_MAX ? (size_t)max : BODY_MAX);
	AUTO(outbound_answer_fini) struct outbound_answer answer = { 0 };
	const struct outbound_watch watch = { .on_body = keep_body, .context = &body };
	TRY(outbound_call(request, STR_NONE, &watch, &answer, reterr));
	*ret = answer_to_value(&answer, &body);
	return RC_OK;
}
