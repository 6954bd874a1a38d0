/* SPDX-License-Identifier: Apache-2.0
 * Reading $filter. */
#include "api/destination/destination_filter.h"

#include "base/encoding.h"

#define NAMES_MAX 1000
#define NAME_MAX_BYTES ((size_t)1024)

static struct str skip_space(struct str s)
{
	return str_trim(s);
}

static bool take(struct str *s, const char *word)
{
	struct str w = str_of(word), t = skip_space(*s);
	if (!str_starts_with(t, w)) {
		return false;
	}
	*s = str_skip(t, w.n);
	return true;
}

/* 'text' with '' for one quote. */
static bool take_quoted(struct str *s, struct buf *out)
{
	if (!take(s, "'")) {
		return false;
	}
	while (s->n > 0) {
		char c = s->p[0];
		*s = str_skip(*s, 1);
		if (c == '\'') {
			if (s->n == 0 || s->p[0] != '\'') {
				return true;
			}
			*s = str_skip(*s, 1);
		}
		if (!buf_add_char(out, c)) {
			return false;
		}
	}
	return false;
}

static enum rc refuse(struct err *reterr)
{
	(void)err_set(reterr, RC_INVALID,
		      "$filter is Name in ('a','b'), startswith(Name,'p'), endswith(Name,'s') or, for "
		      "destinations, modifiedwithin('30','minutes').");
	return err_field(reterr, "$filter");
}

enum rc destination_filter_names(struct str filter, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *names = value_array();
	if (!take(&filter, "Name") || !take(&filter, "in") || !take(&filter, "(")) {
		return refuse(reterr);
	}
	do {
		AUTO_BUF(raw, NAME_MAX_BYTES);
		AUTO_BUF(name, NAME_MAX_BYTES);
		if (!take_quoted(&filter, &raw) || value_count(names) >= NAMES_MAX) {
			return refuse(reterr);
		}
		/* Names are percent-encoded a second time inside the quotes. */
		if (percent_decode(&name, buf_str(&raw), false) != RC_OK) {
			return refuse(reterr);
		}
		value_append(names, value_string(buf_str(&name)));
	} while (take(&filter, ","));
	if (!take(&filter, ")") || skip_space(filter).n > 0) {
		return refuse(reterr);
	}
	*ret = TAKE(names);
	return RC_OK;
}

bool destination_filter_minutes(struct str filter, uint64_t *ret)
{
	AUTO_BUF(number, 16);
	AUTO_BUF(unit, 16);
	struct str rest = filter;
	return take(&rest, "modifiedwithin(") && take_quoted(&rest, &number) && take(&rest, ",") &&
	       take_quoted(&rest, &unit) && take(&rest, ")") && skip_space(rest).n == 0 &&
	       str_is(buf_str(&unit), "minutes") && str_parse_uint(buf_str(&number), 1440, ret) == RC_OK &&
	       *ret >= 1;
}

enum rc destination_filter_apply(struct str filter, const struct value *list, struct value **ret,
				 struct err *reterr)
{
	AUTO_VALUE *names = NULL, *kept = value_array();
	AUTO_BUF(part, NAME_MAX_BYTES);
	struct str rest = filter;
	bool starts = take(&rest, "startswith("), ends = !starts && take(&rest, "endswith(");
	if (starts || ends) {
		if (!take(&rest, "Name") || !take(&rest, ",") || !take_quoted(&rest, &part) ||
		    !take(&rest, ")") || skip_space(rest).n > 0) {
			return refuse(reterr);
		}
	} else {
		TRY(destination_filter_names(filter, &names, reterr));
	}
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *element = value_at(list, i);
		struct str name = value_get_str(element, "Name");
		if (starts ? str_starts_with(name, buf_str(&part))
		    : ends ? str_ends_with(name, buf_str(&part))
			   : value_has(names, name)) {
			value_append(kept, value_ref(element));
		}
	}
	*ret = TAKE(kept);
	return RC_OK;
}
