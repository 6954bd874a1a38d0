/* SPDX-License-Identifier: Apache-2.0
 * Completion for bash, zsh and fish, and the manual page, made from the table of commands. */
#include "cmd/help.h"
#include "cmd/output.h"

#define LINE_MAX_BYTES 8192

static void words_of_noun(const struct command *noun, struct buf *out)
{
	for (const struct command *c = noun; c->noun; c++)
		if (!c->hidden && c->verb)
			buf_printf(out, "%s%s", out->n ? " " : "", c->verb);
}

static void words_of_options(const struct command_option *o, struct buf *out)
{
	for (; o && o->name; o++)
		buf_printf(out, "%s--%s", out->n ? " " : "", o->name);
}

static void words_of_nouns(struct buf *out)
{
	for (size_t i = 0; command_nouns[i]; i++)
		if (command_nouns[i]->noun && !command_nouns[i]->hidden)
			buf_printf(out, "%s%s", out->n ? " " : "", command_nouns[i]->noun);
}

static void bash_cases(void)
{
	for (size_t i = 0; command_nouns[i]; i++)
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			AUTO_BUF(options, LINE_MAX_BYTES);
			if (c->hidden)
				continue;
			words_of_options(c->options, &options);
			words_of_options(command_common_options, &options);
			output_data("\t\"%s%s%s\") options=\"%s\" ;;\n", c->noun, c->verb ? " " : "",
				    c->verb ? c->verb : "", buf_c(&options));
		}
}

static void bash_verbs(void)
{
	for (size_t i = 0; command_nouns[i]; i++) {
		AUTO_BUF(verbs, LINE_MAX_BYTES);
		if (!command_nouns[i]->noun || command_nouns[i]->hidden || !command_nouns[i]->verb)
			continue;
		words_of_noun(command_nouns[i], &verbs);
		output_data("\t\t%s) words=\"%s\" ;;\n", command_nouns[i]->noun, buf_c(&verbs));
	}
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
	output_data("\tesac\n"
		    "\tcase $word in\n"
		    "\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
		    "\t*) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
		    "\tesac\n"
		    "}\n"
		    "complete -o filenames -F _postern postern\n");
}

static void completion_fish(void)
{
	AUTO_BUF(nouns, LINE_MAX_BYTES);
	words_of_nouns(&nouns);
	output_data("complete -c postern -n '__fish_use_subcommand' -f -a '%s'\n", buf_c(&nouns));
	for (size_t i = 0; command_nouns[i]; i++)
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			if (c->hidden)
				continue;
			if (c->verb)
				output_data("complete -c postern -n '__fish_seen_subcommand_from %s' -a '%s' "
					    "-d \"%s\"\n",
					    c->noun, c->verb, c->summary);
			for (const struct command_option *o = c->options; o && o->name; o++)
				output_data("complete -c postern -n '__fish_seen_subcommand_from %s' -l %s%s "
					    "-d \"%s\"\n",
					    c->verb ? c->verb : c->noun, o->name, o->argument ? " -r" : "",
					    o->help);
		}
	for (const struct command_option *o = command_common_options; o->name; o++)
		output_data("complete -c postern -l %s%s -d \"%s\"\n", o->name, o->argument ? " -r" : "",
			    o->help);
}

static enum rc completion_run(struct command_line *line, struct err *reterr)
{
	const char *shell = command_argument(line, 0);
	if (strcmp(shell, "bash") == 0)
		completion_bash();
	else if (strcmp(shell, "zsh") == 0) {
		output_data("#compdef postern\nautoload -U +X compinit && compinit -u\n"
			    "autoload -U +X bashcompinit && bashcompinit\n");
		completion_bash();
	} else if (strcmp(shell, "fish") == 0)
		completion_fish();
	else
		return command_usage_error(reterr, "The shell is bash, zsh or fish.");
	return RC_OK;
}

/* A line that begins with a dot or an apostrophe would be a request, a backslash an escape. */
static void man_text(const char *text)
{
	bool start = true;
	for (const char *p = text; *p; p++) {
		if (start && (*p == '.' || *p == '\''))
			output_data("\\&");
		if (p[0] == '.' && p[1] == ' ') {
			/* A new sentence begins a new line. */
			output_data(".\n");
			p++;
		} else if (*p == '\\')
			output_data("\\e");
		else if (*p == '-')
			output_data("\\-");
		else
			output_data("%c", *p);
		start = *p == '\n' || (p[0] == ' ' && p[-1] == '.');
	}
}

static void man_options(const struct command_option *o)
{
	if (!o || !o->name)
		return;
	output_data(".Bl -tag -width Ds\n");
	for (; o->name; o++) {
		output_data(".It ");
		if (o->letter)
			output_data("Fl %c , ", o->letter);
		output_data("Fl \\-%s%s%s\n", o->name, o->argument ? " Ar " : "",
			    o->argument ? o->argument : "");
		man_text(o->help);
		output_data("%s.\n", o->repeat ? "; may be repeated" : "");
		if (o->env)
			output_data("Environment:\n.Ev %s .\n", o->env);
	}
	output_data(".El\n");
}

static void man_command(const struct command *c)
{
	AUTO_BUF(usage, LINE_MAX_BYTES);
	help_usage(c, &usage);
	output_data(".It Nm ");
	man_text(buf_c(&usage) + strlen("postern "));
	output_data("\n");
	man_text(c->summary);
	output_data(".\n");
	if (c->text) {
		output_data(".Pp\n");
		for (const char *p = c->text; *p;) {
			const char *end = strstr(p, "\n\n");
			AUTO_BUF(paragraph, LINE_MAX_BYTES);
			buf_add(&paragraph, str_from(p, end ? (size_t)(end - p) : strlen(p)));
			man_text(buf_c(&paragraph));
			output_data("\n");
			p = end ? end + 2 : p + strlen(p);
			if (*p)
				output_data(".Pp\n");
		}
	}
	man_options(c->options);
	if (!c->examples || !c->examples[0])
		return;
	output_data(".Bd -literal -offset indent\n");
	for (size_t i = 0; c->examples[i]; i++) {
		output_data("$ ");
		man_text(c->examples[i]);
		output_data("\n");
	}
	output_data(".Ed\n");
}

static enum rc manpage_run(struct command_line *line, struct err *reterr)
{
	output_data(
		".\\\" Made by postern manpage from the table of commands; not edited.\n"
		".Dd November 23, 2026\n.Dt POSTERN 1\n.Os\n.Sh NAME\n.Nm postern\n"
		".Nd gateway for client certificates that says why it refuses\n.Sh SYNOPSIS\n.Nm\n.Ar noun\n"
		".Op Ar verb\n.Op Ar argument ...\n.Op Ar option ...\n.Sh DESCRIPTION\n.Nm\n"
		"lets a sender call integration endpoints with a client certificate instead of a password,\n"
		"and lets an application do so through a named destination.\n"
		"Data is written to standard output, talk to standard error.\n.Sh COMMANDS\n.Bl -tag -width "
		"Ds\n");
	for (size_t i = 0; command_nouns[i]; i++)
		for (const struct command *c = command_nouns[i]; c->noun; c++)
			if (!c->hidden)
				man_command(c);
	output_data(".El\n.Sh COMMON OPTIONS\n");
	man_options(command_common_options);
	output_data(
		".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
		".It Ev POSTERN_PASSWORD\nPassword of the file that a command opens or writes.\n"
		".It Ev POSTERN_TOKEN\nBearer token for\n.Fl \\-server .\n"
		".It Ev POSTERN_CA_FILE\nPEM file of a CA that signed the certificate of\n.Fl \\-server .\n"
		".It Ev NO_COLOR\nNo colours.\n.El\n"
		".Sh FILES\n.Bl -tag -width Ds\n"
		".It Pa /etc/postern/postern.conf\nSettings of the server, one\n.Ql key = value\na line.\n"
		".It Pa endpoints.json\nIn the state folder: where a running server listens.\n"
		".It Pa ca/root.pem\nIn the state folder: the root of Postern's own CA.\n.El\n"
		".Sh EXIT STATUS\n.Bl -tag -width Ds\n.It 0\nDone.\n.It 1\nFailed.\n.It 2\nThe command line "
		"is wrong.\n"
		".It 3\nNot found.\n.It 4\nLogin needed or refused.\n.It 5\nConflict: it exists already, or "
		"is in use.\n"
		".It 11 to 15\nThe first broken step that\n.Cm doctor\n"
		"found: key pair, trust, service key or role, destination, call.\n.El\n");
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

const struct command manpage_commands[] = {
	{ .noun = "manpage",
	  .arguments = "",
	  .summary = "print the manual page",
	  .examples = (const char *const[]){ "postern manpage | man -l -", NULL },
	  .run = manpage_run },
	{ 0 },
};
