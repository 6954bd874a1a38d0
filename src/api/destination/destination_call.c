/* SPDX-License-Identifier: Apache-2.0
 * Levels, tags, statuses and bulk answers of the Destination service. */
#include "api/destination/destination_call.h"

#include "api/core/call.h"
#include "base/memory.h"
#include "http/etag.h"

static bool path_has(const struct call *call, const char *part)
{
	struct str path = str_of(call->route->path);
	return str_find_str(path, str_of(part)) < path.n;
}

static enum destination_kind kind_of(const struct call *call)
{
	return path_has(call, "DestinationFragments") ? DESTINATION_FRAGMENT
	       : path_has(call, "Certificates")       ? DESTINATION_CERTIFICATE
						      : DESTINATION_CONFIGURATION;
}

/* The name that stands for an instance in the call's token; NULL and answered with 400 where it has none. */
static const char *destination_call_instance(struct call *call)
{
	struct err err = { 0 };
	if (call->login.instance) {
		return call->login.instance;
	}
	(void)err_set(&err, RC_INVALID, "The instance level needs a token of a destination instance.");
	destination_call_fail(call, &err);
	return NULL;
}

bool destination_call_at(struct call *call, struct destination_at *ret)
{
	const char *instance = path_has(call, "/instance") ? destination_call_instance(call) : "";
	*ret = (struct destination_at){ kind_of(call), call->tenant, instance, call->params[0] };
	return instance != NULL;
}

int destination_call_status(const struct err *err)
{
	switch ((int)err->code) {
	case RC_LIMIT: return 400;
	case RC_CONFLICT: return 412;
	case RC_STORE: return 503;
	default: return call_status(err);
	}
}

void destination_call_fail(struct call *call, const struct err *err)
{
	call_fail_status(call, destination_call_status(err), err);
}

void destination_call_finish(struct call *call, enum rc rc, int status, struct value *take_body,
			     const struct err *err)
{
	if (rc == RC_OK) {
		call_answer(call, status, take_body);
		return;
	}
	value_free(take_body);
	destination_call_fail(call, err);
}

bool destination_call_wants(struct call *call, const char *etag)
{
	struct str none = call_field(call, "If-None-Match");
	struct str match = call_field(call, "If-Match");
	const struct http_field field = { STR("ETag"), str_of(etag) };
	/* The own gateway's trust store has none. */
	if (match.n > 0 && etag[0] && !http_etag_listed(match, etag, false)) {
		struct err err = { 0 };
		(void)err_set(&err, RC_CONFLICT, "The configuration was changed meanwhile.");
		call_fail_status(call, 412, &err);
		return false;
	}
	if (http_etag_listed(none, etag, true)) {
		call_answer_fields(call, 304, &field, 1, NULL);
		return false;
	}
	return true;
}

void destination_call_tagged(struct call *call, struct value *take_body, const char *etag)
{
	const struct http_field field = { STR("ETag"), str_of(etag) };
	call_answer_fields(call, 200, &field, 1, take_body);
}

struct value *destination_call_count(int64_t n)
{
	struct value *v = value_object();
	value_set_int(v, "Count", n);
	return v;
}

char *destination_call_if_match(const struct call *call)
{
	struct str match = call_field(call, "If-Match");
	return match.n > 0 && !str_is(match, "*") ? str_dup(match) : NULL;
}

bool destination_call_flag(const struct call *call, const char *name)
{
	AUTO_FREE char *text = call_query(call, name);
	return text && str_equal_nocase(str_of(text), STR("true"));
}

static const char *name_of(const struct value *input)
{
	const char *name = value_get_c(input, "Name");
	name = name ? name : value_get_c(input, "FragmentName");
	return name ? name : "";
}

static struct value *bulk_element(const struct value *input, enum rc rc, int good, const char *etag,
				  const struct err *err)
{
	struct value *v = value_object();
	value_set_c(v, "name", name_of(input));
	value_set_int(v, "status", rc == RC_OK ? good : destination_call_status(err));
	value_set_c(v, rc == RC_OK ? "etag" : "cause", rc == RC_OK ? etag : err->text);
	return v;
}

static void write_many(struct call *call, const struct destination_at *at, destination_write_fn write,
		       int good)
{
	struct value *answers = value_array();
	struct err err = { 0 };
	bool all = true;
	if (value_count(call->body) > DESTINATION_MAX) {
		value_free(answers);
		(void)err_set(&err, RC_INVALID, "At most %d are taken at once.", DESTINATION_MAX);
		destination_call_fail(call, &err);
		return;
	}
	for (size_t i = 0; i < value_count(call->body); i++) {
		char etag[DESTINATION_ETAG_SIZE] = "";
		AUTO_FREE char *warning = NULL;
		const struct value *input = value_at(call->body, i);
		err = (struct err){ 0 };
		enum rc rc = write(call, at, input, etag, &warning, &err);
		all = all && rc == RC_OK;
		value_append(answers, bulk_element(input, rc, good, etag, &err));
	}
	call_answer(call, all ? good : 207, answers);
}

void destination_call_written(struct call *call, int good, bool counts, const char *etag, const char *warning)
{
	const struct http_field fields[] = { { STR("ETag"), str_of(etag) },
					     { STR("x-postern-warning"), str_of(warning) } };
	call_answer_fields(call, good, fields, warning ? 2 : 1, counts ? destination_call_count(1) : NULL);
}

void destination_call_write(struct call *call, destination_write_fn write, int good, bool counts)
{
	struct destination_at at;
	char etag[DESTINATION_ETAG_SIZE] = "";
	struct err err = { 0 };
	AUTO_FREE char *warning = NULL;
	if (!destination_call_at(call, &at)) {
		return;
	}
	if (value_is_array(call->body)) {
		write_many(call, &at, write, good);
	} else if (write(call, &at, call->body, etag, &warning, &err) != RC_OK) {
		destination_call_fail(call, &err);
	} else {
		destination_call_written(call, good, counts, etag, warning);
	}
}
