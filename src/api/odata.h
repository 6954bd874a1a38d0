/* SPDX-License-Identifier: Apache-2.0
 * The OData API of Cloud Integration, /api/v1: from a path to its operation, and how operations answer. */
#pragma once

#include "api/call.h"
#include "odata/document.h"
#include "odata/path.h"

struct odata_operation;

/** Whether the caller reads Atom and no JSON, by $format, else by Accept. */
bool odata_asks_for_xml(const struct call *call);

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

/** The table of operations; ends with a row without a method. */
extern const struct odata_operation odata_operations[];

/** A request below /api/v1, on the loop: find its operation, judge its right. False: it was answered. */
bool odata_admit(struct call *call);
/** What was admitted. */
void odata_handle(struct call *call);

/** A key of the first segment, or of another; the call is answered with 400 and NULL comes back where it is missing. */
const char *odata_key(struct odata_call *oc, size_t segment, const char *name);
/** A query parameter of the operation itself, quotes around it taken off; owned, NULL when absent. */
char *odata_parameter(const struct odata_call *oc, const char *name);
/** Such a parameter as truth; false when absent. */
bool odata_flag(const struct odata_call *oc, const char *name);

/** Answer with one entity of a set, or its count. */
void odata_answer_one(struct odata_call *oc, int status, const char *set, struct value *take_entity);
/** Answer with entities: filtered, sorted and paged as the query asks, or their count. */
void odata_answer_many(struct odata_call *oc, const char *set, struct value *take_entities);
/** Answer with a page that was made already; count is what passed the filter. */
void odata_answer_page(struct odata_call *oc, const char *set, struct value *take_page, uint64_t count);
/** Answer with bytes as a file; name may be NULL. */
void odata_answer_file(struct odata_call *oc, const char *type, const char *name, struct str bytes);
/** Answer with plain text. */
void odata_answer_text(struct odata_call *oc, int status, const char *text);
/** Answer without body. */
void odata_answer_empty(struct odata_call *oc, int status);
/** Answer with an error. */
void odata_fail(struct odata_call *oc, const struct err *err);
/** The same with a status of its own. */
void odata_fail_status(struct odata_call *oc, int status, const struct err *err);

/** Check the query options against a set's entity; the call is answered and false comes back where they are wrong. */
bool odata_check(struct odata_call *oc, const char *set);
/** The OData call of a job's context (a struct call), its job being at its end. NULL: answered with err. */
struct odata_call *odata_job_ended(void *context, const struct value *answer, const struct err *err);
/** Who changes something: the client's id, or the administrator's name; borrowed. */
const char *odata_user(const struct odata_call *oc);
