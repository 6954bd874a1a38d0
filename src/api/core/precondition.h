/* SPDX-License-Identifier: Apache-2.0
 * ETag, If-Match and If-None-Match of /admin/v1: in one place, so that no use case knows of them. */
#pragma once

#include "api/core/call.h"

/** What a route that changes something is about. */
struct precondition_object {
	void (*handle)(struct call *call); /* of the route */
	void (*get)(struct call *call);    /* answers GET of what it changes, at once; NULL: there is none, */
	const char *why;                   /* because of this */
	/* that names it, of the body or else of what a helper found in it; NULL: the path names it */
	const char *member;
	bool found; /* only the helper tells the name */
};

/** What every route of /admin/v1 that changes something is about; ends with a row without a handler. */
extern const struct precondition_object precondition_table[];

/** What such a route of /admin/v1 is about. NULL: the route changes nothing, or is of another API, which has
 * its own ways. */
const struct precondition_object *precondition_object_of(const struct route *route);

/**
 * Before the handler, and again once a helper has answered:
 * whether If-Match and If-None-Match hold for the object as it is now.
 * On the clerk that changes, so nothing comes between this and the change.
 *
 * found  what a helper answered; NULL before
 *
 * False: the call was answered, with 412, or with why the object cannot be read.
 */
bool precondition_holds(struct call *call, const struct value *found);
