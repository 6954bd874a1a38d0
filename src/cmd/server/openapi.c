/* SPDX-License-Identifier: Apache-2.0
 * The description of the management API on the command line. */
#include "api/core/openapi.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

static enum rc openapi_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *document = openapi_document();
	return output_json(document, reterr);
}

const struct command openapi_commands[] = {
	{ .noun = "openapi",
	  .arguments = "",
	  .summary = "print the description of the management API (OpenAPI)",
	  .text = "It is the same that a server serves as /admin/v1/openapi.json, and needs no server.",
	  .examples = (const char *const[]){ "postern openapi", NULL },
	  .run = openapi_run },
	{ 0 },
};
