/* SPDX-License-Identifier: Apache-2.0
 * Asking a job for a private key, and taking it. */
#pragma once

#include "helper/job.h"
#include "pki/key.h"

/** The key that is made where nobody says which. */
#define JOB_KEY_DEFAULT "rsa-2048"

/** The request of a JOB_KEY_GENERATE; type as for key_generate(), NULL: JOB_KEY_DEFAULT. Owned. */
struct value *job_key_request(const char *type);
/**
 * The key that a JOB_KEY_GENERATE made: job_secret(), and what done was told.
 * Where there is none *reterr is job_err.
 */
MUST_USE enum rc job_key_take(struct str secret, const struct value *answer, const struct err *job_err,
			      struct key **ret, struct err *reterr);
