/* SPDX-License-Identifier: Apache-2.0
 * Filling in errors. */
#include "base/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void err_reset(struct err *e, enum rc code)
{
	memset(e, 0, sizeof(*e));
	e->code = code;
}

enum rc err_set(struct err *reterr, enum rc code, const char *fmt, ...)
{
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
	if (reterr) {
		va_list ap;
		char why[64];
		err_reset(reterr, RC_IO);
		reterr->native = saved;
		reterr->source = "system";
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
	if (!reterr)
		return RC_INVALID;
	(void)snprintf(reterr->field, sizeof(reterr->field), "%s", field);
	return reterr->code;
}

enum rc err_reason(struct err *reterr, const char *reason)
{
	if (!reterr)
		return RC_INVALID;
	(void)snprintf(reterr->reason, sizeof(reterr->reason), "%s", reason);
	return reterr->code;
}

enum rc err_fix(struct err *reterr, const char *fmt, ...)
{
	if (!reterr)
		return RC_INVALID;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(reterr->fix, sizeof(reterr->fix), fmt, ap);
	va_end(ap);
	return reterr->code;
}

const char *rc_name(enum rc code)
{
	static const char *const names[] = {
		[RC_OK] = "ok",
		[RC_AGAIN] = "again",
		[RC_CLOSED] = "closed",
		[RC_TIMEOUT] = "timeout",
		[RC_NOT_FOUND] = "not found",
		[RC_EXISTS] = "exists",
		[RC_CONFLICT] = "conflict",
		[RC_DENIED] = "denied",
		[RC_INVALID] = "invalid",
		[RC_LIMIT] = "limit",
		[RC_PROTO] = "protocol",
		[RC_CERT] = "certificate",
		[RC_IO] = "system",
		[RC_STORE] = "store",
		[RC_UNSUPPORTED] = "unsupported",
		[RC_BUG] = "bug",
	};
	return (size_t)code < ARRAY_SIZE(names) ? names[code] : "unknown";
}

void assert_failed(const char *expression, const char *file, int line)
{
	(void)fprintf(stderr, "postern: %s:%d: assertion failed: %s\n", file, line, expression);
	abort();
}
