/* SPDX-License-Identifier: Apache-2.0
 * The reason table as code: one enum, one lookup. */
#pragma once

#include "base/buf.h"
#include "json/value.h"

enum reason {
	REASON_NONE = 0, /* nothing is wrong */
#define REASON(code, severity, http, step, title, fix) REASON_##code,
#include "model/reasons.def"
#undef REASON
	REASON_COUNT,
};

enum reason_severity { REASON_SEVERITY_error, REASON_SEVERITY_warning, REASON_SEVERITY_info };

struct reason_info {
	const char *code; /* "S301"; "" for REASON_NONE */
	enum reason_severity severity;
	int http_status;   /* 0 where no request is refused for it */
	int step;          /* 1 to 5 */
	const char *title; /* one sentence */
	const char *fix;   /* with {name}s to fill in */
};

/** Everything about a reason; static, never NULL. */
const struct reason_info *reason_info(enum reason reason);
/** Find a reason by its code; REASON_NONE when there is none. */
enum reason reason_find(struct str code);
/** "error", "warning" or "info". */
const char *reason_severity_name(enum reason_severity severity);
/**
 * Append a fix text with each {name} replaced by that string member of evidence; a name that is absent
 * becomes its upper-case form (a placeholder a person recognises). Values that a shell would take apart
 * are quoted, unless they stand inside quotes already. evidence may be NULL.
 */
void reason_fill(const char *fix, const struct value *evidence, struct buf *out);
/** As reason_fill() with the reason's own fix. */
void reason_format_fix(enum reason reason, const struct value *evidence, struct buf *out);
/** {"code","severity","text","evidence","fix"}; text NULL takes the title;
 * evidence is copied, may be NULL. */
struct value *reason_finding(enum reason reason, const char *text, const struct value *evidence);
/** Fill an error with a reason's code, title and fix. Returns code. */
enum rc reason_err(struct err *reterr, enum rc code, enum reason reason, const struct value *evidence);
