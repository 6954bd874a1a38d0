/* SPDX-License-Identifier: Apache-2.0
 * What the handlers of the Destination service share: the level of a path, tagged answers, statuses, one or
 * many. */
#pragma once

#include "api/core/call.h"
#include "service/destination/destination.h"

/** Kind, subaccount and level that the path names, with the name of its {…} or NULL. False: answered. */
bool destination_call_at(struct call *call, struct destination_at *ret);
/** The status of an error here: what is too large is wrong input, a foreign change a failed If-Match, a store
 * that is away 503. */
int destination_call_status(const struct err *err);
/** Answer with an error. */
void destination_call_fail(struct call *call, const struct err *err);
/** Answer with body when rc is RC_OK (status), else with the error; take_body may be NULL. */
void destination_call_finish(struct call *call, enum rc rc, int status, struct value *take_body,
			     const struct err *err);
/** Whether If-Match and If-None-Match let a body with this etag be sent; false: answered with 412 or 304. */
bool destination_call_wants(struct call *call, const char *etag);
/** 200 with ETag. */
void destination_call_tagged(struct call *call, struct value *take_body, const char *etag);
/** {"Count":n}; owned. */
struct value *destination_call_count(int64_t n);
/** Value of If-Match, owned; NULL where none or "*" was sent. */
char *destination_call_if_match(const struct call *call);
/** Whether a query parameter says "true". */
bool destination_call_flag(const struct call *call, const char *name);

/** Do something with one element of a body; warning may be set to an owned sentence. */
typedef enum rc (*destination_write_fn)(struct call *call, const struct destination_at *at,
					const struct value *input, char *etag, char **warning,
					struct err *reterr);
/** Answer a body that is one object or an array of them: good (with {"Count":1} where counts), or 207 where
 * one failed. */
void destination_call_write(struct call *call, destination_write_fn write, int good, bool counts);
/** Answer what was written: good with ETag, and what clients will stumble over. */
void destination_call_written(struct call *call, int good, bool counts, const char *etag,
			      const char *warning);

/** Answer a whole list: filtered, names only, or one page of it, as the query asks. */
void destination_list_answer(struct call *call, struct value *take_list);
