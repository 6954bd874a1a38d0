/* SPDX-License-Identifier: Apache-2.0
 * The monitor on the command line: what came in, who sent it, what became of it. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/line/print.h"
#include "cmd/nouns.h"

#include <poll.h>

#define TAIL_PAUSE_MS 300

static const struct print_column columns[] = {
	{ "TIME", "time" },       { "STATUS", "status" },   { "HTTP", "http_status" },
	{ "CODE", "code" },       { "ADDRESS", "address" }, { "CLIENT", "client" },
	{ "SUBJECT", "subject" }, { "ID", "id" },           { NULL, NULL },
};

static void add_filter(struct buf *path, char before, const char *name, const struct value *v)
{
	AUTO_FREE char *number = mem_printf("%lld", (long long)value_to_int(v, 0));
	AUTO_FREE char *part = client_path("%s=%s", name, value_is_int(v) ? number : value_c(v));
	buf_add_char(path, before);
	buf_add_c(path, part);
}

static enum rc fetch(struct command_line *line, const char *after, struct value **ret, struct err *reterr)
{
	struct client *client;
	const char *name = NULL;
	struct value *member = NULL;
	AUTO_VALUE *query = value_object();
	AUTO_BUF(path, 8192);
	TRY(body_set_options(query, line, reterr));
	if (after) {
		value_set_c(query, "after", after);
	}
	buf_add_c(&path, "/admin/v1/messages");
	for (size_t i = 0; value_member(query, i, &name, &member); i++) {
		add_filter(&path, i == 0 ? '?' : '&', name, member);
	}
	TRY(command_client(line, &client, reterr));
	return client_get(client, buf_c(&path), ret, reterr);
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *list = NULL;
	TRY(fetch(line, NULL, &list, reterr));
	TRY(print_list(line, list, columns, reterr));
	const char *id = value_get_c(value_at(list, 0), "id");
	if (!command_json(line) && id) {
		output_next("postern message get %s", id);
	}
	return RC_OK;
}

/* Presented and expected stand side by side: one line a name that either of them has. */
static void print_side(struct output_table *t, const struct value *presented, const struct value *expected)
{
	const char *name;
	struct value *member;
	for (size_t pass = 0; pass < 2; pass++) {
		const struct value *from = pass ? expected : presented, *other = pass ? presented : expected;
		for (size_t i = 0; value_member(from, i, &name, &member); i++) {
			AUTO_BUF(left, 65536);
			AUTO_BUF(right, 65536);
			if (pass && value_get(other, name)) {
				continue;
			}
			print_text_of(presented, name, &left);
			print_text_of(expected, name, &right);
			output_table_cell(t, name);
			output_table_cell(t, buf_c(&left));
			output_table_cell(t, buf_c(&right));
		}
	}
}

static const struct print_column get_columns[] = {
	{ "Id", "id" },
	{ "Time", "time" },
	{ "Status", "status" },
	{ "HTTP status", "http_status" },
	{ "Artifact", "artifact" },
	{ "Address", "address" },
	{ "Client", "client" },
	{ "Subject", "subject" },
	{ "SHA-256", "sha256" },
	{ "TLS", "tls" },
	{ "Probe", "probe" },
	{ "Duration (us)", "duration_us" },
	{ "Code", "code" },
	{ "Reason", "text" },
	{ "Fix", "fix" },
	{ NULL, NULL },
};

static enum rc get_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *message = NULL;
	AUTO_FREE char *path = client_path("/admin/v1/messages/%s", command_argument(line, 0));
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &message, reterr));
	TRY(print_object(line, message, get_columns, reterr));
	const struct value *presented = value_get(message, "presented"),
			   *expected = value_get(message, "expected");
	if (command_json(line) || value_count(presented) + value_count(expected) == 0) {
		return RC_OK;
	}
	struct output_table table;
	output_data("\n");
	output_table_init(&table, (const char *const[]){ "", "PRESENTED", "EXPECTED", NULL });
	print_side(&table, presented, expected);
	output_table_finish(&table);
	const char *code = value_get_c(message, "code");
	if (code && *code) {
		output_next("postern doctor --request %s", command_argument(line, 0));
	}
	return RC_OK;
}

static enum rc print_one(const struct command_line *line, const struct value *m, struct err *reterr)
{
	if (command_json(line)) {
		AUTO_BUF(text, 1024 * 1024);
		if (value_format(m, &text) != RC_OK) {
			return err_set(reterr, RC_LIMIT, "A message is too large to print.");
		}
		output_data("%s\n", buf_c(&text));
		return RC_OK;
	}
	for (size_t i = 0; columns[i].title; i++) {
		AUTO_BUF(cell, 4096);
		char shown[512];
		print_text_of(m, columns[i].member, &cell);
		output_data("%s%s", i ? "  " : "",
			    cell.n ? str_printable(buf_str(&cell), shown, sizeof(shown)) : "-");
	}
	output_data("\n");
	return RC_OK;
}

/* Prints what is newer than the last one seen, oldest first, until it is interrupted. */
static enum rc tail_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *last = NULL;
	bool first = true;
	for (;;) {
		AUTO_VALUE *list = NULL;
		TRY(fetch(line, NULL, &list, reterr));
		size_t n = value_count(list), new = 0;
		while (new < n && !(last && strcmp(value_get_c(value_at(list, new), "id"), last) == 0)) {
			new ++;
		}
		for (size_t i = first ? (n < 10 ? n : 10) : new; i-- > 0;) {
			TRY(print_one(line, value_at(list, i), reterr));
		}
		if (n) {
			mem_free(last);
			last = mem_strdup(value_get_c(value_at(list, 0), "id"));
		}
		first = false;
		output_flush();
		if (command_flag(line, "once")) {
			return RC_OK;
		}
		poll(NULL, 0, TAIL_PAUSE_MS);
	}
}

#define FILTER_OPTIONS \
	{ .name = "limit", \
	  .argument = "N", \
	  .help = "at most N messages", \
	  .object = &object_message_filter }, \
		{ .name = "status", \
		  .argument = "S", \
		  .help = "only COMPLETED, FAILED or REFUSED", \
		  .object = &object_message_filter }, \
		{ .name = "artifact", \
		  .argument = "NAME", \
		  .help = "only of this integration flow", \
		  .object = &object_message_filter }, \
	{ \
		.name = "code", .argument = "CODE", .help = "only refused for this reason", \
		.object = &object_message_filter \
	}

static const struct command_option list_options[] = { FILTER_OPTIONS, { 0 } };
static const struct command_option tail_options[] = {
	FILTER_OPTIONS,
	{ .name = "once", .help = "print the last ten and end" },
	{ 0 },
};

const struct command message_commands[] = {
	{ .noun = "message",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list what came in, newest first",
	  .options = list_options,
	  .examples = (const char *const[]){ "postern message list",
					     "postern message list --status REFUSED --json", NULL },
	  .run = list_run },
	{ .noun = "message",
	  .verb = "get",
	  .arguments = "ID",
	  .summary = "show one message, and what was presented beside what was expected",
	  .examples = (const char *const[]){ "postern message get AbC...", NULL },
	  .run = get_run },
	{ .noun = "message",
	  .verb = "tail",
	  .arguments = "",
	  .summary = "print messages as they come in",
	  .options = tail_options,
	  .examples = (const char *const[]){ "postern message tail", NULL },
	  .run = tail_run },
	{ 0 },
};
