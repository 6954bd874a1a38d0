/* SPDX-License-Identifier: Apache-2.0
 * What stands between ${ and }: a closed list of words, no code. */
#include "flow/expression.h"

#include <time.h>

struct date {
	int64_t year;
	int month, day, hour, minute, second, ms, weekday, yearday; /* weekday 0 is Sunday, yearday from 1 */
};

static struct date date_of(struct wall when)
{
	int64_t seconds = wall_seconds(when);
	time_t at = (time_t)seconds;
	struct tm tm;
	/* It fails for years alone that an int does not hold; microseconds in 64 bits end long before. */
	ASSERT(gmtime_r(&at, &tm));
	return (struct date){ .year = tm.tm_year + 1900,
			      .month = tm.tm_mon + 1,
			      .day = tm.tm_mday,
			      .hour = tm.tm_hour,
			      .minute = tm.tm_min,
			      .second = tm.tm_sec,
			      .ms = (int)((when.us - seconds * US_PER_SECOND) / US_PER_MS),
			      .weekday = tm.tm_wday,
			      .yearday = tm.tm_yday + 1 };
}

static const char *const MONTHS[] = { "January", "February", "March",     "April",   "May",      "June",
				      "July",    "August",   "September", "October", "November", "December" };
static const char *const WEEKDAYS[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
					"Thursday", "Friday", "Saturday" };

static bool add_number(struct buf *out, int64_t number, size_t width)
{
	return buf_printf(out, "%0*lld", (int)width, (long long)number);
}

static bool add_name(struct buf *out, const char *name, size_t width)
{
	return buf_add(out, width >= 4 ? str_of(name) : str_first(str_of(name), 3));
}

/** One run of the same letter. RC_UNSUPPORTED for letters that are not served. */
static enum rc add_letters(char letter, size_t width, const struct date *d, struct buf *out)
{
	bool fits = true;
	switch (letter) {
	case 'y':
	case 'u': fits = add_number(out, width == 2 ? d->year % 100 : d->year, width); break;
	case 'M':
		fits = width >= 3 ? add_name(out, MONTHS[d->month - 1], width)
				  : add_number(out, d->month, width);
		break;
	case 'd': fits = add_number(out, d->day, width); break;
	case 'D': fits = add_number(out, d->yearday, width); break;
	case 'H': fits = add_number(out, d->hour, width); break;
	case 'k': fits = add_number(out, d->hour ? d->hour : 24, width); break;
	case 'h': fits = add_number(out, d->hour % 12 ? d->hour % 12 : 12, width); break;
	case 'K': fits = add_number(out, d->hour % 12, width); break;
	case 'm': fits = add_number(out, d->minute, width); break;
	case 's': fits = add_number(out, d->second, width); break;
	case 'S': fits = add_number(out, d->ms, width); break;
	case 'a': fits = buf_add_c(out, d->hour < 12 ? "AM" : "PM"); break;
	case 'E': fits = add_name(out, WEEKDAYS[d->weekday], width); break;
	case 'Z': fits = buf_add_c(out, "+0000"); break;
	case 'z': fits = buf_add_c(out, "UTC"); break;
	case 'X': fits = buf_add_c(out, "Z"); break;
	default: return RC_UNSUPPORTED;
	}
	return fits ? RC_OK : RC_LIMIT;
}

/** Text between apostrophes; *i is at the first, and behind the last afterwards. '' is one apostrophe. */
static enum rc add_quoted(struct str pattern, size_t *i, struct buf *out)
{
	size_t at = *i + 1;
	bool empty = true;
	for (; at < pattern.n; at++, empty = false) {
		if (pattern.p[at] == '\'') {
			if (at + 1 < pattern.n && pattern.p[at + 1] == '\'' && !empty) {
				at++;
			} else {
				*i = at + 1;
				return empty && !buf_add_char(out, '\'') ? RC_LIMIT : RC_OK;
			}
		}
		if (!buf_add_char(out, pattern.p[at])) {
			return RC_LIMIT;
		}
	}
	return RC_INVALID;
}

static bool is_letter(char c)
{
	return char_is_letter(c);
}

enum rc expression_date(struct str pattern, struct wall when, struct buf *out, struct err *reterr)
{
	struct date d = date_of(when);
	for (size_t i = 0; i < pattern.n;) {
		enum rc rc = RC_OK;
		size_t width = 1;
		char c = pattern.p[i];
		if (c == '\'') {
			rc = add_quoted(pattern, &i, out);
		} else if (is_letter(c)) {
			while (i + width < pattern.n && pattern.p[i + width] == c) {
				width++;
			}
			rc = width > 16 ? RC_UNSUPPORTED : add_letters(c, width, &d, out);
			i += width;
		} else {
			rc = buf_add_char(out, c) ? RC_OK : RC_LIMIT;
			i++;
		}
		if (rc == RC_UNSUPPORTED) {
			return err_set(reterr, rc, "The date format letter \"%c\" is not served.", c);
		}
		if (rc != RC_OK) {
			return err_set(reterr, rc,
				       rc == RC_INVALID ? "A quote in the date format is not closed."
							: "The text grows too large.");
		}
	}
	return RC_OK;
}

/** Result of one ${...}: text of the message, or a date to format. */
struct term {
	struct str text;
	bool is_date;
	struct str pattern;
};

static bool starts(struct str *s, const char *prefix)
{
	if (!str_starts_with(*s, str_of(prefix))) {
		return false;
	}
	*s = str_skip(*s, strlen(prefix));
	return true;
}

static enum rc name_term(struct str name, bool is_header, const struct expression_scope *scope,
			 struct term *ret)
{
	/* ${header[name]} is the older spelling of ${header.name}. */
	if (name.n > 2 && name.p[0] == '[' && name.p[name.n - 1] == ']') {
		name = (struct str){ name.p + 1, name.n - 2 };
	} else if (name.n > 1 && name.p[0] == '.') {
		name = str_skip(name, 1);
	} else {
		return RC_UNSUPPORTED;
	}
	if (name.n > EXPRESSION_MAX_NAME || str_find(name, '[') < name.n || str_find(name, '?') < name.n) {
		return RC_UNSUPPORTED;
	}
	if (scope) {
		ret->text = is_header ? scope->header(scope->context, name)
				      : scope->property(scope->context, name);
	}
	return RC_OK;
}

static enum rc date_term(struct str word, struct term *ret, struct err *reterr)
{
	struct buf scrap = BUF(1024);
	enum rc rc;
	*ret = (struct term){ .is_date = true, .pattern = word };
	rc = expression_date(word, (struct wall){ 0 }, &scrap, reterr);
	buf_fini(&scrap);
	return rc;
}

static bool is_body(struct str word)
{
	static const char *const bodies[] = { "body", "in.body", "bodyAs(String)", "bodyAs(java.lang.String)",
					      "in.body.toString()" };
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		if (str_is(word, bodies[i])) {
			return true;
		}
	}
	return false;
}

/** Understand one word; with scope, also evaluate it. */
static enum rc term_of(struct str word, const struct expression_scope *scope, struct term *ret,
		       struct err *reterr)
{
	struct str rest = word;
	*ret = (struct term){ .text = STR("") };
	if (starts(&rest, "header") || starts(&rest, "in.header") || starts(&rest, "headers") ||
	    starts(&rest, "in.headers")) {
		if (rest.n > 0 && rest.p[0] == 's') {
			rest = str_skip(rest, 1);
		}
		return name_term(rest, true, scope, ret);
	}
	if (starts(&rest, "property") || starts(&rest, "exchangeProperty")) {
		return name_term(rest, false, scope, ret);
	}
	if (starts(&rest, "date:now:")) {
		return rest.n == 0 ? RC_UNSUPPORTED : date_term(rest, ret, reterr);
	}
	if (is_body(word)) {
		ret->text = scope ? scope->body : STR("");
	} else if (str_is(word, "exception.message")) {
		ret->text = scope ? scope->exception : STR("");
	} else if (str_is(word, "camelId")) {
		ret->text = scope ? scope->flow_id : STR("");
	} else if (str_is(word, "exchangeId") || str_is(word, "id")) {
		ret->text = scope ? scope->exchange_id : STR("");
	} else if (!str_is(word, "null")) {
		return RC_UNSUPPORTED;
	}
	return RC_OK;
}

static enum rc add_term(struct str word, const struct expression_scope *scope, struct buf *out,
			struct err *reterr)
{
	struct err inner = { 0 };
	struct term term;
	enum rc rc = term_of(word, scope, &term, &inner);
	if (rc != RC_OK) {
		char text[160];
		(void)str_printable(word, text, sizeof(text));
		return err_set(reterr, rc, "The expression ${%s} is not served.%s%s", text,
			       inner.text[0] ? " " : "", inner.text);
	}
	if (!out) {
		return RC_OK;
	}
	if (term.is_date) {
		return expression_date(term.pattern, scope->now, out, reterr);
	}
	if (!buf_add(out, term.text)) {
		return err_set(reterr, RC_LIMIT, "The text that an expression makes grows too large.");
	}
	return RC_OK;
}

/** Walk text; out and scope are NULL when it is only checked. */
static enum rc walk(struct str text, const struct expression_scope *scope, struct buf *out,
		    struct err *reterr)
{
	if (text.n > EXPRESSION_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "A text with expressions is longer than 1 MiB.");
	}
	while (text.n > 0) {
		size_t at = str_find_str(text, STR("${"));
		size_t length;
		if (out && !buf_add(out, str_first(text, at))) {
			return err_set(reterr, RC_LIMIT,
				       "The text that an expression makes grows too large.");
		}
		if (at >= text.n) {
			break;
		}
		text = str_skip(text, at + 2);
		length = str_find(str_first(text, EXPRESSION_MAX_NAME + 64), '}');
		if (length >= text.n || text.p[length] != '}') {
			return err_set(reterr, RC_INVALID, "An expression \"${\" is not closed.");
		}
		TRY(add_term(str_trim(str_first(text, length)), scope, out, reterr));
		text = str_skip(text, length + 1);
	}
	return RC_OK;
}

enum rc expression_check(struct str text, struct err *reterr)
{
	return walk(text, NULL, NULL, reterr);
}

enum rc expression_format(struct str text, const struct expression_scope *scope, struct buf *out,
			  struct err *reterr)
{
	return walk(text, scope, out, reterr);
}

bool expression_is(struct str text)
{
	return str_find_str(text, STR("${")) < text.n;
}

bool expression_reads_body(struct str text)
{
	for (;;) {
		size_t at = str_find_str(text, STR("${"));
		size_t length;
		if (at >= text.n) {
			return false;
		}
		text = str_skip(text, at + 2);
		length = str_find(text, '}');
		if (length == text.n || is_body(str_trim(str_first(text, length)))) {
			return true;
		}
		text = str_skip(text, length + 1);
	}
}

bool expression_is_body(struct str text)
{
	return text.n > 3 && str_starts_with(text, STR("${")) && text.p[text.n - 1] == '}' &&
	       is_body(str_trim(str_from(text.p + 2, text.n - 3)));
}
