/* SPDX-License-Identifier: Apache-2.0
 * Resource paths of OData. */
#include "odata/path.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "odata/literal.h"

void odata_path_fini(struct odata_path *path)
{
	for (size_t i = 0; i < path->n; i++) {
		mem_free(path->segments[i].name);
		for (size_t k = 0; k < path->segments[i].n_keys; k++) {
			mem_free(path->segments[i].keys[k].name);
			mem_free(path->segments[i].keys[k].value);
		}
	}
	*path = (struct odata_path){ 0 };
}

static bool is_name_byte(char c)
{
	return char_is_letter_or_digit(c) || c == '_' || c == '$' || c == '.';
}

static size_t name_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && is_name_byte(s.p[n])) {
		n++;
	}
	return n;
}

static enum rc malformed(struct err *reterr, const char *what)
{
	return err_set(reterr, RC_INVALID, "Malformed URI: %s.", what);
}

static enum rc key_add(struct odata_segment *segment, struct str name, struct odata_literal *literal,
		       struct err *reterr)
{
	if (segment->n_keys == ODATA_MAX_KEYS) {
		return err_set(reterr, RC_LIMIT, "There are more than %d keys in one segment.",
			       ODATA_MAX_KEYS);
	}
	for (size_t i = 0; i < segment->n_keys; i++) {
		const char *other = segment->keys[i].name;
		if (!other || name.n == 0 || str_is(name, other)) {
			return malformed(reterr, "a key stands twice, or without its name");
		}
	}
	if (literal->kind != ODATA_LITERAL_TEXT && literal->kind != ODATA_LITERAL_INT) {
		return malformed(reterr, "a key is neither text nor number");
	}
	struct odata_key *key = &segment->keys[segment->n_keys++];
	key->name = name.n > 0 ? str_dup(name) : NULL;
	if (literal->kind == ODATA_LITERAL_TEXT) {
		key->value = mem_strdup(literal->text);
	} else {
		key->value = mem_printf("%lld", (long long)literal->number);
	}
	return RC_OK;
}

static enum rc key_take(struct str *s, struct odata_segment *segment, struct err *reterr)
{
	AUTO(odata_literal_fini) struct odata_literal literal = { 0 };
	struct str name = STR_NONE;
	size_t n = name_length(*s);
	if (n > 0 && n < s->n && s->p[n] == '=') {
		name = str_first(*s, n);
		*s = str_skip(*s, n + 1);
	}
	TRY(odata_literal_take(s, &literal, reterr));
	return key_add(segment, name, &literal, reterr);
}

/* Name(key,…): text is decoded. */
static enum rc segment_parse(struct odata_segment *segment, struct str text, struct err *reterr)
{
	size_t n = name_length(text);
	if (n == 0 || n > ODATA_MAX_NAME) {
		return malformed(reterr, "a segment has no name");
	}
	segment->name = str_dup(str_first(text, n));
	text = str_skip(text, n);
	if (text.n == 0 || str_is(text, "()")) {
		return RC_OK;
	}
	if (text.p[0] != '(') {
		return malformed(reterr, "a character that may not stand in a name");
	}
	text = str_skip(text, 1);
	for (;;) {
		TRY(key_take(&text, segment, reterr));
		if (str_is(text, ")")) {
			return RC_OK;
		}
		if (text.n == 0 || text.p[0] != ',') {
			return malformed(reterr, "a closing parenthesis is missing");
		}
		text = str_skip(text, 1);
		while (text.n > 0 && text.p[0] == ' ') {
			text = str_skip(text, 1);
		}
	}
}

enum rc odata_path_parse(struct odata_path *ret, struct str raw, struct err *reterr)
{
	AUTO(odata_path_fini) struct odata_path path = { 0 };
	struct str part;
	if (raw.n > ODATA_MAX_PATH) {
		return err_set(reterr, RC_LIMIT, "The path is longer than %zu bytes.", ODATA_MAX_PATH);
	}
	if (raw.n > 0 && raw.p[0] == '/') {
		raw = str_skip(raw, 1);
	}
	if (str_ends_with(raw, STR("/"))) {
		raw.n--;
	}
	while (raw.n > 0 && str_split(&raw, '/', &part)) {
		AUTO_BUF(text, ODATA_MAX_PATH);
		if (path.n == ODATA_MAX_SEGMENTS) {
			return err_set(reterr, RC_LIMIT, "The path has more than %d segments.",
				       ODATA_MAX_SEGMENTS);
		}
		if (percent_decode(&text, part, false) != RC_OK) {
			return malformed(reterr, "a broken percent escape");
		}
		struct odata_segment *segment = &path.segments[path.n++];
		TRY(segment_parse(segment, buf_str(&text), reterr));
	}
	*ret = path;
	path = (struct odata_path){ 0 };
	return RC_OK;
}

const char *odata_path_key(const struct odata_path *path, size_t segment, const char *name)
{
	if (segment >= path->n) {
		return NULL;
	}
	const struct odata_segment *s = &path->segments[segment];
	for (size_t i = 0; i < s->n_keys; i++) {
		if (!s->keys[i].name || strcmp(s->keys[i].name, name) == 0) {
			return s->keys[i].value;
		}
	}
	return NULL;
}

void odata_path_shape(const struct odata_path *path, struct buf *out)
{
	for (size_t i = 0; i < path->n; i++) {
		(void)buf_printf(out, "%s%s%s", i ? "/" : "", path->segments[i].name,
				 path->segments[i].n_keys ? "(*)" : "");
	}
}
