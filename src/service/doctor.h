/* SPDX-License-Identifier: Apache-2.0
 * `doctor`: walks the five steps of the job with the code the gateway itself uses, and names what is broken and what mends it. */
#pragma once

#include "helper/job.h"
#include "service/service.h"

struct service_doctor;

/**
 * Examine a destination: 1 its key store, 2 the chain against the tenant's trust, 3 service key and role when the URL is this
 * gateway's, 4 its properties, 5 the real call. It stops at nothing.
 *
 * done  gets {"ok","first_broken","steps":[{"step","ok","findings":[{"code","severity","text","evidence","fix"}]}]}
 *
 * RC_NOT_FOUND (D410), RC_LIMIT
 */
MUST_USE enum rc service_doctor_start(struct session *session, struct job_pool *jobs, const char *tenant,
				      const char *name, job_done_fn done, void *context,
				      struct service_doctor **ret, struct err *reterr);
/** The same for a file: {"content": base64, "password"?, "file"?}; steps 1 to 3 only. RC_LIMIT, RC_INVALID. */
MUST_USE enum rc service_doctor_start_file(struct session *session, struct job_pool *jobs, const char *tenant,
					   const struct value *input, job_done_fn done, void *context,
					   struct service_doctor **ret, struct err *reterr);
/** End it without telling; accepts NULL. */
void service_doctor_cancel(struct service_doctor *doctor);

/** What was wrong with one message, as the gateway wrote it down when it refused. RC_NOT_FOUND. */
MUST_USE enum rc service_doctor_message(struct session *session, const char *tenant, const char *id,
					struct value **ret, struct err *reterr);
