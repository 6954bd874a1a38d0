/* SPDX-License-Identifier: Apache-2.0
 * Private keys that jobs make: they come beside the answer's JSON. */
#include "helper/job_key.h"

struct value *job_key_request(const char *type)
{
	struct value *request = value_object();
	value_set_c(request, "key_type", type ? type : JOB_KEY_DEFAULT);
	return request;
}

enum rc job_key_take(struct str secret, const struct value *answer, const struct err *job_err,
		     struct key **ret, struct err *reterr)
{
	if (answer)
		return key_new_der(ret, secret, reterr);
	if (reterr)
		*reterr = *job_err;
	return job_err->code;
}
