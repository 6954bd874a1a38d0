/* SPDX-License-Identifier: Apache-2.0
 * Calls to the server that print its answer. */
#include "cmd/line/ask.h"

#include "base/memory.h"
#include "client/client.h"
#include "cmd/line/input.h"
#include "cmd/line/output.h"

enum rc ask_call(struct command_line *line, const char *method, const char *path, const struct value *body,
		 struct value **ret_body, struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	TRY(command_client(line, &client, reterr));
	TRY(client_call(client, method, path, body, &answer, reterr));
	if (command_json(line) && answer) {
		TRY(output_json(answer, reterr));
	}
	if (ret_body) {
		*ret_body = TAKE(answer);
	}
	return RC_OK;
}

enum rc ask_list(struct command_line *line, const char *path, const struct print_column *columns,
		 struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &answer, reterr));
	return print_list(line, answer, columns, reterr);
}

enum rc ask_get(struct command_line *line, const char *path, const struct print_column *columns,
		struct err *reterr)
{
	struct client *client;
	AUTO_VALUE *answer = NULL;
	TRY(command_client(line, &client, reterr));
	TRY(client_get(client, path, &answer, reterr));
	return print_object(line, answer, columns, reterr);
}

enum rc ask_delete(struct command_line *line, const char *path, const char *kind, const char *name,
		   struct err *reterr)
{
	AUTO_FREE char *shown = output_visible(name);
	TRY(ask_call(line, "DELETE", path, NULL, NULL, reterr));
	output_say("Deleted %s %s.", kind, shown);
	return RC_OK;
}
