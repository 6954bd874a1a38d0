/* SPDX-License-Identifier: Apache-2.0
 * The table of commands is whole, lines are read against it, and every repair that a reason names can be
 * typed. */
#include "base/memory.h"
#include "cmd/line/command_line.h"
#include "cmd/line/help.h"
#include "model/reason.h"
#include "unit/test.h"

#define WORDS_MAX 40

static enum rc parse(const char *noun, const char *verb, char *const words[], int n, struct err *err)
{
	struct command_line line = { 0 };
	char *argv[WORDS_MAX];
	memcpy(argv, words, (size_t)n * sizeof(*argv));
	enum rc rc = command_line_parse(&line, command_find(noun, verb), n, argv, err);
	command_line_fini(&line);
	return rc;
}

static void every_command_has_a_summary_an_example_and_something_to_run(void **state)
{
	for (size_t i = 0; command_nouns[i]; i++) {
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			for (size_t other = 0; other < i; other++) {
				assert_string_not_equal(c->noun, command_nouns[other]->noun);
			}
			assert_non_null(c->run);
			assert_non_null(c->summary);
			assert_true(c->hidden || (c->examples && c->examples[0]));
			assert_ptr_equal(command_find(c->noun, c->verb), c);
			AUTO_BUF(usage, 4096);
			help_usage(c, &usage);
			assert_true(str_starts_with(buf_str(&usage), STR("postern ")));
		}
	}
}

static void no_option_stands_twice_in_a_command(void **state)
{
	for (size_t i = 0; command_nouns[i]; i++) {
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			for (const struct command_option *o = c->options; o && o->name; o++) {
				assert_true(o->help || o->object);
				for (const struct command_option *other = o + 1; other->name; other++) {
					assert_string_not_equal(o->name, other->name);
					assert_true(!o->letter || o->letter != other->letter);
				}
				for (const struct command_option *common = command_common_options;
				     common->name; common++) {
					assert_string_not_equal(o->name, common->name);
				}
			}
		}
	}
}

static bool takes_what(const struct command_option *o, const struct field *field)
{
	return (field->type == FIELD_BOOLEAN) == !o->argument && (field->type == FIELD_LIST) == o->repeat;
}

static void an_option_for_a_field_tells_its_limits_and_default(void **state)
{
	size_t n = 0;
	for (size_t i = 0; command_nouns[i]; i++) {
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			for (const struct command_option *o = c->options; o && o->name; o++) {
				AUTO_BUF(help, 1024);
				AUTO_BUF(limits, 256);
				const struct field *field = command_option_field(o);
				if (!field) {
					continue;
				}
				help_add_option(o, c, &help);
				field_add_limits(field, &limits);
				if (!field_goes(o->object, field, FIELD_IN) || !takes_what(o, field) ||
				    (limits.n > 0 && !strstr(buf_c(&help), buf_c(&limits)))) {
					fail_msg("%s %s --%s", c->noun, c->verb, o->name);
				}
				n++;
			}
		}
	}
	assert_true(n > 25);
}

static void an_unknown_option_a_missing_and_a_superfluous_argument_exit_2(void **state)
{
	struct {
		char words[2][16];
		int n;
	} rows[] = { { { "A", "--jsn" }, 2 },
		     { { "" }, 0 },
		     { { "A", "B" }, 2 },
		     { { "A", "--state-dir" }, 2 },
		     { { "A", "--json=1" }, 2 } };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };
		char *words[] = { rows[i].words[0], rows[i].words[1] };
		assert_int_equal(parse("destination", "check", words, rows[i].n, &err), RC_INVALID);
		assert_int_equal(command_exit_code(&err), COMMAND_EXIT_USAGE);
	}
}

static void values_come_with_a_space_an_equals_sign_or_behind_the_letter(void **state)
{
	struct command_line line = { 0 };
	char *argv[] = { (char[]){ "ORDERS" }, (char[]){ "-XPUT" }, (char[]){ "--data=a=b" },
			 (char[]){ "-v" },     (char[]){ "--" },    (char[]){ "-path" } };
	assert_int_equal(command_line_parse(&line, command_find("call", NULL), ARRAY_SIZE(argv), argv, NULL),
			 RC_OK);
	assert_string_equal(command_option(&line, "request"), "PUT");
	assert_string_equal(command_option(&line, "data"), "a=b");
	assert_true(command_flag(&line, "verbose"));
	assert_false(command_flag(&line, "json"));
	assert_string_equal(command_argument(&line, 1), "-path");
	command_line_fini(&line);
}

static void errors_have_the_exit_codes_of_the_contract(void **state)
{
	const struct {
		struct err err;
		int code;
	} rows[] = {
		{ { .code = RC_OK }, 0 },
		{ { .code = RC_IO }, 1 },
		{ { .code = RC_INVALID }, 1 },
		{ { .code = RC_INVALID, .source = ERR_USAGE }, 2 },
		{ { .code = RC_NOT_FOUND }, 3 },
		{ { .code = RC_DENIED, .source = ERR_CLIENT }, 4 },
		{ { .code = RC_DENIED, .reason = "P101" }, 1 },
		{ { .code = RC_EXISTS }, 5 },
		{ { .code = RC_CONFLICT }, 5 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(command_exit_code(&rows[i].err), rows[i].code);
	}
}

static void a_mistyped_word_finds_its_neighbour(void **state)
{
	assert_string_equal(help_nearest(NULL, "keystroe"), "keystore");
	assert_string_equal(help_nearest(NULL, "dest"), "destination");
	assert_null(help_nearest(NULL, "zzzzzz"));
}

/* The words of a command as a shell would take them: blanks separate, single and double quotes keep
 * together. */
static int shell_words(struct str text, char *words[WORDS_MAX])
{
	int n = 0;
	size_t i = 0;
	while (i < text.n && n < WORDS_MAX) {
		AUTO_BUF(word, 1024);
		char quote = 0;
		while (i < text.n && text.p[i] == ' ') {
			i++;
		}
		if (i == text.n) {
			break;
		}
		for (; i < text.n && (quote || text.p[i] != ' '); i++) {
			if (text.p[i] == quote) {
				quote = 0;
			} else if (!quote && (text.p[i] == '\'' || text.p[i] == '"')) {
				quote = text.p[i];
			} else {
				buf_add_char(&word, text.p[i]);
			}
		}
		words[n++] = mem_strdup(buf_c(&word));
	}
	return n;
}

static void check_typed(const char *code, struct str command)
{
	char *words[WORDS_MAX];
	int n = shell_words(command, words);
	if (n >= 2 && strcmp(words[0], "postern") == 0) {
		struct err err = { 0 };
		const struct command *c = command_find(words[1], n > 2 ? words[2] : NULL);
		if (!c) {
			fail_msg("%s names %.*s, which is no command", code, STR_ARG(command));
		}
		int skip = c->verb ? 3 : 2;
		if (parse(c->noun, c->verb, words + skip, n - skip, &err) != RC_OK) {
			fail_msg("%s names %.*s: %s", code, STR_ARG(command), err.text);
		}
	}
	for (int i = 0; i < n; i++) {
		mem_free(words[i]);
	}
}

static void every_command_that_a_reason_s_fix_names_can_be_typed(void **state)
{
	for (int i = 1; i < REASON_COUNT; i++) {
		const struct reason_info *info = reason_info((enum reason)i);
		struct str rest = str_of(info->fix), part;
		for (bool quoted = false; rest.p && str_split(&rest, '`', &part); quoted = !quoted) {
			if (quoted) {
				check_typed(info->code, part);
			}
		}
	}
}

RUN_TESTS(TEST(every_command_has_a_summary_an_example_and_something_to_run),
	  TEST(no_option_stands_twice_in_a_command), TEST(an_option_for_a_field_tells_its_limits_and_default),
	  TEST(an_unknown_option_a_missing_and_a_superfluous_argument_exit_2),
	  TEST(values_come_with_a_space_an_equals_sign_or_behind_the_letter),
	  TEST(errors_have_the_exit_codes_of_the_contract), TEST(a_mistyped_word_finds_its_neighbour),
	  TEST(every_command_that_a_reason_s_fix_names_can_be_typed))
