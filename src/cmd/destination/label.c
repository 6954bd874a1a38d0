/* SPDX-License-Identifier: Apache-2.0
 * The verb "label" of destinations, fragments and certificates. */
#include "cmd/destination/label.h"

#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/ask.h"
#include "cmd/line/input.h"

#define V1 "/destination-configuration/v1/"

static const struct print_column label_columns[] = {
	{ "KEY", "key" },
	{ "VALUES", "values" },
	{ NULL, NULL },
};

const struct command_option destination_label_options[] = {
	{ .name = "add",
	  .argument = "KEY=V1,V2",
	  .help = "add values to a label; may be given several times",
	  .repeat = true },
	{ .name = "remove",
	  .argument = "KEY[=V1,V2]",
	  .help = "take values, or the whole label, away",
	  .repeat = true },
	{ 0 },
};

/* "key=a,b" as {"key","values":[]}; without "=" the key alone. */
static struct value *label_of(const char *text)
{
	struct str rest = str_of(text), key, one;
	struct value *label = value_object(), *values = value_array();
	(void)str_split(&rest, '=', &key);
	value_set_str(label, "key", key);
	while (rest.p && str_split(&rest, ',', &one)) {
		value_append(values, value_string(one));
	}
	value_set(label, "values", values);
	return label;
}

static enum rc label_change(struct command_line *line, const char *path, const char *option,
			    const char *action, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	struct client *client;
	struct value *labels = value_array();
	const char *text;
	value_set(body, "labels", labels);
	value_set_c(body, "action", action);
	for (size_t i = 0; (text = command_option_at(line, option, i)); i++) {
		value_append(labels, label_of(text));
	}
	if (value_count(labels) == 0) {
		return RC_OK;
	}
	TRY(command_client(line, &client, reterr));
	return client_call(client, "PATCH", path, body, NULL, reterr);
}

enum rc destination_label_run(struct command_line *line, struct err *reterr)
{
	const char *noun = command_row(line)->noun;
	const char *kind = strcmp(noun, "destination-fragment") == 0      ? "subaccountDestinationFragments"
			   : strcmp(noun, "destination-certificate") == 0 ? "subaccountCertificates"
									  : "subaccountDestinations";
	AUTO_FREE char *path = client_path(V1 "%s/%s/labels", kind, command_argument(line, 0));
	TRY(label_change(line, path, "remove", "DELETE", reterr));
	TRY(label_change(line, path, "add", "ADD", reterr));
	return ask_list(line, path, label_columns, reterr);
}
