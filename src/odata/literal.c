/* SPDX-License-Identifier: Apache-2.0
 * Literals of OData URIs. */
#include "odata/literal.h"

#include "base/memory.h"

void odata_literal_fini(struct odata_literal *literal)
{
	mem_free(literal->text);
	*literal = (struct odata_literal){ 0 };
}

static enum rc malformed(struct err *reterr, const char *what)
{
	return err_set(reterr, RC_INVALID, "Malformed literal: %s.", what);
}

/* '…' at the front, '' inside standing for one quote. */
static enum rc take_quoted(struct str *s, struct buf *out, struct err *reterr)
{
	struct str rest = str_skip(*s, 1);
	while (rest.n > 0) {
		char c = rest.p[0];
		rest = str_skip(rest, 1);
		if (c == '\'') {
			if (rest.n == 0 || rest.p[0] != '\'') {
				*s = rest;
				return RC_OK;
			}
			rest = str_skip(rest, 1);
		}
		if (c == '\0') {
			return malformed(reterr, "a text with a NUL character");
		}
		if (!buf_add_char(out, c)) {
			return err_set(reterr, RC_LIMIT, "A literal is longer than %zu bytes.",
				       ODATA_MAX_LITERAL);
		}
	}
	return malformed(reterr, "the closing quote is missing");
}

/* Source: OData 2.0 has datetime'2026-11-23T09:30:00' with optional seconds, fraction and "Z", in UTC. */
static enum rc parse_time(struct str text, int64_t *ret, struct err *reterr)
{
	AUTO_BUF(full, 64);
	struct wall wall;
	if (str_ends_with(text, STR("Z"))) {
		text.n--;
	} else if (str_ends_with(text, STR("+00:00"))) {
		text.n -= 6;
	}
	bool minutes_only = text.n == 16;
	if (!buf_add(&full, text) || !buf_add_c(&full, minutes_only ? ":00Z" : "Z") ||
	    wall_parse(buf_str(&full), &wall) != RC_OK) {
		return malformed(reterr, "a date has the form datetime'2026-11-23T09:30:00'");
	}
	*ret = wall.us / US_PER_MS;
	return RC_OK;
}

static bool take_word(struct str *s, struct str word)
{
	struct str after = str_skip(*s, word.n);
	if (!str_starts_with(*s, word) ||
	    (after.n > 0 && after.p[0] != ' ' && after.p[0] != ')' && after.p[0] != ',')) {
		return false;
	}
	*s = after;
	return true;
}

static enum rc take_number(struct str *s, struct odata_literal *ret, struct err *reterr)
{
	bool negative = s->p[0] == '-';
	struct str rest = str_skip(*s, negative ? 1 : 0);
	size_t n = 0;
	uint64_t digits = 0;
	while (n < rest.n && char_is_digit(rest.p[n])) {
		n++;
	}
	if (n == 0 || str_parse_uint(str_first(rest, n), INT64_MAX, &digits) != RC_OK) {
		return malformed(reterr, "no whole number");
	}
	rest = str_skip(rest, n);
	if (rest.n > 0 && (rest.p[0] == 'L' || rest.p[0] == 'l')) {
		rest = str_skip(rest, 1);
	}
	*ret = (struct odata_literal){ .kind = ODATA_LITERAL_INT,
				       .number = negative ? -(int64_t)digits : (int64_t)digits };
	*s = rest;
	return RC_OK;
}

/* The text behind a prefix such as datetime, when that prefix stands there. */
static bool skip_prefix(struct str *s, const char *prefix)
{
	struct str p = str_of(prefix), rest = str_skip(*s, p.n);
	if (!str_starts_with(*s, p) || rest.n == 0 || rest.p[0] != '\'') {
		return false;
	}
	*s = rest;
	return true;
}

enum rc odata_literal_take(struct str *s, struct odata_literal *ret, struct err *reterr)
{
	struct str rest = *s;
	AUTO_BUF(text, ODATA_MAX_LITERAL);
	bool is_time = skip_prefix(&rest, "datetimeoffset") || skip_prefix(&rest, "datetime");
	if (!is_time) {
		(void)skip_prefix(&rest, "guid");
	}
	if (rest.n > 0 && rest.p[0] == '\'') {
		struct odata_literal literal = { .kind = ODATA_LITERAL_TEXT };
		TRY(take_quoted(&rest, &text, reterr));
		if (is_time) {
			literal.kind = ODATA_LITERAL_TIME;
			TRY(parse_time(buf_str(&text), &literal.number, reterr));
		} else {
			literal.text = buf_take(&text);
		}
		*ret = literal;
		*s = rest;
		return RC_OK;
	}
	if (take_word(s, STR("null"))) {
		*ret = (struct odata_literal){ .kind = ODATA_LITERAL_NULL };
		return RC_OK;
	}
	bool is_true = take_word(s, STR("true"));
	if (is_true || take_word(s, STR("false"))) {
		*ret = (struct odata_literal){ .kind = ODATA_LITERAL_BOOL, .boolean = is_true };
		return RC_OK;
	}
	if (s->n == 0) {
		return malformed(reterr, "nothing where a value belongs");
	}
	return take_number(s, ret, reterr);
}
