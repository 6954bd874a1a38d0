/* SPDX-License-Identifier: Apache-2.0
 * Completion for bash, zsh and fish, made from the table of commands and that of settings. */
#include "cmd/line/help.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#define LINE_MAX_BYTES 8192

static void words_of_noun(const struct command *noun, struct buf *out)
{
	for (const struct command *c = noun; c->noun; c++) {
		if (!c->hidden && c->verb) {
			buf_printf(out, "%s%s", out->n ? " " : "", c->verb);
		}
	}
}

static void words_of_options(const struct command_option *o, struct buf *out)
{
	for (; o && o->name; o++) {
		buf_printf(out, "%s--%s", out->n ? " " : "", o->name);
	}
}

static void words_of_nouns(struct buf *out)
{
	for (size_t i = 0; command_nouns[i]; i++) {
		if (command_nouns[i]->noun && !command_nouns[i]->hidden) {
			buf_printf(out, "%s%s", out->n ? " " : "", command_nouns[i]->noun);
		}
	}
}

static void bash_cases(void)
{
	for (size_t i = 0; command_nouns[i]; i++) {
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			AUTO_BUF(options, LINE_MAX_BYTES);
			if (c->hidden) {
				continue;
			}
			words_of_options(c->options, &options);
			words_of_options(command_common_options, &options);
			output_data("\t\"%s%s%s\") options=\"%s\" ;;\n", c->noun, c->verb ? " " : "",
				    c->verb ? c->verb : "", buf_c(&options));
		}
	}
}

static void bash_verbs(void)
{
	for (size_t i = 0; command_nouns[i]; i++) {
		AUTO_BUF(verbs, LINE_MAX_BYTES);
		if (!command_nouns[i]->noun || command_nouns[i]->hidden || !command_nouns[i]->verb) {
			continue;
		}
		words_of_noun(command_nouns[i], &verbs);
		output_data("\t\t%s) words=\"%s\" ;;\n", command_nouns[i]->noun, buf_c(&verbs));
	}
}

/* What a choice or a switch may be; false where a setting takes anything else. */
static bool words_of_setting(const struct setting_row *row, struct buf *out)
{
	if (row && row->type == SETTING_TYPE_SWITCH) {
		return buf_add_c(out, "on off");
	}
	for (size_t i = 0; row && row->words && row->words[i]; i++) {
		buf_printf(out, "%s%s", i ? " " : "", row->words[i]);
	}
	return out->n > 0;
}

static void words_of_run_time(struct buf *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (setting_rows[i].when == SETTING_AT_RUN_TIME) {
			buf_printf(out, "%s%s", out->n ? " " : "", setting_rows[i].name);
		}
	}
}

/* Values behind the flag of a setting, and behind its name in `setting set`. */
static void bash_values(void)
{
	AUTO_BUF(names, LINE_MAX_BYTES);
	words_of_run_time(&names);
	output_data("\tcase \"$key ${COMP_WORDS[COMP_CWORD-1]}\" in\n"
		    "\t\"setting set set\") words=\"%s\" ;;\n",
		    buf_c(&names));
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = &setting_rows[i];
		AUTO_BUF(words, LINE_MAX_BYTES);
		if (words_of_setting(row, &words)) {
			output_data("\t*\" --%s\"|\"setting set %s\") words=\"%s\" ;;\n", row->flag,
				    row->name, buf_c(&words));
		}
	}
	output_data("\tesac\n"
		    "\tif [ -n \"$words\" ]; then\n"
		    "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
		    "\t\treturn\n"
		    "\tfi\n");
}

/* zsh reads the same function through bashcompinit. */
static void completion_bash(void)
{
	AUTO_BUF(nouns, LINE_MAX_BYTES);
	words_of_nouns(&nouns);
	output_data("_postern() {\n"
		    "\tlocal word=${COMP_WORDS[COMP_CWORD]} noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]} "
		    "words= options= key\n"
		    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
		    "\t\tCOMPREPLY=($(compgen -W \"%s\" -- \"$word\"))\n"
		    "\t\treturn\n"
		    "\tfi\n"
		    "\tif [ \"$COMP_CWORD\" -eq 2 ]; then\n"
		    "\t\tcase $noun in\n",
		    buf_c(&nouns));
	bash_verbs();
	output_data("\t\tesac\n"
		    "\t\tif [ -n \"$words\" ]; then\n"
		    "\t\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
		    "\t\t\treturn\n"
		    "\t\tfi\n"
		    "\tfi\n"
		    "\tcase \"$noun\" in "
		    "dev|serve|validate|quickstart|call|doctor|bind|completion|manpage|version|help) "
		    "key=$noun ;; *) key=\"$noun $verb\" ;; esac\n"
		    "\tcase \"$key\" in\n");
	bash_cases();
	output_data("\tesac\n");
	bash_values();
	output_data("\tcase $word in\n"
		    "\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
		    "\t*) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
		    "\tesac\n"
		    "}\n"
		    "complete -o filenames -F _postern postern\n");
}

/* An option with what it is for; a $ would be a variable of the shell. */
static void fish_option(const char *of, const struct command_option *o)
{
	AUTO_BUF(help, LINE_MAX_BYTES);
	AUTO_BUF(words, LINE_MAX_BYTES);
	help_add_option(o, NULL, &help);
	output_data("complete -c postern");
	if (of) {
		output_data(" -n '__fish_seen_subcommand_from %s'", of);
	}
	output_data(" -l %s%s", o->name, o->argument ? " -r" : "");
	if (words_of_setting(o->setting, &words)) {
		output_data(" -f -a \"%s\"", buf_c(&words));
	}
	output_data(" -d \"");
	for (const char *p = buf_c(&help); *p; p++) {
		output_data("%s%c", strchr("$\"\\", *p) ? "\\" : "", *p);
	}
	output_data("\"\n");
}

static void completion_fish(void)
{
	AUTO_BUF(nouns, LINE_MAX_BYTES);
	words_of_nouns(&nouns);
	output_data("complete -c postern -n '__fish_use_subcommand' -f -a '%s'\n", buf_c(&nouns));
	for (size_t i = 0; command_nouns[i]; i++) {
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			if (c->hidden) {
				continue;
			}
			if (c->verb) {
				output_data("complete -c postern -n '__fish_seen_subcommand_from %s' -a '%s' "
					    "-d \"%s\"\n",
					    c->noun, c->verb, c->summary);
			}
			for (const struct command_option *o = c->options; o && o->name; o++) {
				fish_option(c->verb ? c->verb : c->noun, o);
			}
		}
	}
	for (const struct command_option *o = command_common_options; o->name; o++) {
		fish_option(NULL, o);
	}
}

static enum rc completion_run(struct command_line *line, struct err *reterr)
{
	const char *shell = command_argument(line, 0);
	if (strcmp(shell, "bash") == 0) {
		completion_bash();
	} else if (strcmp(shell, "zsh") == 0) {
		output_data("#compdef postern\nautoload -U +X compinit && compinit -u\n"
			    "autoload -U +X bashcompinit && bashcompinit\n");
		completion_bash();
	} else if (strcmp(shell, "fish") == 0) {
		completion_fish();
	} else {
		return command_usage_error(reterr, "The shell is bash, zsh or fish.");
	}
	return RC_OK;
}

const struct command completion_commands[] = {
	{ .noun = "completion",
	  .arguments = "SHELL",
	  .summary = "print completion for bash, zsh or fish",
	  .examples =
		  (const char *const[]){ "postern completion bash > /etc/bash_completion.d/postern", NULL },
	  .run = completion_run },
	{ 0 },
};
