/* SPDX-License-Identifier: Apache-2.0
 * What is told of an object is its state: two editors that read the same may write once. */
#include "api/core/precondition.h"

#include "api/core/tag.h"
#include "base/memory.h"
#include "http/etag.h"

const struct precondition_object *precondition_object_of(const struct route *route)
{
	for (const struct precondition_object *object = precondition_table; object->handle; object++) {
		if (object->handle == route->handle) {
			return object;
		}
	}
	return NULL;
}

/* Answer 412, with the field that did not hold. */
static bool refuse(struct call *call, const char *field, const char *text, const char *fix)
{
	struct err err = { 0 };
	(void)err_set(&err, RC_CONFLICT, "%s", text);
	(void)err_field(&err, field);
	if (fix) {
		(void)err_fix(&err, "%s", fix);
	}
	call_fail_status(call, 412, &err);
	return false;
}

/* The tag that GET would answer with now, "" where there is nothing.
 * False: the call was answered with what went wrong. */
static bool tag_now(struct call *call, const struct precondition_object *object, const char *name,
		    char ret[TAG_SIZE])
{
	char *own = call->params[0];
	AUTO_FREE char *named = name ? mem_strdup(name) : NULL;
	ret[0] = '\0';
	call->params[0] = named ? named : own;
	object->get(call);
	call->params[0] = own;
	int status = call->answer.status;
	ASSERT(status != 0);
	if (status != 200 && status != 404) {
		return false;
	}
	if (status == 200) {
		tag_make(buf_str(&call->answer.body), ret);
	}
	call_answer_clear(&call->answer);
	return true;
}

static const char *name_of(const struct call *call, const struct precondition_object *object,
			   const struct value *found)
{
	const char *name = object->found ? NULL : value_get_c(call->body, object->member);
	return name ? name : value_get_c(found, object->member);
}

static bool judge(struct call *call, struct str match, struct str none, const char *tag)
{
	if (match.p && !tag[0]) {
		return refuse(call, "If-Match", "What is to be changed is not there.", NULL);
	}
	if (match.p && !http_etag_listed(match, tag, false)) {
		return refuse(call, "If-Match", "What is to be changed was changed since it was read.",
			      "Read it again; its ETag is the value to send as If-Match.");
	}
	if (none.p && http_etag_listed(none, tag, true)) {
		return refuse(call, "If-None-Match", "What was not to be there is there.", NULL);
	}
	return true;
}

bool precondition_holds(struct call *call, const struct value *found)
{
	struct str match = call_field(call, "If-Match"), none = call_field(call, "If-None-Match");
	char tag[TAG_SIZE];
	if ((!match.p && !none.p) || !route_is_of_admin(call->route) ||
	    strcmp(call->route->method, "GET") == 0) {
		return true;
	}
	const char *field = match.p ? "If-Match" : "If-None-Match";
	const struct precondition_object *object = precondition_object_of(call->route);
	if (!object || !object->get) {
		return refuse(call, field, "Nothing that this request changes can be compared.",
			      "Send it without the field.");
	}
	if (object->found && !found) {
		return true; /* the name is in the file, which a helper opens first */
	}
	const char *name = object->member ? name_of(call, object, found) : NULL;
	if (object->member && !name) {
		return refuse(call, field, "The body names nothing that could be compared.",
			      "Name it in the body, or send the request without the field.");
	}
	return tag_now(call, object, name, tag) && judge(call, match, none, tag);
}
