/* SPDX-License-Identifier: Apache-2.0
 * Expressions give what the message holds, dates what a Java pattern says; all else is refused. */
#include "flow/expression.h"
#include "unit/test.h"

static struct str header(void *context, struct str name)
{
	return str_equal_nocase(name, STR("X-Id")) ? STR("7") : STR_NONE;
}

static struct str property(void *context, struct str name)
{
	return str_is(name, "p.q") ? STR("value") : STR_NONE;
}

static const struct expression_scope scope = {
	.header = header,
	.property = property,
	.body = { "BODY", 4 },
	.exception = { "broken", 6 },
	.flow_id = { "Orders", 6 },
	.exchange_id = { "AAA", 3 },
	.now = { INT64_C(1798277405123456) }, /* 2026-12-26T09:30:05.123456Z */
};

static void an_expression_gives_what_the_message_holds(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "", "" },
		{ "plain $ {x} }", "plain $ {x} }" },
		{ "a${header.x-id}b", "a7b" },
		{ "${in.header.X-Id}${headers.X-Id}${in.headers.X-Id}", "777" },
		{ "${header[X-Id]}", "7" },
		{ "${property.p.q}/${exchangeProperty.p.q}", "value/value" },
		{ "${header.none}|${property.none}", "|" },
		{ "${body}${in.body}${bodyAs(String)}", "BODYBODYBODY" },
		{ "${exception.message} ${camelId} ${exchangeId}", "broken Orders AAA" },
		{ "${null}", "" },
		{ "${ body }", "BODY" },
		{ "${date:now:yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}", "2026-12-26T09:30:05.123Z" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_BUF(out, 1024);
		struct err err = { 0 };
		if (expression_format(str_of(cases[i].text), &scope, &out, &err) != RC_OK ||
		    expression_check(str_of(cases[i].text), NULL) != RC_OK) {
			fail_msg("%s: %s", cases[i].text, err.text);
		}
		assert_string_equal(buf_c(&out), cases[i].expected);
	}
}

static void an_unknown_expression_is_refused_and_quoted(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
	} cases[] = {
		{ "${file:name}", RC_UNSUPPORTED },
		{ "${header}", RC_UNSUPPORTED },
		{ "${header.}", RC_UNSUPPORTED },
		{ "${body", RC_INVALID },
		{ "${", RC_INVALID },
		{ "${}", RC_UNSUPPORTED },
		{ "${date:now:}", RC_UNSUPPORTED },
		{ "${date:now:b}", RC_UNSUPPORTED },
		{ "${sys.x}", RC_UNSUPPORTED },
		{ "${a${body}}", RC_UNSUPPORTED },
		{ "${bean:x}", RC_UNSUPPORTED },
		{ "${headerx}", RC_UNSUPPORTED },
		{ "${date:now:'open}", RC_INVALID },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };
		if (expression_check(str_of(cases[i].text), &err) != cases[i].rc) {
			fail_msg("%s: %s", cases[i].text, err.text);
		}
	}
	struct err err = { 0 };
	assert_int_equal(expression_check(STR("x ${file:name} y"), &err), RC_UNSUPPORTED);
	assert_non_null(strstr(err.text, "${file:name}"));
}

static void a_date_follows_the_java_pattern(void **state)
{
	static const struct {
		const char *pattern;
		int64_t seconds;
		const char *expected; /* NULL: refused */
	} cases[] = {
		{ "yyyyMMddHHmmss", 0, "19700101000000" },
		{ "yy-M-d H:m:s", 951827696, "00-2-29 12:34:56" },
		{ "EEE, dd MMM yyyy hh:mm a Z", 951827696, "Tue, 29 Feb 2000 12:34 PM +0000" },
		{ "EEEE MMMM D", 951827696, "Tuesday February 60" },
		{ "yyyy-MM-dd'T'HH:mm:ssXXX", 4102444799, "2099-12-31T23:59:59Z" },
		{ "yyyy-MM-dd HH:mm:ss.SSS", -1, "1969-12-31 23:59:59.000" },
		{ "''yyyy 'o''clock'", 0, "'1970 o'clock" },
		{ "'open", 0, NULL },
		{ "q", 0, NULL },
		{ "yyyyyyyyyyyyyyyyyyyyyyy", 0, NULL },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_BUF(out, 256);
		enum rc rc = expression_date(str_of(cases[i].pattern), wall_from_seconds(cases[i].seconds),
					     &out, NULL);
		assert_int_equal(rc == RC_OK, cases[i].expected != NULL);
		if (cases[i].expected) {
			assert_string_equal(buf_c(&out), cases[i].expected);
		}
	}
}

static void what_an_expression_makes_has_a_limit(void **state)
{
	AUTO_BUF(out, 7);
	assert_int_equal(expression_format(STR("${body}${body}"), &scope, &out, NULL), RC_LIMIT);
}

RUN_TESTS(TEST(an_expression_gives_what_the_message_holds), TEST(an_unknown_expression_is_refused_and_quoted),
	  TEST(a_date_follows_the_java_pattern), TEST(what_an_expression_makes_has_a_limit))
