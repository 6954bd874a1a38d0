/* SPDX-License-Identifier: Apache-2.0
 * Looking reasons up and filling in what mends them. */
#include "model/reason.h"

#include "base/memory.h"

#include <stdio.h>

static const struct reason_info table[REASON_COUNT] = {
	[REASON_NONE] = { "", REASON_SEVERITY_info, 0, 5, "Nothing is wrong.", "" },
#define REASON(code, severity, http, step, title, fix) \
	[REASON_##code] = { #code, REASON_SEVERITY_##severity, http, step, title, fix },
#include "model/reasons.def"
#undef REASON
};

const struct reason_info *reason_info(enum reason reason)
{
	ASSERT((size_t)reason < REASON_COUNT);
	return &table[reason];
}

enum reason reason_find(struct str code)
{
	for (size_t i = 1; i < REASON_COUNT; i++) {
		if (str_is(code, table[i].code)) {
			return (enum reason)i;
		}
	}
	return REASON_NONE;
}

const char *reason_severity_name(enum reason_severity severity)
{
	static const char *const names[] = { "error", "warning", "info" };
	return names[severity];
}

static bool is_name(char c)
{
	return char_is_lower(c) || c == '_';
}

/* Text that may stand in a shell command as it is. */
static bool is_plain(struct str s)
{
	static const struct str plain = STR(CHAR_LETTERS_DIGITS "@%+=:,./_-\"[]");
	for (size_t i = 0; i < s.n; i++) {
		if (str_find(plain, s.p[i]) == plain.n) {
			return false;
		}
	}
	return s.n > 0;
}

static void add_quoted(struct buf *out, struct str s)
{
	if (is_plain(s)) {
		(void)buf_add(out, s);
		return;
	}
	(void)buf_add_char(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'') {
			(void)buf_add_c(out, "'\\''");
		} else {
			(void)buf_add_char(out, s.p[i]);
		}
	}
	(void)buf_add_char(out, '\'');
}

static void add_placeholder(struct buf *out, struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		(void)buf_add_char(out, name.p[i] == '_' ? '-' : char_upper(name.p[i]));
	}
}

void reason_fill(const char *text, const struct value *evidence, struct buf *out)
{
	struct str fix = str_of(text);
	bool quoted = false;
	for (size_t i = 0; i < fix.n; i++) {
		size_t end = i + 1;
		while (fix.p[i] == '{' && end < fix.n && is_name(fix.p[end])) {
			end++;
		}
		if (fix.p[i] != '{' || end >= fix.n || fix.p[end] != '}' || end == i + 1) {
			quoted ^= fix.p[i] == '\'';
			(void)buf_add_char(out, fix.p[i]);
			continue;
		}
		struct str name = { fix.p + i + 1, end - i - 1 };
		AUTO_FREE char *key = str_dup(name);
		struct str filled = value_get_str(evidence, key);
		if (!filled.p) {
			add_placeholder(out, name);
		} else if (quoted) {
			(void)buf_add(out, filled);
		} else {
			add_quoted(out, filled);
		}
		i = end;
	}
}

void reason_format_fix(enum reason reason, const struct value *evidence, struct buf *out)
{
	reason_fill(reason_info(reason)->fix, evidence, out);
}

struct value *reason_finding(enum reason reason, const char *text, const struct value *evidence)
{
	const struct reason_info *info = reason_info(reason);
	AUTO_BUF(fix, 4096);
	reason_format_fix(reason, evidence, &fix);
	struct value *v = value_object();
	value_set_c(v, "code", info->code);
	value_set_c(v, "severity", reason_severity_name(info->severity));
	value_set_c(v, "text", text ? text : info->title);
	value_set(v, "evidence", evidence ? value_copy(evidence) : value_object());
	value_set_c(v, "fix", buf_c(&fix));
	return v;
}

enum rc reason_err(struct err *reterr, enum rc code, enum reason reason, const struct value *evidence)
{
	const struct reason_info *info = reason_info(reason);
	AUTO_BUF(fix, 4096);
	if (!reterr) {
		return code;
	}
	reason_format_fix(reason, evidence, &fix);
	(void)err_set(reterr, code, "%s", info->title);
	(void)err_reason(reterr, info->code);
	(void)err_fix(reterr, "%s", buf_c(&fix));
	return code;
}
