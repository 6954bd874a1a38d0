/* SPDX-License-Identifier: Apache-2.0
 * How operations of the OData API answer. */
#pragma once

#include "api/odata/odata_call.h"

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
/** A key of the first segment, or of another; the call is answered with 400 and NULL comes back where it is
 * missing. */
const char *odata_key(struct odata_call *oc, size_t segment, const char *name);
/** Check the query options against a set's entity; the call is answered and false comes back where they are
 * wrong. */
bool odata_check(struct odata_call *oc, const char *set);
/** The OData call of a job's context (a struct call), its job being at its end. NULL: answered with err. */
struct odata_call *odata_job_ended(void *context, const struct value *answer, const struct err *err);
