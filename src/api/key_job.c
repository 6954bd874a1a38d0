/* SPDX-License-Identifier: Apache-2.0
 * Private keys are made by a job, away from the manager's loop; what a handler needs for that. */
#include "api/key_job.h"

#include "helper/job_container.h"

void key_job_start(struct call *call, const char *type, job_done_fn done)
{
	struct value *request = value_object();
	value_set_c(request, "key_type", type ? type : "rsa-2048");
	call_job(call, JOB_KEY_GENERATE, request, done);
}

enum rc key_job_take(struct call *call, const struct value *answer, const struct err *job_err,
		     struct key **ret, struct err *reterr)
{
	AUTO_BUF_SECRET(der, KEY_MAX_BYTES);
	call->job = NULL;
	if (!answer) {
		*reterr = *job_err;
		return job_err->code;
	}
	TRY(job_container_bytes(answer, "key", &der, reterr));
	return key_new_der(ret, buf_str(&der), reterr);
}
