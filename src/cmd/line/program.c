/* SPDX-License-Identifier: Apache-2.0
 * One run of the program: the row that its words name is run, and what failed is told. */
#include "cmd/line/program.h"

#include "base/memory.h"
#include "cmd/line/command_line.h"
#include "cmd/line/help.h"
#include "cmd/line/output.h"

#include <stdio.h>
#include <string.h>

/* "postern: P101 The password does not open the file." and what mends it;
 * a command stands on a line of its own. */
static void tell_failure(const struct command *command, const struct err *err)
{
	bool has_command = strchr(err->fix, '`') != NULL;
	output_say("%spostern: %s%s%s%s%s%s", output_style_err(OUTPUT_BAD), err->reason[0] ? err->reason : "",
		   err->reason[0] ? " " : "", err->text[0] ? err->text : rc_name(err->code),
		   output_style_err(OUTPUT_PLAIN), err->fix[0] && !has_command ? " " : "",
		   has_command ? "" : err->fix);
	if (has_command) {
		output_say("Fix: %s", err->fix);
	}
	if (err->source == ERR_USAGE && command) {
		output_say("See: postern help %s%s%s", command->noun, command->verb ? " " : "",
			   command->verb ? command->verb : "");
	}
}

static int fail_unknown(const struct command *noun, const char *word)
{
	char shown[64];
	const char *nearest = help_nearest(noun, word);
	str_printable(str_of(word), shown, sizeof(shown));
	if (noun) {
		output_say("postern: %s has no verb %s.", noun->noun, shown);
	} else {
		output_say("postern: There is no command %s.", shown);
	}
	if (nearest) {
		output_say("Did you mean: postern %s%s%s", noun ? noun->noun : "", noun ? " " : "", nearest);
	}
	output_say("See: postern help%s%s", noun ? " " : "", noun ? noun->noun : "");
	return COMMAND_EXIT_USAGE;
}

static int program_run(const struct command *command, int argc, char *argv[])
{
	struct err err = { 0 };
	struct command_line line = { 0 };
	int code;
	enum rc rc = command_line_parse(&line, command, argc, argv, &err);
	if (rc == RC_OK && command_flag(&line, "no-color")) {
		output_no_color();
	}
	if (rc == RC_OK && !command->raw && command_flag(&line, "help")) {
		help_command(command);
	} else if (rc == RC_OK) {
		rc = command->run(&line, &err);
	}
	if (rc == RC_OK) {
		code = line.exit_code;
	} else {
		err.code = rc;
		fflush(stdout);
		tell_failure(command, &err);
		code = command_exit_code(&err);
	}
	command_line_fini(&line);
	if (fflush(stdout) != 0 && code == COMMAND_EXIT_DONE) {
		code = COMMAND_EXIT_FAILED;
	}
	return code;
}

int program_main(int argc, char *argv[])
{
	if (argc < 2) {
		help_overview(stderr);
		return COMMAND_EXIT_USAGE;
	}
	const char *word = argv[1];
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		word = "help";
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		word = "version";
	}
	const struct command *noun = command_find_noun(word);
	if (!noun) {
		return fail_unknown(NULL, word);
	}
	if (!command_has_verbs(noun)) {
		return program_run(noun, argc - 2, argv + 2);
	}
	if (argc < 3) {
		help_noun(noun, stderr);
		return COMMAND_EXIT_USAGE;
	}
	if (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0) {
		help_noun(noun, stdout);
		return COMMAND_EXIT_DONE;
	}
	const struct command *command = command_find(noun->noun, argv[2]);
	return command ? program_run(command, argc - 3, argv + 3) : fail_unknown(noun, argv[2]);
}
