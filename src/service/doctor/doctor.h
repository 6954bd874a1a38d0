/* SPDX-License-Identifier: Apache-2.0
 * `doctor`: walks the five steps of the job with the code the gateway itself uses, and names what is broken
 * and what mends it. */
#pragma once

#include "service/work/work.h"

struct service_doctor;

/**
 * Make ready to examine a destination: 1 its key store, 2 the chain against the tenant's trust, 3 service key
 * and role when the URL is this gateway's, 4 its properties, 5 the real call. It stops at nothing.
 *
 * done  gets {"ok","first_broken","steps":[{"step","ok","findings":[{"code","severity","text","evidence",
 *       "fix"}]}]}, borrowed
 *
 * RC_NOT_FOUND (D410). Free with service_doctor_free(), not before done was called, or the work was left.
 */
MUST_USE enum rc service_doctor_new(struct service_doctor **ret, struct session *session, const char *tenant,
				    const char *name, need_done_fn done, void *context, struct err *reterr);
/** The same for a file: {"content": base64, "password"?, "file"?}; steps 1 to 3 only. RC_INVALID. */
MUST_USE enum rc service_doctor_new_file(struct service_doctor **ret, struct session *session,
					 const char *tenant, const struct value *input, need_done_fn done,
					 void *context, struct err *reterr);
/** Examine, as the last thing that a use case does: done is called at once, or when what it needs is
 * there. */
void service_doctor_run(struct service_doctor *doctor, struct session *session);
/** Free; accepts NULL. */
void service_doctor_free(struct service_doctor *doctor);
/** What was wrong with one message, as the gateway wrote it down when it refused. RC_NOT_FOUND. */
MUST_USE enum rc service_doctor_message(struct session *session, const char *tenant, const char *id,
					struct value **ret, struct err *reterr);
