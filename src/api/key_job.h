/* SPDX-License-Identifier: Apache-2.0
 * Private keys are made by a job, away from the manager's loop; what a handler needs for that. */
#pragma once

#include "api/call.h"
#include "pki/key.h"

/** Start making a key for the call. type as key_generate() takes it, NULL for rsa-2048; done gets the call as context. */
void key_job_start(struct call *call, const char *type, job_done_fn done);
/** The key that a job has made, while its done is called. answer NULL: job_err says why there is none. */
MUST_USE enum rc key_job_take(struct call *call, const struct value *answer, const struct err *job_err,
			      struct key **ret, struct err *reterr);
