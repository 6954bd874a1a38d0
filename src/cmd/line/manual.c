/* SPDX-License-Identifier: Apache-2.0
 * The manual page, made from the table of commands and that of settings. */
#include "cmd/line/help.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#define LINE_MAX_BYTES 8192

/* A line that begins with a dot or an apostrophe would be a request, a backslash an escape. */
static void man_text(const char *text)
{
	bool start = true;
	for (const char *p = text; *p; p++) {
		if (start && (*p == '.' || *p == '\'')) {
			output_data("\\&");
		}
		if (p[0] == '.' && p[1] == ' ') {
			/* A new sentence begins a new line. */
			output_data(".\n");
			p++;
		} else if (*p == '\\') {
			output_data("\\e");
		} else if (*p == '-') {
			output_data("\\-");
		} else {
			output_data("%c", *p);
		}
		start = *p == '\n' || (p[0] == ' ' && p[-1] == '.');
	}
}

static void man_options(const struct command_option *o)
{
	if (o && o->setting) {
		output_data(".Pp\nEach of\n.Sx SETTINGS\nis an option.\n");
	}
	while (o && o->setting) {
		o++;
	}
	if (!o || !o->name) {
		return;
	}
	output_data(".Bl -tag -width Ds\n");
	for (; o->name; o++) {
		output_data(".It ");
		if (o->letter) {
			output_data("Fl %c , ", o->letter);
		}
		output_data("Fl \\-%s%s%s\n", o->name, o->argument ? " Ar " : "",
			    o->argument ? o->argument : "");
		AUTO_BUF(what, LINE_MAX_BYTES);
		help_add_option(o, NULL, &what);
		man_text(buf_c(&what));
		output_data(".\n");
		if (o->env) {
			output_data("Environment:\n.Ev %s .\n", o->env);
		}
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
			if (*p) {
				output_data(".Pp\n");
			}
		}
	}
	man_options(c->options);
	if (!c->examples || !c->examples[0]) {
		return;
	}
	output_data(".Bd -literal -offset indent\n");
	for (size_t i = 0; c->examples[i]; i++) {
		output_data("$ ");
		man_text(c->examples[i]);
		output_data("\n");
	}
	output_data(".Ed\n");
}

static void man_default(const struct setting_row *row)
{
	if (*row->serve) {
		output_data("Default\n.Li ");
		man_text(row->serve);
		output_data("%s\n", *row->dev && strcmp(row->serve, row->dev) != 0 ? " ;" : " .");
	}
	if (*row->dev && strcmp(row->serve, row->dev) != 0) {
		output_data("of\n.Cm dev\n.Li ");
		man_text(row->dev);
		output_data(" .\n");
	}
}

static void man_setting(enum setting setting)
{
	const struct setting_row *row = &setting_rows[setting];
	AUTO_BUF(limits, LINE_MAX_BYTES);
	AUTO_BUF(flag, LINE_MAX_BYTES);
	setting_add_limits(setting, &limits);
	buf_printf(&flag, "-%s", row->flag);
	output_data(".It Ic %s No = Ar ", row->name);
	man_text(row->argument);
	output_data("\n%c", char_upper(row->help[0]));
	man_text(row->help + 1);
	output_data(".\nIt takes ");
	man_text(buf_c(&limits));
	output_data(".\n");
	man_default(row);
	output_data("Option\n.Fl ");
	man_text(buf_c(&flag));
	output_data(" ,\nenvironment\n.Ev %s .\n", row->env);
	if (row->when == SETTING_AT_RUN_TIME) {
		output_data(".Ic setting set\nchanges it for one subaccount while the server runs.\n");
	}
}

static void man_settings(void)
{
	output_data(
		".Sh SETTINGS\n"
		"What\n.Ic serve ,\n.Ic dev\nand\n.Ic validate\nread.\n"
		"An option counts first, then its environment variable, then a line of the settings file,\n"
		"then the default.\n"
		".Ic dev\nreads no file.\n.Ic serve Fl \\-sample\nprints one with every default.\n"
		".Bl -tag -width Ds\n");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		man_setting((enum setting)i);
	}
	output_data(".El\n");
}

static void man_environment(void)
{
	output_data(".Sh ENVIRONMENT\n.Bl -tag -width Ds\n");
	for (const struct help_variable *v = help_variables; v->name; v++) {
		output_data(".It Ev %s\n%c", v->name, char_upper(v->text[0]));
		man_text(v->text + 1);
		output_data(".\n");
	}
	output_data(".El\n");
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
	for (size_t i = 0; command_nouns[i]; i++) {
		for (const struct command *c = command_nouns[i]; c->noun; c++) {
			if (!c->hidden) {
				man_command(c);
			}
		}
	}
	output_data(".El\n.Sh COMMON OPTIONS\n");
	man_options(command_common_options);
	man_settings();
	man_environment();
	output_data(
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

const struct command manpage_commands[] = {
	{ .noun = "manpage",
	  .arguments = "",
	  .summary = "print the manual page",
	  .examples = (const char *const[]){ "postern manpage | man -l -", NULL },
	  .run = manpage_run },
	{ 0 },
};
