/* SPDX-License-Identifier: Apache-2.0
 * Every management route with its right: for those who test that none was left open. */
#include "api/core/route.h"
#include "cmd/line/command.h"
#include "cmd/line/output.h"
#include "cmd/nouns.h"

static enum rc routes_run(struct command_line *line, struct err *reterr)
{
	AUTO_VALUE *list = value_array();
	for (const struct route *route = route_table; route->method; route++) {
		struct value *v = value_object();
		AUTO_BUF(roles, 512);
		subjects_format_roles(route->serves, &roles);
		value_set_c(v, "method", route->method);
		value_set_c(v, "path", route->path);
		value_set_c(v, "right", subjects_name(route->serves));
		value_set_c(v, "roles", roles.n > 0 ? buf_c(&roles) : NULL);
		value_append(list, v);
	}
	return output_json(list, reterr);
}

const struct command routes_commands[] = {
	{ .noun = "routes",
	  .arguments = "",
	  .summary = "print the management routes and their rights",
	  .hidden = true,
	  .run = routes_run },
	{ 0 },
};
