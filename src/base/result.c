/* SPDX-License-Identifier: Apache-2.0
 * Filling in errors. */
#include "base/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the error that this thread has set last: what is attached to it returns that, also where nobody wants to
 * know more. */
static _Thread_local enum rc last_code = RC_INVALID;

static void err_reset(struct err *e, enum rc code)
{
	memset(e, 0, sizeof(*e));
	e->code = code;
}

enum rc err_set(struct err *reterr, enum rc code, const char *fmt, ...)
{
	last_code = code;
	if (reterr) {
		va_list ap;
		err_reset(reterr, code);
		va_start(ap, fmt);
		(void)vsnprintf(reterr->text, sizeof(reterr->text), fmt, ap);
		va_end(ap);
	}
	return code;
}

enum rc err_errno(struct err *reterr, const char *fmt, ...)
{
	int saved = errno;
	last_code = RC_IO;
	if (reterr) {
		va_list ap;
		char why[64];
		err_reset(reterr, RC_IO);
		reterr->native = saved;
		reterr->source = ERR_SYSTEM;
		va_start(ap, fmt);
		(void)vsnprintf(reterr->text, sizeof(reterr->text), fmt, ap);
		va_end(ap);
		size_t n = strlen(reterr->text);
		(void)snprintf(reterr->text + n, sizeof(reterr->text) - n, ": %s",
			       strerror_r(saved, why, sizeof(why)));
	}
	return RC_IO;
}

enum rc err_field(struct err *reterr, const char *field)
{
	if (!reterr) {
		return last_code;
	}
	(void)snprintf(reterr->field, sizeof(reterr->field), "%s", field);
	return reterr->code;
}

enum rc err_reason(struct err *reterr, const char *reason)
{
	if (!reterr) {
		return last_code;
	}
	(void)snprintf(reterr->reason, sizeof(reterr->reason), "%s", reason);
	return reterr->code;
}

enum rc err_fix(struct err *reterr, const char *fmt, ...)
{
	if (!reterr) {
		return last_code;
	}
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(reterr->fix, sizeof(reterr->fix), fmt, ap);
	va_end(ap);
	return reterr->code;
}

enum rc err_native(struct err *reterr, enum err_source source, int native)
{
	if (!reterr) {
		return last_code;
	}
	reterr->source = source;
	reterr->native = native;
	return reterr->code;
}

static const char *const sources[ERR_SOURCE_COUNT] = {
	[ERR_NONE] = "",     [ERR_SYSTEM] = "system", [ERR_OPENSSL] = "openssl", [ERR_SQLITE] = "sqlite",
	[ERR_CURL] = "curl", [ERR_CLIENT] = "client", [ERR_USAGE] = "usage",
};

const char *err_source_name(enum err_source source)
{
	return sources[source < ERR_SOURCE_COUNT ? source : ERR_NONE];
}

enum err_source err_source_find(const char *name)
{
	for (int i = ERR_NONE; i < ERR_SOURCE_COUNT; i++) {
		if (strcmp(sources[i], name) == 0) {
			return (enum err_source)i;
		}
	}
	return ERR_NONE;
}

/* What stands for each code, in their order. */
static const struct {
	const char *name;
	const char *api;
	int status;
} table[RC_COUNT] = {
	{ "ok", "ok", 200 },
#define RC(code, name, api, status) { name, api, status },
#include "base/rc.def"
#undef RC
};

const char *rc_name(enum rc code)
{
	return code < RC_COUNT ? table[code].name : "unknown";
}

enum rc rc_find(const char *name)
{
	enum rc code = RC_OK;
	while (code < RC_COUNT && strcmp(table[code].name, name) != 0) {
		code++;
	}
	return code;
}

const char *rc_api_name(enum rc code)
{
	return table[code < RC_COUNT ? code : RC_BUG].api;
}

enum rc rc_of_api_name(const char *name)
{
	enum rc code = RC_OK + 1;
	/* "internal" is no answer that a caller can act on: its status tells as much. */
	while (code < RC_COUNT && (strcmp(table[code].api, name) != 0 || table[code].status == 500)) {
		code++;
	}
	return code;
}

int rc_http_status(enum rc code)
{
	return table[code < RC_COUNT ? code : RC_BUG].status;
}

enum rc rc_of_http_status(int status)
{
	if (status == 401) {
		return RC_DENIED;
	}
	if (status == 412) { /* a condition of the request: what it names was changed meanwhile */
		return RC_CONFLICT;
	}
	for (enum rc code = RC_OK + 1; code < RC_COUNT; code++) {
		if (table[code].status == status && status != 500) {
			return code;
		}
	}
	return status < 500 ? RC_INVALID : RC_IO;
}

void assert_failed(const char *expression, const char *file, int line)
{
	(void)fprintf(stderr, "postern: %s:%d: assertion failed: %s\n", file, line, expression);
	abort();
}
