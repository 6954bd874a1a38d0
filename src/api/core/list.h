/* SPDX-License-Identifier: Apache-2.0
 * Lists of /admin/v1 in pages: ?limit=N&after=KEY, and a Link to the next page. */
#pragma once

#include "api/core/call_request.h"
#include "api/core/route.h"
#include "service/core/page.h"

/** Whether what a route answers with is a list that is read;
 * a change may answer with one, too, which is told whole. NULL is none. */
bool list_is(const struct route *route);

/** What is asked for; all borrowed. */
struct list_asked {
	const struct route *route; /* may be NULL */
	const struct page *page;
	const struct call_request *request;
};
/**
 * The part of a list's answer that was asked for, in the order of its key; anything else as it is.
 *
 * ret_link  value of a field Link to the next page, owned; NULL: this is the last one
 */
struct value *list_cut(const struct list_asked *asked, struct value *take_answer, char **ret_link);
