/* SPDX-License-Identifier: Apache-2.0
 * Errors to JSON and back. */
#include "json/err.h"

#define REASON_LENGTH 4

static void set_words(struct value *v, const struct err *err)
{
	value_set_c(v, "field", err->field);
	value_set_c(v, "text", err->text);
	value_set_c(v, "fix", err->fix);
}

static const char *get(const struct value *v, const char *name)
{
	const char *text = value_get_c(v, name);
	return text ? text : "";
}

/* The error's code is what every taker of it goes by, so there always is one. */
static enum rc read_words(struct err *reterr, enum rc code, const char *reason, const struct value *v)
{
	(void)err_set(reterr, code, "%s", get(v, "text"));
	(void)err_reason(reterr, reason);
	(void)err_field(reterr, get(v, "field"));
	(void)err_fix(reterr, "%s", get(v, "fix"));
	return code;
}

struct value *err_to_value(const struct err *err)
{
	struct value *v = value_object();
	value_set_c(v, "rc", rc_name(err->code));
	value_set_int(v, "native", err->native);
	value_set_c(v, "source", err_source_name(err->source));
	value_set_c(v, "reason", err->reason);
	set_words(v, err);
	return v;
}

enum rc err_from_value(struct err *reterr, const struct value *v)
{
	enum rc code = rc_find(get(v, "rc"));
	if (code == RC_OK || code == RC_COUNT) {
		code = RC_BUG;
	}
	(void)read_words(reterr, code, get(v, "reason"), v);
	(void)err_native(reterr, err_source_find(get(v, "source")), (int)value_get_int(v, "native", 0));
	return code;
}

struct value *err_to_api(const struct err *err)
{
	struct value *v = value_object();
	value_set_c(v, "code", err->reason[0] ? err->reason : rc_api_name(err->code));
	set_words(v, err);
	return v;
}

static bool is_reason(const char *name)
{
	return strlen(name) == REASON_LENGTH && char_is_upper(name[0]);
}

enum rc err_from_api(struct err *reterr, int status, const struct value *error)
{
	const char *name = get(error, "code");
	enum rc code = rc_of_api_name(name);
	if (code == RC_COUNT) {
		code = rc_of_http_status(status);
	}
	return read_words(reterr, code, is_reason(name) ? name : "", error);
}
