/* SPDX-License-Identifier: Apache-2.0
 * Header names against patterns: a set of positions walks along, nothing ever goes back. */
#include "flow/filter.h"

/** One element of a pattern: a set of bytes and how often it may come. */
struct atom {
	uint8_t set[32]; /* bit c: byte c fits */
	bool skippable;  /* * ? */
	bool repeats;    /* * + */
};

struct pattern {
	struct atom atoms[FILTER_MAX_ATOMS];
	size_t n;
};

static void add_byte(struct atom *atom, unsigned char c)
{
	atom->set[c / 8] = (uint8_t)(atom->set[c / 8] | (1U << (c % 8)));
}

static void add_byte_nocase(struct atom *atom, unsigned char c)
{
	add_byte(atom, (unsigned char)char_lower((char)c));
	add_byte(atom, (unsigned char)char_upper((char)c));
}

static void add_range(struct atom *atom, unsigned char from, unsigned char to)
{
	for (unsigned c = from; c <= to; c++) {
		add_byte_nocase(atom, (unsigned char)c);
	}
}

static bool fits(const struct atom *atom, char c)
{
	unsigned char u = (unsigned char)c;
	return atom->set[u / 8] & (1U << (u % 8));
}

static bool add_escape(struct atom *atom, char c)
{
	switch (c) {
	case 'd': add_range(atom, '0', '9'); return true;
	case 'w':
		add_range(atom, '0', '9');
		add_range(atom, 'a', 'z');
		add_byte(atom, '_');
		return true;
	case 's': add_byte(atom, ' '); return true;
	default:
		if (char_is_letter_or_digit(c)) {
			return false;
		}
		add_byte(atom, (unsigned char)c);
		return true;
	}
}

/** Read "[...]" whose "[" is at *i; leaves *i behind the "]". */
static bool read_class(struct str text, size_t *i, struct atom *atom)
{
	bool negated = *i + 1 < text.n && text.p[*i + 1] == '^';
	size_t at = *i + 1 + negated;
	size_t first = at;
	for (; at < text.n && (text.p[at] != ']' || at == first); at++) {
		unsigned char from = (unsigned char)text.p[at];
		if (from == '\\') {
			if (++at >= text.n || !add_escape(atom, text.p[at])) {
				return false;
			}
		} else if (from == '[') {
			return false;
		} else if (at + 2 < text.n && text.p[at + 1] == '-' && text.p[at + 2] != ']') {
			unsigned char to = (unsigned char)text.p[at + 2];
			if (to < from || to == '\\') {
				return false;
			}
			add_range(atom, from, to);
			at += 2;
		} else {
			add_byte_nocase(atom, from);
		}
	}
	if (at >= text.n) {
		return false;
	}
	for (size_t k = 0; negated && k < sizeof(atom->set); k++) {
		atom->set[k] = (uint8_t)~atom->set[k];
	}
	*i = at + 1;
	return true;
}

/** Read one atom without its repetition; leaves *i behind it. */
static bool read_atom(struct str text, size_t *i, struct atom *atom)
{
	char c = text.p[*i];
	if (c == '[') {
		return read_class(text, i, atom);
	}
	if (c == '\\') {
		bool good = *i + 1 < text.n && add_escape(atom, text.p[*i + 1]);
		*i += 2;
		return good;
	}
	if (c == '(' || c == ')' || c == '{' || c == '}' || c == '*' || c == '+' || c == '?' || c == '^' ||
	    c == '$' || c == ']') {
		return false;
	}
	if (c == '.') {
		add_range(atom, 1, 255);
	} else {
		add_byte_nocase(atom, (unsigned char)c);
	}
	(*i)++;
	return true;
}

static enum rc read_pattern(struct str text, struct pattern *ret)
{
	size_t i = 0;
	*ret = (struct pattern){ 0 };
	if (str_is(text, "*")) {
		text = STR(".*");
	}
	if (text.n > 0 && text.p[0] == '^') {
		text = str_skip(text, 1);
	}
	if (text.n > 0 && text.p[text.n - 1] == '$' && (text.n < 2 || text.p[text.n - 2] != '\\')) {
		text.n--;
	}
	while (i < text.n) {
		struct atom *atom = &ret->atoms[ret->n];
		if (ret->n >= FILTER_MAX_ATOMS) {
			return RC_LIMIT;
		}
		ret->n++;
		if (!read_atom(text, &i, atom)) {
			return RC_UNSUPPORTED;
		}
		if (i < text.n && (text.p[i] == '*' || text.p[i] == '+' || text.p[i] == '?')) {
			atom->skippable = text.p[i] != '+';
			atom->repeats = text.p[i] != '?';
			i++;
		}
	}
	return RC_OK;
}

/** Positions reachable without reading a byte. Bit k: k atoms are behind us. */
static uint64_t skip_forward(const struct pattern *pattern, uint64_t at)
{
	for (size_t k = 0; k < pattern->n; k++) {
		if ((at & (UINT64_C(1) << k)) && pattern->atoms[k].skippable) {
			at |= UINT64_C(1) << (k + 1);
		}
	}
	return at;
}

static bool pattern_match(const struct pattern *pattern, struct str name)
{
	uint64_t at = skip_forward(pattern, 1);
	for (size_t i = 0; i < name.n && at; i++) {
		uint64_t next = 0;
		for (size_t k = 0; k < pattern->n; k++) {
			if (!(at & (UINT64_C(1) << k)) || !fits(&pattern->atoms[k], name.p[i])) {
				continue;
			}
			next |= UINT64_C(1) << (k + 1);
			if (pattern->atoms[k].repeats) {
				next |= UINT64_C(1) << k;
			}
		}
		at = skip_forward(pattern, next);
	}
	return at & (UINT64_C(1) << pattern->n);
}

enum rc filter_check(struct str list, struct err *reterr)
{
	struct str element;
	size_t n = 0;
	if (list.n > FILTER_MAX_BYTES) {
		return err_set(reterr, RC_LIMIT, "The list of headers is longer than %d bytes.",
			       FILTER_MAX_BYTES);
	}
	while (str_split(&list, '|', &element)) {
		char text[128];
		struct pattern pattern;
		enum rc rc = read_pattern(str_trim(element), &pattern);
		if (++n > FILTER_MAX_PATTERNS) {
			return err_set(reterr, RC_LIMIT, "The list of headers has more than %d elements.",
				       FILTER_MAX_PATTERNS);
		}
		if (rc == RC_LIMIT) {
			return err_set(reterr, rc, "The header pattern \"%s\" is longer than %d characters.",
				       str_printable(element, text, sizeof(text)), FILTER_MAX_ATOMS);
		}
		if (rc != RC_OK) {
			return err_set(reterr, rc,
				       "The header pattern \"%s\" is not served: names, \".\", \"[a-z]\" and "
				       "\"*\", \"+\", \"?\" are.",
				       str_printable(element, text, sizeof(text)));
		}
	}
	return RC_OK;
}

bool filter_names(struct str list, struct str name)
{
	struct str element;
	while (name.n > 0 && str_split(&list, '|', &element)) {
		if (str_equal_nocase(str_trim(element), name)) {
			return true;
		}
	}
	return false;
}

bool filter_match(struct str list, struct str name)
{
	struct str element;
	if (list.n > FILTER_MAX_BYTES || name.n == 0) {
		return false;
	}
	if (str_is(list, "*")) {
		return true;
	}
	while (str_split(&list, '|', &element)) {
		struct pattern pattern;
		element = str_trim(element);
		if (element.n > 0 &&
		    (str_equal_nocase(element, name) ||
		     (read_pattern(element, &pattern) == RC_OK && pattern_match(&pattern, name)))) {
			return true;
		}
	}
	return false;
}
