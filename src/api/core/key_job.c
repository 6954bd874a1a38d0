/* SPDX-License-Identifier: Apache-2.0
 * Private keys are made by a helper; what a handler needs for that. */
#include "api/core/key_job.h"

static void key_made(void *context, const struct value *answer, const struct err *job_err)
{
	struct call *call = context;
	struct err err = { 0 };
	AUTO(key_free_cleanup) struct key *key = NULL;
	if (job_key_take(call->session->secret, answer, job_err, &key, &err) == RC_OK) {
		call->key_use(call, key);
	} else {
		call_fail(call, &err);
	}
}

void key_job(struct call *call, const char *type, call_key_fn use)
{
	call->key_use = use;
	if (type) {
		call_job(call, JOB_KEY_GENERATE, job_key_request(type), key_made);
	} else {
		use(call, NULL);
	}
}

static void keys_made(void *context, const struct value *answer, const struct err *job_err)
{
	struct call *call = context;
	struct err err = { 0 };
	AUTO(job_keys_fini) struct job_keys keys = { 0 };
	if (job_keys_take(call->session->secret, answer, job_err, &keys, &err) == RC_OK) {
		call->keys_use(call, &keys);
	} else {
		call_fail(call, &err);
	}
}

void key_job_several(struct call *call, const struct job_key_order *order, call_keys_fn use)
{
	call->keys_use = use;
	call_job(call, JOB_KEY_GENERATE, job_keys_request(order), keys_made);
}
