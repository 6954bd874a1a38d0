/* SPDX-License-Identifier: Apache-2.0
 * Help and suggestions, made from the table of commands. */
#include "cmd/line/help.h"

#include "base/distance.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#define USAGE_MAX 4096

static const char exit_codes[] = "  0  done\n"
				 "  1  failed\n"
				 "  2  the command line is wrong\n"
				 "  3  not found\n"
				 "  4  login needed or refused\n"
				 "  5  conflict: it exists already, or is in use\n";
static const char exit_codes_doctor[] =
	"  11 to 15  the first broken step: 1 key pair, 2 trust, 3 service key or role,\n"
	"            4 destination, 5 call\n";

/* A third of the word may differ; a beginning ("dest") is near whatever its rest is. */
static void consider(const char *word, const char *candidate, const char **best, size_t *best_distance)
{
	size_t distance = text_distance(str_of(word), str_of(candidate));
	if (strlen(word) >= 3 && strncmp(candidate, word, strlen(word)) == 0) {
		distance = 1;
	}
	if (distance <= 1 + strlen(word) / 3 && distance < *best_distance) {
		*best = candidate;
		*best_distance = distance;
	}
}

const char *help_nearest(const struct command *noun, const char *word)
{
	const char *best = NULL;
	size_t best_distance = TEXT_DISTANCE_FAR;
	if (noun) {
		for (; noun->noun; noun++) {
			if (!noun->hidden) {
				consider(word, noun->verb, &best, &best_distance);
			}
		}
	} else {
		for (size_t i = 0; command_nouns[i]; i++) {
			if (command_nouns[i]->noun && !command_nouns[i]->hidden) {
				consider(word, command_nouns[i]->noun, &best, &best_distance);
			}
		}
	}
	return best;
}

void help_usage(const struct command *c, struct buf *out)
{
	buf_printf(out, "postern %s", c->noun);
	if (c->verb) {
		buf_printf(out, " %s", c->verb);
	}
	if (c->synopsis) {
		buf_printf(out, " %s", c->synopsis);
		return;
	}
	if (c->arguments && *c->arguments) {
		buf_printf(out, " %s", c->arguments);
	}
	for (const struct command_option *o = c->options; o && o->name; o++) {
		if (o->required) {
			buf_printf(out, " --%s %s", o->name, o->argument);
		}
	}
	buf_add_c(out, " [options]");
}

/* Of a service the state folder is a setting. */
static const char *default_of(const struct command_option *o, const struct command *c)
{
	const struct setting_row *folder = &setting_rows[SETTING_state_dir];
	const struct field *field = command_option_field(o);
	if (c && c->service && strcmp(o->name, folder->flag) == 0) {
		return folder->serve;
	}
	return o->initial || !field || !o->argument ? o->initial : field->initial;
}

/* A sentence of the table of fields, as options have theirs:
 * "Validity in days." becomes "validity in days". */
static void add_sentence(const char *sentence, struct buf *out)
{
	size_t n = strlen(sentence);
	bool is_name = char_is_upper(sentence[1]);
	buf_add_char(out, is_name ? sentence[0] : char_lower(sentence[0]));
	buf_add(out, str_from(sentence + 1, n - 2));
}

static void add_limits(const struct command_option *o, const struct field *field, struct buf *out)
{
	AUTO_BUF(limits, 256);
	if (o->setting && o->setting->type != SETTING_TYPE_SWITCH) {
		setting_add_limits((enum setting)(o->setting - setting_rows), &limits);
	} else if (field && o->argument) {
		field_add_limits(field, &limits);
	}
	if (limits.n > 0) {
		buf_printf(out, "; %s", buf_c(&limits));
	}
}

void help_add_option(const struct command_option *o, const struct command *c, struct buf *out)
{
	const char *initial = default_of(o, c);
	const struct field *field = command_option_field(o);
	if (o->help || !field) {
		buf_add_c(out, o->help);
	} else {
		add_sentence(field->help, out);
	}
	add_limits(o, field, out);
	if (initial && *initial) {
		buf_printf(out, " (default %s)", initial);
	}
	if (o->repeat) {
		buf_add_c(out, "; may be repeated");
	}
}

static void print_options(const struct command_option *options, const struct command *c)
{
	for (const struct command_option *o = options; o && o->name; o++) {
		AUTO_BUF(left, 256);
		AUTO_BUF(what, USAGE_MAX);
		if (o->letter) {
			buf_printf(&left, "-%c, ", o->letter);
		}
		buf_printf(&left, "--%s", o->name);
		if (o->argument) {
			buf_printf(&left, " %s", o->argument);
		}
		help_add_option(o, c, &what);
		output_data("  %-28s %s", buf_c(&left), buf_c(&what));
		if (o->env) {
			output_data(" [%s]", o->env);
		}
		output_data("\n");
	}
}

static void title(const char *text)
{
	output_data("\n%s%s%s\n", output_style(OUTPUT_BOLD), text, output_style(OUTPUT_PLAIN));
}

static bool is_doctor(const struct command *c)
{
	return strcmp(c->noun, "doctor") == 0;
}

void help_command(const struct command *c)
{
	AUTO_BUF(usage, USAGE_MAX);
	help_usage(c, &usage);
	output_data("%c%s.\n", char_upper(c->summary[0]), c->summary + 1);
	title("USAGE");
	output_data("  %s\n", buf_c(&usage));
	if (c->text) {
		output_data("\n%s\n", c->text);
	}
	if (c->options && c->options->name) {
		title("OPTIONS");
		print_options(c->options, c);
	}
	title("COMMON OPTIONS");
	print_options(command_common_options, c);
	if (c->examples) {
		title("EXAMPLES");
		for (size_t i = 0; c->examples[i]; i++) {
			output_data("  $ %s\n", c->examples[i]);
		}
	}
	title("EXIT CODES");
	output_data("%s%s", exit_codes, is_doctor(c) ? exit_codes_doctor : "");
}

void help_noun(const struct command *noun, FILE *out)
{
	if (!command_has_verbs(noun)) {
		help_command(noun);
		return;
	}
	fprintf(out, "Usage: postern %s VERB ...\n\n", noun->noun);
	for (const struct command *c = noun; c->noun; c++) {
		if (!c->hidden) {
			fprintf(out, "  %-18s %s\n", c->verb, c->summary);
		}
	}
	fprintf(out, "\nMore: postern help %s VERB\n", noun->noun);
}

void help_overview(FILE *out)
{
	fputs("Postern lets senders call integration endpoints with a client certificate, and says why when "
	      "it refuses.\n\n"
	      "Usage: postern NOUN VERB [arguments] [options]\n\n",
	      out);
	for (size_t i = 0; command_nouns[i]; i++) {
		const struct command *c = command_nouns[i];
		if (!c->noun || c->hidden) {
			continue;
		}
		if (!command_has_verbs(c)) {
			fprintf(out, "  %-24s %s\n", c->noun, c->summary);
			continue;
		}
		AUTO_BUF(verbs, USAGE_MAX);
		for (const struct command *v = c; v->noun; v++) {
			if (!v->hidden) {
				buf_printf(&verbs, "%s%s", verbs.n ? " | " : "", v->verb);
			}
		}
		fprintf(out, "  %-24s %s\n", c->noun, buf_c(&verbs));
	}
	fputs("\nMore: postern help NOUN [VERB], postern help exit-codes, postern help environment\n"
	      "Start: postern dev, then in a second shell postern quickstart hello\n",
	      out);
}

const struct help_variable help_variables[] = {
	{ "POSTERN_STATE_DIR", "state folder of the server on this machine" },
	{ "POSTERN_SERVER", "management URL of a server elsewhere" },
	{ "POSTERN_TOKEN", "bearer token for that server" },
	{ "POSTERN_LOGIN_FILE", "file with user:password for that server" },
	{ "POSTERN_CA_FILE", "PEM of a CA that signed that server's certificate" },
	{ "POSTERN_SUBACCOUNT", "subaccount to work in" },
	{ "POSTERN_PASSWORD", "password of the file that a command opens or writes" },
	{ "SSL_CERT_FILE", "PEM of the CAs that count as the system's in calls through destinations, by a "
			   "command or the server" },
	{ "NO_COLOR", "no colours" },
	{ NULL, NULL },
};

static void help_environment(void)
{
	for (const struct help_variable *v = help_variables; v->name; v++) {
		output_data("  %-22s %s\n", v->name, v->text);
	}
	output_data("\nEach setting of postern serve stands for itself too: see postern help serve.\n");
}

static enum rc help_run(struct command_line *line, struct err *reterr)
{
	const char *noun = command_argument(line, 0), *verb = command_argument(line, 1);
	if (!noun) {
		help_overview(stdout);
		return RC_OK;
	}
	if (strcmp(noun, "exit-codes") == 0) {
		output_data("%s%s", exit_codes, exit_codes_doctor);
		return RC_OK;
	}
	if (strcmp(noun, "environment") == 0) {
		help_environment();
		return RC_OK;
	}
	const struct command *c = command_find(noun, verb);
	if (c && (!c->verb || verb)) {
		help_command(c);
		return RC_OK;
	}
	const struct command *whole = verb ? NULL : command_find_noun(noun);
	if (whole) {
		help_noun(whole, stdout);
		return RC_OK;
	}
	const char *nearest = help_nearest(NULL, noun);
	return nearest && strcmp(nearest, noun) != 0
		       ? command_usage_error(reterr, "There is no such command; did you mean %s?", nearest)
		       : command_usage_error(reterr, "There is no such command.");
}

static enum rc version_run(struct command_line *line, struct err *reterr)
{
	if (command_json(line)) {
		AUTO_VALUE *v = value_object();
		value_set_c(v, "version", POSTERN_VERSION);
		return output_json(v, reterr);
	}
	output_data("postern %s\n", POSTERN_VERSION);
	return RC_OK;
}

const struct command help_commands[] = {
	{ .noun = "help",
	  .arguments = "[NOUN] [VERB]",
	  .summary = "show help for a command, or for exit-codes or environment",
	  .examples = (const char *const[]){ "postern help", "postern help keystore import",
					     "postern help exit-codes", NULL },
	  .run = help_run },
	{ 0 },
};

const struct command version_commands[] = {
	{ .noun = "version",
	  .arguments = "",
	  .summary = "print the version",
	  .examples = (const char *const[]){ "postern version", NULL },
	  .run = version_run },
	{ 0 },
};
