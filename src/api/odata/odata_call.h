/* SPDX-License-Identifier: Apache-2.0
 * One call of the OData API: its operation, path, options and body. */
#pragma once

#include "api/core/call.h"
#include "odata/document.h"
#include "odata/path.h"

#define ODATA_PREFIX "/api/v1"

struct odata_operation;

/** One call of the API; belongs to its call (call->state) and goes with it. */
struct odata_call {
	struct call *call;
	const struct odata_operation *operation;
	struct odata_path path;
	struct odata_query query;
	struct value *body; /* JSON body; NULL where the operation takes other bytes, or has none */
	char *root;         /* "http://localhost:8080/api/v1" */
	bool counting;      /* …/$count: the answer is a number */
	bool xml;           /* Atom is asked for */
	char *next;         /* link to the next page, told as __next; owned, NULL for none */
	struct deployment *deployment; /* begun, to be gone on with */
	struct value *work;            /* what a handler keeps while a job works; owned */
	int64_t step;                  /* the same, a number */
};

/** One operation; the table is odata_operations. */
struct odata_operation {
	const char *method;
	const char *shape; /* "KeystoreEntries(*)/Certificate/$value", as odata_path_shape() has it */
	unsigned serves;   /* whom: SUBJECTS_API, or administrators and roles */
	const char *name;  /* of the use case: "odata.keystore-entry.list"; no other row has it */
	bool raw;          /* the body is not JSON */
	void (*handle)(struct odata_call *oc);
	bool messages; /* what gateways wrote down before has to be in the store */
};

/** Make one for a call, which owns it. */
struct odata_call *odata_call_new(struct call *call);
/** A query parameter of the operation itself, quotes around it taken off; owned, NULL when absent. */
char *odata_parameter(const struct odata_call *oc, const char *name);
/** Such a parameter as truth; false when absent. */
bool odata_flag(const struct odata_call *oc, const char *name);
/** Who changes something: the client's id, or the administrator's name; borrowed. */
const char *odata_user(const struct odata_call *oc);
