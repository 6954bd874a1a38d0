/* SPDX-License-Identifier: Apache-2.0
 * Command lines are read against the table of commands here, and one row is run. */
#include "cmd/line/command.h"

#include "base/distance.h"
#include "client/client.h"
#include "cmd/line/command_line.h"

#include <stdio.h>
#include <stdlib.h>

const struct command_option command_common_options[] = {
	{ .name = "json", .help = "print JSON for programs instead of tables for people" },
	{ .name = "state-dir",
	  .argument = "DIR",
	  .env = "POSTERN_STATE_DIR",
	  .help = "state folder of the server on this machine",
	  .initial = "$XDG_DATA_HOME/postern" },
	{ .name = "server",
	  .argument = "URL",
	  .env = "POSTERN_SERVER",
	  .help = "management URL of a server elsewhere; needs a login" },
	{ .name = "login-file",
	  .argument = "FILE",
	  .env = "POSTERN_LOGIN_FILE",
	  .help = "file with user:password for --server; POSTERN_TOKEN holds a token instead" },
	{ .name = "subaccount",
	  .argument = "NAME",
	  .env = "POSTERN_SUBACCOUNT",
	  .help = "subaccount to work in",
	  .initial = "default" },
	{ .name = "no-color", .help = "no colours, as with NO_COLOR in the environment" },
	{ .name = "help", .letter = 'h', .help = "show the command's help" },
	{ 0 },
};

/* The option tables that a line is read against: the command's own, then the common ones. */
static const struct command_option *option_at(const struct command *command, size_t i)
{
	const struct command_option *own = command ? command->options : NULL;
	size_t at = 0;
	for (; own && own->name; own++) {
		if (at++ == i) {
			return own;
		}
	}
	for (own = command_common_options; own->name; own++) {
		if (at++ == i) {
			return own;
		}
	}
	return NULL;
}

static const struct command_option *option_find(const struct command *command, struct str name, char letter)
{
	const struct command_option *o;
	for (size_t i = 0; (o = option_at(command, i)); i++) {
		if (letter ? o->letter == letter : str_is(name, o->name)) {
			return o;
		}
	}
	return NULL;
}

enum rc command_usage_error(struct err *reterr, const char *fmt, ...)
{
	char text[sizeof(reterr->text)];
	va_list list;
	va_start(list, fmt);
	vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	err_set(reterr, RC_INVALID, "%s", text);
	(void)err_native(reterr, ERR_USAGE, 0);
	return RC_INVALID;
}

static void line_add(struct command_line *line, const struct command_option *option, const char *value)
{
	line->given = mem_resize(line->given, line->n_given + 1, sizeof(*line->given));
	line->given[line->n_given++] = (struct command_given){ option, value };
}

/* "-X POST", "-XPOST" or the flags "-vh". */
static enum rc parse_letters(struct command_line *line, int argc, char *argv[], int *at, struct err *reterr)
{
	for (const char *p = argv[*at] + 1; *p; p++) {
		const struct command_option *o = option_find(line->command, STR_NONE, *p);
		if (!o) {
			return command_usage_error(reterr, "There is no option -%c.",
						   char_is_printable(*p) ? *p : '?');
		}
		if (!o->argument) {
			line_add(line, o, "1");
			continue;
		}
		if (p[1]) {
			line_add(line, o, p + 1);
		} else if (*at + 1 < argc) {
			line_add(line, o, argv[++*at]);
		} else {
			return command_usage_error(reterr, "The option -%c needs a value: %s.", *p,
						   o->argument);
		}
		break;
	}
	return RC_OK;
}

static const char *option_nearest(const struct command *command, struct str name)
{
	const struct command_option *o;
	const char *best = NULL;
	size_t best_distance = 3;
	AUTO_FREE char *typed = str_dup(name);
	for (size_t i = 0; (o = option_at(command, i)); i++) {
		size_t distance = text_distance(str_of(typed), str_of(o->name));
		if (distance < best_distance) {
			best = o->name;
			best_distance = distance;
		}
	}
	return best;
}

static enum rc parse_long(struct command_line *line, int argc, char *argv[], int *at, struct err *reterr)
{
	struct str word = str_of(argv[*at] + 2), name = word;
	size_t equals = str_find(word, '=');
	name.n = equals;
	const struct command_option *o = option_find(line->command, name, 0);
	if (!o) {
		char shown[64];
		const char *nearest = option_nearest(line->command, name);
		str_printable(name, shown, sizeof(shown));
		return nearest ? command_usage_error(reterr, "There is no option --%s; did you mean --%s?",
						     shown, nearest)
			       : command_usage_error(reterr, "There is no option --%s.", shown);
	}
	if (!o->argument) {
		if (equals < word.n) {
			return command_usage_error(reterr, "The option --%s takes no value.", o->name);
		}
		line_add(line, o, "1");
	} else if (equals < word.n) {
		line_add(line, o, word.p + equals + 1);
	} else if (*at + 1 < argc) {
		line_add(line, o, argv[++*at]);
	} else {
		return command_usage_error(reterr, "The option --%s needs a value: %s.", o->name,
					   o->argument);
	}
	return RC_OK;
}

/* A file's name, and a body to send, may be any bytes; everything else is compared or shown, and has to be
 * text. */
static bool is_good_word(struct str kind, const char *word)
{
	static const char *const bytes[] = { "FILE", "DIR", "IN", "OUT", "CSR", "CERTIFICATE", "DATA|@FILE" };
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		if (str_is(kind, bytes[i])) {
			return true;
		}
	}
	bool names_file = str_ends_with(kind, STR("|@FILE")) && word[0] == '@';
	return names_file || str_is_text(str_of(word));
}

static enum rc check_text(const struct command_line *line, struct err *reterr)
{
	struct str spec = str_of(line->command->arguments ? line->command->arguments : ""), kind = STR_NONE;
	for (size_t i = 0; i < line->n_arguments; i++) {
		(void)str_split(&spec, ' ', &kind);
		struct str bare =
			str_starts_with(kind, STR("[")) ? str_first(str_skip(kind, 1), kind.n - 2) : kind;
		if (!is_good_word(bare, line->arguments[i])) {
			return command_usage_error(reterr, "The argument %.*s is no UTF-8 text.",
						   STR_ARG(kind));
		}
	}
	for (size_t i = 0; i < line->n_given; i++) {
		const struct command_option *o = line->given[i].option;
		if (!is_good_word(str_of(o->argument), line->given[i].value)) {
			return command_usage_error(reterr, "The value of the option --%s is no UTF-8 text.",
						   o->name);
		}
	}
	return RC_OK;
}

static enum rc check_arguments(const struct command_line *line, struct err *reterr)
{
	struct str spec = str_of(line->command->arguments ? line->command->arguments : ""), word;
	size_t least = 0, most = 0;
	TRY(check_text(line, reterr));
	while (spec.n && str_split(&spec, ' ', &word)) {
		bool rest = str_ends_with(word, STR("...")) || str_ends_with(word, STR("...]"));
		if (word.n && word.p[0] != '[' && ++least > line->n_arguments) {
			return command_usage_error(reterr, "The argument %.*s is missing.", STR_ARG(word));
		}
		most = rest ? SIZE_MAX : most + 1;
		if (rest) {
			break;
		}
	}
	if (line->n_arguments > most) {
		char shown[64];
		str_printable(str_of(line->arguments[most]), shown, sizeof(shown));
		return command_usage_error(reterr, "There is an argument too many: %s", shown);
	}
	for (const struct command_option *o = line->command->options; o && o->name; o++) {
		if (o->required && !command_option(line, o->name)) {
			return command_usage_error(reterr, "The option --%s %s is missing.", o->name,
						   o->argument);
		}
	}
	return RC_OK;
}

enum rc command_line_parse(struct command_line *line, const struct command *command, int argc, char *argv[],
			   struct err *reterr)
{
	bool only_arguments = command->raw;
	line->command = command;
	line->arguments = mem_array((size_t)argc + 1, sizeof(char *));
	for (int i = 0; i < argc; i++) {
		if (only_arguments || argv[i][0] != '-' || argv[i][1] == '\0') {
			line->arguments[line->n_arguments++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			only_arguments = true;
		} else if (argv[i][1] == '-') {
			TRY(parse_long(line, argc, argv, &i, reterr));
		} else {
			TRY(parse_letters(line, argc, argv, &i, reterr));
		}
	}
	if (command->raw || command_flag(line, "help")) {
		return RC_OK;
	}
	return check_arguments(line, reterr);
}

void command_line_fini(struct command_line *line)
{
	mem_free(line->given);
	mem_free(line->arguments);
	mem_free(line->state_dir);
	client_free(line->client);
	memset(line, 0, sizeof(*line));
}

const char *command_option_at(const struct command_line *line, const char *name, size_t i)
{
	for (size_t at = 0; at < line->n_given; at++) {
		if (strcmp(line->given[at].option->name, name) == 0 && i-- == 0) {
			return line->given[at].value;
		}
	}
	return NULL;
}

const char *command_option(const struct command_line *line, const char *name)
{
	for (size_t at = line->n_given; at-- > 0;) {
		if (strcmp(line->given[at].option->name, name) == 0) {
			return line->given[at].value;
		}
	}
	const struct command_option *o = option_find(line->command, str_of(name), 0);
	const char *env = o && o->env ? getenv(o->env) : NULL;
	return env && *env ? env : NULL;
}

static bool is_true(const char *text)
{
	static const char *const no[] = { "", "0", "no", "off", "false" };
	for (size_t i = 0; text && i < ARRAY_SIZE(no); i++) {
		if (strcmp(text, no[i]) == 0) {
			return false;
		}
	}
	return text != NULL;
}

bool command_flag(const struct command_line *line, const char *name)
{
	return is_true(command_option(line, name));
}

bool command_json(const struct command_line *line)
{
	return command_flag(line, "json");
}

const struct field *command_option_field(const struct command_option *option)
{
	char name[64];
	size_t n = 0;
	if (!option->object) {
		return NULL;
	}
	if (option->field) {
		return field_find(option->object, option->field);
	}
	for (; n < sizeof(name) - 1 && option->name[n]; n++) {
		name[n] = option->name[n] == '-' ? '_' : option->name[n];
	}
	name[n] = '\0';
	return field_find(option->object, name);
}

enum rc command_number(const struct command_line *line, const char *name, uint64_t otherwise, uint64_t max,
		       uint64_t *ret, struct err *reterr)
{
	const char *text = command_option(line, name);
	*ret = otherwise;
	if (text && str_parse_uint(str_of(text), max, ret) != RC_OK) {
		return command_usage_error(reterr, "The option --%s takes a number from 0 to %llu.", name,
					   (unsigned long long)max);
	}
	return RC_OK;
}

const char *command_argument(const struct command_line *line, size_t i)
{
	return i < line->n_arguments ? line->arguments[i] : NULL;
}

const struct command *command_row(const struct command_line *line)
{
	return line->command;
}

void command_set_exit(struct command_line *line, int code)
{
	line->exit_code = code;
}

bool command_has_verbs(const struct command *noun)
{
	return noun->verb != NULL;
}

const struct command *command_find(const char *noun, const char *verb)
{
	for (size_t i = 0; command_nouns[i]; i++) {
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			if (strcmp(c->noun, noun) == 0 &&
			    (!c->verb || (verb && strcmp(c->verb, verb) == 0))) {
				return c;
			}
		}
	}
	return NULL;
}

const struct command *command_find_noun(const char *noun)
{
	for (size_t i = 0; command_nouns[i]; i++) {
		if (command_nouns[i]->noun && strcmp(command_nouns[i]->noun, noun) == 0) {
			return command_nouns[i];
		}
	}
	return NULL;
}

int command_exit_code(const struct err *err)
{
	if (err->source == ERR_USAGE) {
		return COMMAND_EXIT_USAGE;
	}
	if (err->code == RC_OK) {
		return COMMAND_EXIT_DONE;
	}
	if (err->code == RC_NOT_FOUND) {
		return COMMAND_EXIT_NOT_FOUND;
	}
	if (err->code == RC_EXISTS || err->code == RC_CONFLICT) {
		return COMMAND_EXIT_CONFLICT;
	}
	/* A wrong password of a file is no missing login. */
	if (err->code == RC_DENIED && err->source == ERR_CLIENT && !err->reason[0]) {
		return COMMAND_EXIT_LOGIN;
	}
	return COMMAND_EXIT_FAILED;
}
