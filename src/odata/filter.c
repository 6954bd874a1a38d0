/* SPDX-License-Identifier: Apache-2.0
 * $filter: a recursive descent parser into an array of nodes, and their evaluation. */
#include "odata/filter.h"

#include "base/memory.h"

enum node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_COMPARE, NODE_MEMBER, NODE_LITERAL, NODE_CALL };

enum compare { EQ, NE, GT, GE, LT, LE };

static const struct function {
	const char *name;
	size_t n; /* arguments */
} functions[] = {
	{ "substringof", 2 }, { "startswith", 2 }, { "endswith", 2 }, { "indexof", 2 }, { "length", 1 },
	{ "tolower", 1 },     { "toupper", 1 },    { "trim", 1 },     { "concat", 2 },
};
enum function_index { SUBSTRINGOF, STARTSWITH, ENDSWITH, INDEXOF, LENGTH, TOLOWER, TOUPPER, TRIM, CONCAT };

struct node {
	enum node_kind kind;
	enum compare compare;
	enum function_index function;
	size_t a, b; /* indexes of the operands */
	char *member;
	struct odata_literal literal;
};

struct odata_filter {
	struct node nodes[ODATA_MAX_NODES];
	size_t n, root;
};

struct parser {
	struct odata_filter *filter;
	struct str all, rest;
	size_t depth;
	struct err *reterr;
};

void odata_filter_free(struct odata_filter *filter)
{
	if (!filter) {
		return;
	}
	for (size_t i = 0; i < filter->n; i++) {
		mem_free(filter->nodes[i].member);
		odata_literal_fini(&filter->nodes[i].literal);
	}
	mem_free(filter);
}

static void skip_blanks(struct parser *p)
{
	while (p->rest.n > 0 && p->rest.p[0] == ' ') {
		p->rest = str_skip(p->rest, 1);
	}
}

static enum rc malformed(struct parser *p, const char *expected)
{
	return err_set(p->reterr, RC_INVALID, "$filter: %s is expected at character %zu.", expected,
		       p->all.n - p->rest.n + 1);
}

static enum rc node_new(struct parser *p, enum node_kind kind, size_t a, size_t b, size_t *ret)
{
	if (p->filter->n == ODATA_MAX_NODES) {
		return err_set(p->reterr, RC_LIMIT, "$filter has more than %d parts.", ODATA_MAX_NODES);
	}
	*ret = p->filter->n++;
	p->filter->nodes[*ret] = (struct node){ .kind = kind, .a = a, .b = b };
	return RC_OK;
}

static bool is_name_byte(char c)
{
	return char_is_letter_or_digit(c) || c == '_';
}

/* A name, with slashes between its parts; 0 where there is none. */
static size_t member_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && (is_name_byte(s.p[n]) || (s.p[n] == '/' && n > 0))) {
		n++;
	}
	return n > 0 && char_is_digit(s.p[0]) ? 0 : n;
}

/* An operator is a whole word. */
static bool take_word(struct parser *p, const char *word)
{
	skip_blanks(p);
	struct str w = str_of(word), after = str_skip(p->rest, w.n);
	if (!str_starts_with(p->rest, w) || (after.n > 0 && is_name_byte(after.p[0]))) {
		return false;
	}
	p->rest = after;
	return true;
}

static bool take_char(struct parser *p, char c)
{
	skip_blanks(p);
	if (p->rest.n == 0 || p->rest.p[0] != c) {
		return false;
	}
	p->rest = str_skip(p->rest, 1);
	return true;
}

static enum rc parse_or(struct parser *p, size_t *ret);
static enum rc parse_operand(struct parser *p, size_t *ret);

static enum rc parse_call(struct parser *p, enum function_index f, size_t *ret)
{
	size_t a = 0, b = 0;
	TRY(parse_operand(p, &a));
	if (functions[f].n == 2) {
		if (!take_char(p, ',')) {
			return malformed(p, "a comma");
		}
		TRY(parse_operand(p, &b));
	}
	if (!take_char(p, ')')) {
		return malformed(p, "a closing parenthesis");
	}
	TRY(node_new(p, NODE_CALL, a, functions[f].n == 2 ? b : a, ret));
	p->filter->nodes[*ret].function = f;
	return RC_OK;
}

static enum rc parse_named(struct parser *p, struct str name, size_t *ret)
{
	if (p->rest.n > 0 && p->rest.p[0] == '(') {
		for (size_t f = 0; f < ARRAY_SIZE(functions); f++) {
			if (!str_is(name, functions[f].name)) {
				continue;
			}
			p->rest = str_skip(p->rest, 1);
			return parse_call(p, (enum function_index)f, ret);
		}
		return malformed(p, "a known function");
	}
	TRY(node_new(p, NODE_MEMBER, 0, 0, ret));
	p->filter->nodes[*ret].member = str_dup(name);
	return RC_OK;
}

/* What can stand on one side of a comparison. */
static enum rc parse_value(struct parser *p, size_t *ret)
{
	struct odata_literal literal = { 0 };
	struct str before = p->rest;
	enum rc rc = odata_literal_take(&p->rest, &literal, NULL);
	if (rc == RC_OK) {
		rc = node_new(p, NODE_LITERAL, 0, 0, ret);
		if (rc == RC_OK) {
			p->filter->nodes[*ret].literal = literal;
		} else {
			odata_literal_fini(&literal);
		}
		return rc;
	}
	p->rest = before;
	size_t n = member_length(p->rest);
	if (n == 0 || n > 200) {
		return malformed(p, "a member or a value");
	}
	struct str name = str_first(p->rest, n);
	p->rest = str_skip(p->rest, n);
	return parse_named(p, name, ret);
}

static enum rc parse_operand(struct parser *p, size_t *ret)
{
	skip_blanks(p);
	if (++p->depth > ODATA_MAX_DEPTH) {
		return err_set(p->reterr, RC_LIMIT, "$filter is nested deeper than %d.", ODATA_MAX_DEPTH);
	}
	if (take_char(p, '(')) {
		TRY(parse_or(p, ret));
		if (!take_char(p, ')')) {
			return malformed(p, "a closing parenthesis");
		}
	} else {
		TRY(parse_value(p, ret));
	}
	p->depth--;
	return RC_OK;
}

static enum rc parse_compare(struct parser *p, size_t *ret)
{
	static const char *const words[] = { "eq", "ne", "gt", "ge", "lt", "le" };
	size_t a = 0, b = 0;
	TRY(parse_operand(p, &a));
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!take_word(p, words[i])) {
			continue;
		}
		TRY(parse_operand(p, &b));
		TRY(node_new(p, NODE_COMPARE, a, b, ret));
		p->filter->nodes[*ret].compare = (enum compare)i;
		return RC_OK;
	}
	*ret = a;
	return RC_OK;
}

static enum rc parse_not(struct parser *p, size_t *ret)
{
	size_t a = 0;
	if (!take_word(p, "not")) {
		return parse_compare(p, ret);
	}
	if (++p->depth > ODATA_MAX_DEPTH) {
		return err_set(p->reterr, RC_LIMIT, "$filter is nested deeper than %d.", ODATA_MAX_DEPTH);
	}
	TRY(parse_not(p, &a));
	p->depth--;
	return node_new(p, NODE_NOT, a, a, ret);
}

static enum rc parse_and(struct parser *p, size_t *ret)
{
	TRY(parse_not(p, ret));
	while (take_word(p, "and")) {
		size_t a = *ret, b = 0;
		TRY(parse_not(p, &b));
		TRY(node_new(p, NODE_AND, a, b, ret));
	}
	return RC_OK;
}

static enum rc parse_or(struct parser *p, size_t *ret)
{
	TRY(parse_and(p, ret));
	while (take_word(p, "or")) {
		size_t a = *ret, b = 0;
		TRY(parse_and(p, &b));
		TRY(node_new(p, NODE_OR, a, b, ret));
	}
	return RC_OK;
}

enum rc odata_filter_parse(struct odata_filter **ret, struct str text, struct err *reterr)
{
	if (text.n > ODATA_MAX_FILTER) {
		return err_set(reterr, RC_LIMIT, "$filter is longer than %zu bytes.", ODATA_MAX_FILTER);
	}
	AUTO(odata_filter_free_cleanup) struct odata_filter *filter = mem_alloc(sizeof(*filter));
	struct parser p = { .filter = filter, .all = text, .rest = text, .reterr = reterr };
	TRY(parse_or(&p, &filter->root));
	skip_blanks(&p);
	if (p.rest.n > 0) {
		return malformed(&p, "the end or an operator");
	}
	*ret = TAKE(filter);
	return RC_OK;
}

/* An operand's value while a filter is evaluated; text is borrowed unless owned says otherwise. */
struct operand {
	enum odata_literal_kind kind;
	int64_t number; /* of numbers, times and truth */
	struct str text;
	char *owned;
};

static void operand_fini(struct operand *o)
{
	mem_free(o->owned);
}

static struct operand truth(bool b)
{
	return (struct operand){ .kind = ODATA_LITERAL_BOOL, .number = b };
}

static struct operand member_operand(const struct value *entity, const char *member)
{
	struct str rest = str_of(member), part;
	const struct value *v = entity;
	while (v && rest.p && str_split(&rest, '/', &part)) {
		AUTO_FREE char *name = str_dup(part);
		v = value_get(v, name);
	}
	if (value_is_string(v)) {
		return (struct operand){ .kind = ODATA_LITERAL_TEXT, .text = value_str(v) };
	}
	if (value_is_int(v)) {
		return (struct operand){ .kind = ODATA_LITERAL_INT, .number = value_to_int(v, 0) };
	}
	if (value_is_bool(v)) {
		return truth(value_to_bool(v, false));
	}
	return (struct operand){ .kind = ODATA_LITERAL_NULL };
}

static struct operand literal_operand(const struct odata_literal *literal)
{
	switch (literal->kind) {
	case ODATA_LITERAL_TEXT:
		return (struct operand){ .kind = ODATA_LITERAL_TEXT, .text = str_of(literal->text) };
	case ODATA_LITERAL_TIME: /* entities hold times as milliseconds */
	case ODATA_LITERAL_INT:
		return (struct operand){ .kind = ODATA_LITERAL_INT, .number = literal->number };
	case ODATA_LITERAL_BOOL: return truth(literal->boolean);
	case ODATA_LITERAL_NULL: break;
	}
	return (struct operand){ .kind = ODATA_LITERAL_NULL };
}

static struct operand text_operand(char *take_text)
{
	return (struct operand){ .kind = ODATA_LITERAL_TEXT, .text = str_of(take_text), .owned = take_text };
}

static struct operand cased(struct str text, void (*change)(char *text))
{
	char *out = str_dup(text);
	change(out);
	return text_operand(out);
}

static struct operand call_operand(enum function_index f, const struct operand *a, const struct operand *b)
{
	size_t at;
	if (a->kind != ODATA_LITERAL_TEXT || (functions[f].n == 2 && b->kind != ODATA_LITERAL_TEXT)) {
		return (struct operand){ .kind = ODATA_LITERAL_NULL };
	}
	switch (f) {
	case SUBSTRINGOF: return truth(a->text.n == 0 || str_find_str(b->text, a->text) < b->text.n);
	case STARTSWITH: return truth(str_starts_with(a->text, b->text));
	case ENDSWITH: return truth(str_ends_with(a->text, b->text));
	case INDEXOF:
		at = b->text.n == 0 ? 0 : str_find_str(a->text, b->text);
		return (struct operand){ .kind = ODATA_LITERAL_INT,
					 .number = b->text.n > 0 && at == a->text.n ? -1 : (int64_t)at };
	case LENGTH: return (struct operand){ .kind = ODATA_LITERAL_INT, .number = (int64_t)a->text.n };
	case TOLOWER: return cased(a->text, str_lower);
	case TOUPPER: return cased(a->text, str_upper);
	case TRIM: return text_operand(str_dup(str_trim(a->text)));
	case CONCAT: return text_operand(mem_printf("%.*s%.*s", STR_ARG(a->text), STR_ARG(b->text)));
	}
	return (struct operand){ .kind = ODATA_LITERAL_NULL };
}

static int text_order(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;
	return order != 0 ? order : a.n < b.n ? -1 : a.n > b.n;
}

static bool compare_operands(enum compare how, const struct operand *a, const struct operand *b)
{
	int order = 0;
	if (a->kind == ODATA_LITERAL_NULL || b->kind == ODATA_LITERAL_NULL) {
		bool both = a->kind == b->kind;
		return how == EQ ? both : how == NE && !both;
	}
	if (a->kind != b->kind) {
		return how == NE;
	}
	if (a->kind == ODATA_LITERAL_TEXT) {
		order = text_order(a->text, b->text);
	} else {
		order = a->number < b->number ? -1 : a->number > b->number;
	}
	switch (how) {
	case EQ: return order == 0;
	case NE: return order != 0;
	case GT: return order > 0;
	case GE: return order >= 0;
	case LT: return order < 0;
	case LE: return order <= 0;
	}
	return false;
}

static struct operand evaluate(const struct odata_filter *filter, size_t i, const struct value *entity)
{
	const struct node *node = &filter->nodes[i];
	if (node->kind == NODE_MEMBER) {
		return member_operand(entity, node->member);
	}
	if (node->kind == NODE_LITERAL) {
		return literal_operand(&node->literal);
	}
	AUTO(operand_fini) struct operand a = evaluate(filter, node->a, entity);
	bool holds = a.kind == ODATA_LITERAL_BOOL && a.number != 0;
	if (node->kind == NODE_NOT) {
		return truth(!holds);
	}
	if ((node->kind == NODE_OR && holds) || (node->kind == NODE_AND && !holds)) {
		return truth(holds);
	}
	AUTO(operand_fini) struct operand b = evaluate(filter, node->b, entity);
	if (node->kind == NODE_CALL) {
		return call_operand(node->function, &a, &b);
	}
	if (node->kind == NODE_COMPARE) {
		return truth(compare_operands(node->compare, &a, &b));
	}
	return truth(b.kind == ODATA_LITERAL_BOOL && b.number != 0);
}

bool odata_filter_match(const struct odata_filter *filter, const struct value *entity)
{
	AUTO(operand_fini) struct operand o = evaluate(filter, filter->root, entity);
	return o.kind == ODATA_LITERAL_BOOL && o.number != 0;
}

const char *odata_filter_member(const struct odata_filter *filter, size_t i)
{
	for (size_t k = 0; filter && k < filter->n; k++) {
		if (filter->nodes[k].kind == NODE_MEMBER && i-- == 0) {
			return filter->nodes[k].member;
		}
	}
	return NULL;
}

static const char *required(const struct odata_filter *filter, size_t i, const char *member)
{
	const struct node *node = &filter->nodes[i];
	if (node->kind == NODE_AND) {
		const char *found = required(filter, node->a, member);
		return found ? found : required(filter, node->b, member);
	}
	if (node->kind != NODE_COMPARE || node->compare != EQ) {
		return NULL;
	}
	const struct node *a = &filter->nodes[node->a], *b = &filter->nodes[node->b];
	if (a->kind == NODE_LITERAL) {
		const struct node *swap = a;
		a = b;
		b = swap;
	}
	bool is_it = a->kind == NODE_MEMBER && strcmp(a->member, member) == 0 && b->kind == NODE_LITERAL;
	return is_it && b->literal.kind == ODATA_LITERAL_TEXT ? b->literal.text : NULL;
}

const char *odata_filter_required(const struct odata_filter *filter, const char *member)
{
	return filter ? required(filter, filter->root, member) : NULL;
}
