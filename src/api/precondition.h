/* SPDX-License-Identifier: Apache-2.0
 * ETag, If-Match and If-None-Match of /admin/v1: in one place, so that no use case knows of them. */
#pragma once

#include "api/call.h"
#include "pki/digest.h"

/** A strong ETag with its quotes, and NUL. */
#define PRECONDITION_TAG_SIZE (DIGEST_SHA256_TEXT_SIZE + 2)

/** What a route that changes something is about. */
struct precondition_object {
	void (*handle)(struct call *call); /* of the route */
	void (*get)(struct call *call);    /* answers GET of what it changes, at once; NULL: there is none, */
	const char *why;                   /* because of this */
	const char *
		member; /* that names it, of the body or else of what a helper found in it; NULL: the path names it */
	bool found; /* only the helper tells the name */
};

/** What such a route of /admin/v1 is about. NULL: the route changes nothing, or is of another API, which has its own ways. */
const struct precondition_object *precondition_object_of(const struct route *route);

/**
 * Before the handler, and again once a helper has answered: whether If-Match and If-None-Match hold for the object as it is now.
 * On the clerk that changes, so nothing comes between this and the change.
 *
 * found  what a helper answered; NULL before
 *
 * False: the call was answered, with 412, or with why the object cannot be read.
 */
bool precondition_holds(struct call *call, const struct value *found);

/** Whether answers of the call's route have an ETag: GET of anything in /admin/v1. */
bool precondition_tags(const struct call *call);
/** The ETag of what is told of an object: SHA-256 of its JSON. */
void precondition_tag(struct str body, char ret[PRECONDITION_TAG_SIZE]);
/** Whether the caller has it already, by If-None-Match. */
bool precondition_has(const struct call *call, const char *tag);
