/* SPDX-License-Identifier: Apache-2.0
 * The doctor on the command line: five steps, each with what is wrong and what mends it. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/body.h"
#include "cmd/line/host_hint.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/line/print.h"
#include "cmd/nouns.h"
#include "model/reason.h"

#include <unistd.h>

#define STEPS 5
#define DESTINATION_STEP 4
#define FILE_MAX ((size_t)2 * 1024 * 1024)

static const char *const step_names[STEPS + 1] = { "",    "key pair", "trust", "service key", "destination",
						   "call" };

static enum output_style style_of(const char *severity)
{
	if (strcmp(severity, "error") == 0) {
		return OUTPUT_BAD;
	}
	return strcmp(severity, "warning") == 0 ? OUTPUT_WARN : OUTPUT_DIM;
}

/* Members that only fill in the fix are no news to the reader. */
static bool is_for_fix(const char *name)
{
	static const char *const names[] = { "destination", "file", "stem",     "request", "name",
					     "alias",       "key",  "instance", "url" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

static void print_member(const char *label, const struct value *object, const char *name)
{
	AUTO_BUF(text, 65536);
	char shown[1024];
	print_text_of(object, name, &text);
	if (text.n) {
		output_data("                  %s%s: %s\n", label, name,
			    str_printable(buf_str(&text), shown, sizeof(shown)));
	}
}

/* Presented and expected stand under each other; where both are there, the flat copy of the presented is left
 * out. */
static void print_evidence(const struct value *evidence)
{
	const char *name;
	struct value *member;
	const struct value *presented = value_get(evidence, "presented"),
			   *expected = value_get(evidence, "expected");
	for (size_t i = 0; value_member(presented, i, &name, &member); i++) {
		print_member("presented ", presented, name);
	}
	for (size_t i = 0; value_member(expected, i, &name, &member); i++) {
		print_member("expected  ", expected, name);
	}
	for (size_t i = 0; value_member(evidence, i, &name, &member); i++) {
		if (!value_is_object(member) && !is_for_fix(name) && !value_get(presented, name)) {
			print_member("", evidence, name);
		}
	}
}

static void print_finding(const struct value *finding, bool verbose)
{
	const char *code = value_get_c(finding, "code"), *text = value_get_c(finding, "text"),
		   *fix = value_get_c(finding, "fix"), *severity = value_get_c(finding, "severity");
	severity = severity ? severity : "error";
	output_data("                %s%s%s %s\n", output_style(style_of(severity)), code ? code : "",
		    output_style(OUTPUT_PLAIN), text ? text : "");
	if (verbose || strcmp(severity, "error") == 0) {
		print_evidence(value_get(finding, "evidence"));
	}
	if (fix && *fix) {
		output_data("                fix: %s\n", fix);
	}
}

static void print_step(const struct value *step, bool verbose)
{
	int64_t number = value_get_int(step, "step", 0);
	const struct value *findings = value_get(step, "findings");
	bool ok = value_get_bool(step, "ok", false), judged = value_get_bool(step, "judged", true);
	const char *name = number >= 1 && number <= STEPS ? step_names[number] : "";
	output_data("%lld %-13s %s%s%s\n", (long long)number, name,
		    output_style(!judged ? OUTPUT_DIM
				 : ok    ? OUTPUT_GOOD
					 : OUTPUT_BAD),
		    !judged ? "– not judged"
		    : ok    ? "✔"
			    : "✘",
		    output_style(OUTPUT_PLAIN));
	for (size_t i = 0; i < value_count(findings); i++) {
		print_finding(value_at(findings, i), verbose);
	}
}

static enum rc examine_file(struct command_line *line, struct client *client, struct value **ret,
			    struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_BUF_SECRET(password, 2048);
	struct err err = { 0 };
	bool given;
	const char *file = command_option(line, "p12");
	TRY(body_set_file(body, "content", file, FILE_MAX, reterr));
	value_set_c(body, "file", file);
	TRY(command_password(line, "password", "Password of the file", &password, &given, reterr));
	if (given) {
		TRY(body_set_text(body, "password", "The password", buf_str(&password), reterr));
	}
	TRY(body_set_key_password(line, body, "key_password", reterr));
	enum rc rc = client_call(client, "POST", "/admin/v1/doctor/file", body, ret, &err);
	if (rc != RC_OK && reterr) {
		*reterr = err;
	}
	return rc;
}

static enum rc ask(struct command_line *line, struct value **ret, struct err *reterr)
{
	struct client *client;
	const char *name = command_argument(line, 0), *request = command_option(line, "request");
	if (!name + !request + !command_option(line, "p12") != 2) {
		return command_usage_error(reterr, "Name a DESTINATION, or give --p12 FILE or --request ID.");
	}
	TRY(command_client(line, &client, reterr));
	if (request) {
		AUTO_FREE char *path = client_path("/admin/v1/messages/%s/doctor", request);
		return client_get(client, path, ret, reterr);
	}
	if (name) {
		AUTO_FREE char *path = client_path("/admin/v1/destinations/%s/doctor", name);
		return client_call(client, "POST", path, NULL, ret, reterr);
	}
	return examine_file(line, client, ret, reterr);
}

/* The server finds names below localhost as curl does; the app beside this command asks the resolver. */
static void look_up(struct command_line *line, const struct value *answer)
{
	struct client *client;
	AUTO_VALUE *destination = NULL;
	const struct value *steps = value_get(answer, "steps");
	AUTO_FREE char *path = client_path("/destination-configuration/v1/subaccountDestinations/%s",
					   command_argument(line, 0));
	if (command_client(line, &client, NULL) != RC_OK ||
	    client_get(client, path, &destination, NULL) != RC_OK) {
		return;
	}
	AUTO_FREE char *name = host_hint_unresolved(value_get_c(destination, "URL"));
	for (size_t i = 0; name && i < value_count(steps); i++) {
		struct value *findings = value_get(value_at(steps, i), "findings");
		AUTO_VALUE *evidence = value_object();
		value_set_c(evidence, "host", name);
		if (value_get_int(value_at(steps, i), "step", 0) == DESTINATION_STEP && findings) {
			value_append(findings, reason_finding(REASON_D425, name, evidence));
		}
	}
}

static enum rc doctor_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *answer = NULL;
	TRY(ask(line, &answer, reterr));
	if (command_argument(line, 0)) {
		look_up(line, answer);
	}
	bool ok = value_get_bool(answer, "ok", false);
	int64_t first = value_get_int(answer, "first_broken", 0);
	if (!ok) {
		command_set_exit(line, first >= 1 && first <= STEPS ? COMMAND_EXIT_STEP + (int)first
								    : COMMAND_EXIT_FAILED);
	}
	if (command_json(line)) {
		return output_json(answer, reterr);
	}
	const struct value *steps = value_get(answer, "steps");
	for (size_t i = 0; i < value_count(steps); i++) {
		print_step(value_at(steps, i), command_flag(line, "verbose"));
	}
	if (ok && command_argument(line, 0)) {
		output_next("postern call %s", command_argument(line, 0));
	}
	return RC_OK;
}

static const struct command_option options[] = {
	{ .name = "p12", .argument = "FILE", .help = "examine a key store file instead of a destination" },
	{ .name = "request",
	  .argument = "ID",
	  .help = "explain this very call: its x-request-id, or the id in the monitor" },
	{ .name = "verbose", .letter = 'v', .help = "show the evidence of warnings too" },
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	{ 0 },
};

const struct command doctor_commands[] = {
	{ .noun = "doctor",
	  .arguments = "[DESTINATION]",
	  .synopsis = "DESTINATION | --p12 FILE | --request ID",
	  .summary = "walk the five steps, name what is broken and what mends it",
	  .text = "1 key pair, 2 trust, 3 service key and role, 4 destination, 5 call. It stops at nothing "
		  "and exits with\n"
		  "10 and the number of the first broken step.",
	  .options = options,
	  .examples = (const char *const[]){ "postern doctor ORDERS", "postern doctor --request AbC...",
					     "postern doctor --p12 company.p12 --password-file pw", NULL },
	  .run = doctor_run },
	{ 0 },
};
