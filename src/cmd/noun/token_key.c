/* SPDX-License-Identifier: Apache-2.0
 * The keys that sign access tokens, on the command line. */
#include "base/memory.h"
#include "cmd/line/ask.h"
#include "cmd/line/body.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

static const struct print_column columns[] = {
	{ "KEY ID", "kid" },          { "STATE", "state" }, { "CREATED", "created" },
	{ "VERIFIES UNTIL", "ends" }, { NULL, NULL },
};

static enum rc list_run(struct command_line *line, struct err *reterr)
{
	return ask_list(line, "/admin/v1/token-keys", columns, reterr);
}

static enum rc rotate_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	AUTO_VALUE *list = NULL;
	bool revoke = command_flag(line, "revoke");
	TRY(body_set_options(body, line, reterr));
	TRY(ask_call(line, "POST", "/admin/v1/token-keys", body, &list, reterr));
	const char *kid = value_get_c(value_at(list, 0), "kid");
	output_say("The key %s signs tokens now; those issued before %s.", kid ? kid : "",
		   revoke ? "have ended" : "stay good until they expire");
	return RC_OK;
}

static const struct command_option rotate_options[] = {
	{ .name = "revoke",
	  .help = "end every token issued before, as after the loss of a key",
	  .object = &object_token_key },
	{ 0 },
};

const struct command token_key_commands[] = {
	{ .noun = "token-key",
	  .verb = "list",
	  .arguments = "",
	  .summary = "list the keys that sign and verify access tokens",
	  .text = "A new key follows the old one every 90 days by itself: it is announced in /token_keys an "
		  "hour\n"
		  "before it signs, and the one before verifies until its last token has expired.",
	  .examples = (const char *const[]){ "postern token-key list", NULL },
	  .run = list_run },
	{ .noun = "token-key",
	  .verb = "rotate",
	  .arguments = "",
	  .summary = "let a new key sign access tokens from now on",
	  .options = rotate_options,
	  .examples = (const char *const[]){ "postern token-key rotate", "postern token-key rotate --revoke",
					     NULL },
	  .run = rotate_run },
	{ 0 },
};
