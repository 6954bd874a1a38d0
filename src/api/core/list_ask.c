/* SPDX-License-Identifier: Apache-2.0
 * What part of a list is asked for. */
#include "api/core/list_ask.h"

#include "api/core/list.h"
#include "base/memory.h"

static enum rc read_limit(const struct call *call, uint32_t *ret, struct err *reterr)
{
	AUTO_VALUE *query = value_object();
	AUTO_FREE char *text = call_query(call, "limit");
	int64_t limit = 0;
	if (text) {
		value_set_c(query, "limit", text);
	}
	TRY(field_integer(field_find(call->route->query, "limit"), query, &limit, reterr));
	*ret = (uint32_t)limit;
	return RC_OK;
}

bool list_ask(struct call *call)
{
	struct err err = { 0 };
	if (!list_is(call->route)) {
		return true;
	}
	mem_free(call->after);
	call->after = call_query(call, "after");
	call->page = (struct page){ .after = call->after };
	if (read_limit(call, &call->page.limit, &err) == RC_OK) {
		return true;
	}
	call_fail(call, &err);
	return false;
}
