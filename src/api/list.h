/* SPDX-License-Identifier: Apache-2.0
 * Paging of the lists of /admin/v1, in one place: ?limit=N&after=KEY, and a Link to the next page. */
#pragma once

#include "api/call.h"

/**
 * Before the handler: read what part of a list is asked for, into call->page.
 *
 * False: the call was answered, with 400 and the parameter's name. What is no list takes no such parameters.
 */
bool list_ask(struct call *call);
/**
 * The part of a list's answer that was asked for, in the order of its key; anything else as it is.
 *
 * ret_link  value of a field Link to the next page, owned; NULL: this is the last one
 */
struct value *list_cut(const struct call *call, struct value *take_answer, char **ret_link);
