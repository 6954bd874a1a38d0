/* SPDX-License-Identifier: Apache-2.0
 * Fragments of destinations on the command line. */
#include "base/memory.h"
#include "client/client.h"
#include "cmd/destination/label.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

#define LEVEL "/destination-configuration/v1/subaccountDestinationFragments"
#define MASK "********"

static const struct print_column list_columns[] = {
	{ "NAME", "FragmentName" },
	{ "URL", "URL" },
	{ "DESCRIPTION", "Description" },
	{ NULL, NULL },
};
/* KEY=VALUE options over what -c says. */
static enum rc build(const struct command_line *line, struct value **ret, struct err *reterr)
{
	AUTO_VALUE *fragment = NULL;
	const char *pair;
	if (command_option(line, "config")) {
		TRY(body_json_option(line, "config", &fragment, reterr));
	} else {
		fragment = value_object();
	}
	for (size_t i = 0; (pair = command_option_at(line, "set", i)); i++) {
		const char *equals = strchr(pair, '=');
		if (!equals || equals == pair) {
			return command_usage_error(reterr, "The option --set takes KEY=VALUE.");
		}
		AUTO_FREE char *key = str_dup(str_from(pair, (size_t)(equals - pair)));
		value_set_c(fragment, key, equals + 1);
	}
	value_set_c(fragment, "FragmentName", command_argument(line, 0));
	*ret = TAKE(fragment);
	return RC_OK;
}

static enum rc write(struct command_line *line, const char *method, const char *done, struct err *reterr)
{
	AUTO_VALUE *fragment = NULL;
	TRY(build(line, &fragment, reterr));
	TRY(ask_call(line, method, LEVEL, fragment, NULL, reterr));
	output_say("%s the fragment %s.", done, command_argument(line, 0));
	return RC_OK;
}

static enum rc create_run(struct command_line *line, struct err *reterr)
{
	return write(line, "POST", "Created", reterr);
}

static enum rc update_run(struct command_line *line, struct err *reterr)
{
	return write(line, command_flag(line, "replace") ? "PUT" : "PATCH", "Updated", reterr);
}

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, LEVEL, list_columns, reterr);
}

static enum rc get_run(struct command_line *line, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *fragment = NULL;
	const char *name;
	struct value *member;
	AUTO_FREE char *path = client_path(LEVEL "/%s", command_argument(line, 0));
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &fragment, reterr));
	if (command_json(line)) {
		return output_json(fragment, reterr);
	}
	for (size_t i = 0; value_member(fragment, i, &name, &member); i++) {
		bool secret = strcasestr(name, "password") || strcasestr(name, "secret");
		AUTO_FREE char *visible = output_visible(secret ? MASK : value_c(member));
		output_data("%-24s %s\n", name, visible);
	}
	return RC_OK;
}

static enum rc delete_run(struct command_line *line, struct err *reterr)
{
	AUTO_FREE char *path = client_path(LEVEL "/%s", command_argument(line, 0));
	return ask_delete(line, path, "fragment", command_argument(line, 0), reterr);
}

static const struct command_option write_options[] = {
	{ .name = "config", .letter = 'c', .argument = "JSON|@FILE", .help = "properties as a JSON object" },
	{ .name = "set",
	  .argument = "KEY=VALUE",
	  .help = "one property; may be given several times",
	  .repeat = true },
	{ 0 },
};
static const struct command_option update_options[] = {
	{ .name = "config", .letter = 'c', .argument = "JSON|@FILE", .help = "properties as a JSON object" },
	{ .name = "set",
	  .argument = "KEY=VALUE",
	  .help = "one property; may be given several times",
	  .repeat = true },
	{ .name = "replace", .help = "leave nothing of what was there" },
	{ 0 },
};
const struct command destination_fragment_commands[] = {
	{ .noun = "destination-fragment",
	  .verb = "create",
	  .arguments = "NAME",
	  .summary = "make a fragment: properties merged over a destination on demand",
	  .options = write_options,
	  .text = "Clients ask for it with the header X-fragment-name when they look a destination up.",
	  .examples =
		  (const char *const[]){
			  "postern destination-fragment create test --set URL=https://test.example", NULL },
	  .run = create_run },
	{ .noun = "destination-fragment",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list fragments",
	  .examples = (const char *const[]){ "postern destination-fragment list", NULL },
	  .run = list_run },
	{ .noun = "destination-fragment",
	  .verb = "get",
	  .arguments = "NAME",
	  .summary = "show a fragment",
	  .examples = (const char *const[]){ "postern destination-fragment get test", NULL },
	  .run = get_run },
	{ .noun = "destination-fragment",
	  .verb = "update",
	  .arguments = "NAME",
	  .summary = "change properties of a fragment",
	  .options = update_options,
	  .examples =
		  (const char *const[]){
			  "postern destination-fragment update test --set URL=https://new.example", NULL },
	  .run = update_run },
	{ .noun = "destination-fragment",
	  .verb = "delete",
	  .arguments = "NAME",
	  .summary = "delete a fragment",
	  .examples = (const char *const[]){ "postern destination-fragment delete test", NULL },
	  .run = delete_run },
	{ .noun = "destination-fragment",
	  .verb = "label",
	  .arguments = "NAME",
	  .summary = "show labels of a fragment, add and remove some",
	  .options = destination_label_options,
	  .examples =
		  (const char *const[]){ "postern destination-fragment label test --add stage=test", NULL },
	  .run = destination_label_run },
	{ 0 },
};
