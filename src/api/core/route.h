/* SPDX-License-Identifier: Apache-2.0
 * The one table of every management route: method, path, right, limit, handler, what it takes and gives. */
#pragma once

#include "api/core/subject.h"
#include "model/object.h"

struct call;

/** Which shape errors have. */
enum route_shape {
	ROUTE_SHAPE_ADMIN,       /* {"error":{"code","field","text","fix"}} */
	ROUTE_SHAPE_DESTINATION, /* {"ErrorMessage"} */
	ROUTE_SHAPE_TOKEN,       /* {"error","error_description"} */
	ROUTE_SHAPE_BROKER,      /* {"error"?,"description"} */
	/* {"error":{"code","message":{"lang","value"},"innererror"?}}; the handler reads the body */
	ROUTE_SHAPE_ODATA,
};

/** Where a handler runs. */
enum call_place {
	CALL_READ,   /* a clerk that reads */
	CALL_CHANGE, /* the clerk that changes */
	CALL_MEMORY, /* the loop: what memory answers; where it does not, a clerk that reads */
};

struct route {
	const char *method;
	/* "/admin/v1/keystore/{alias}": {…} is one segment, "{*}" at the end any number of them */
	const char *path;
	unsigned serves; /* whom: SUBJECT_… and SUBJECTS_… */
	enum route_shape shape;
	size_t max_body;  /* [bytes]; 0: none is expected, and 64 KiB are taken and ignored */
	const char *name; /* of the use case as users know it: "service-key.create"; no other row has it */
	enum call_place place;
	void (*handle)(struct call *call);
	/* on the loop, before the handler: false, it has answered; NULL: none */
	bool (*admit)(struct call *call);
	const struct object *query; /* the parameters that it knows; NULL: none */
	const struct object *takes; /* what its body has; NULL: there is none */
	const struct object *gives; /* what its answer tells; NULL: the answer has no body */
	const char *key;  /* the answer is a list of those, cut by this member of theirs; NULL: one */
	int status;       /* of its answer */
	int other_status; /* of some of its answers; 0: there is no other one */
};

/** The table; ends with a row without a method. */
extern const struct route route_table[];

/** Whether answers of a route have an ETag: GET of anything in /admin/v1. */
bool route_is_tagged(const struct route *route);
/** Whether it is one of /admin/v1. */
bool route_is_of_admin(const struct route *route);

/**
 * Find the route of a request.
 *
 * path       raw path
 * ret_params up to 3 raw segments for {…}
 *
 * NULL when there is none; *ret_other_method then tells that the path exists with another method.
 */
const struct route *route_find(struct str method, struct str path, struct str ret_params[3],
			       bool *ret_other_method);
