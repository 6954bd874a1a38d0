/* SPDX-License-Identifier: Apache-2.0
 * Private keys are made by a job, away from the manager's loop; what a handler needs for that. */
#include "api/key_job.h"

#include "helper/job_key.h"

void key_job_start(struct call *call, const char *type, job_done_fn done)
{
	call_job(call, JOB_KEY_GENERATE, job_key_request(type), done);
}

enum rc key_job_take(struct call *call, const struct value *answer, const struct err *job_err,
		     struct key **ret, struct err *reterr)
{
	return job_key_take(call->session->secret, answer, job_err, ret, reterr);
}
