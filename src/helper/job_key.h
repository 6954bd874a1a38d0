/* SPDX-License-Identifier: Apache-2.0
 * Asking a job for a private key, and taking it. */
#pragma once

#include "helper/job.h"
#include "pki/key.h"

/** The key that is made where nobody says which. */
#define JOB_KEY_DEFAULT "rsa-2048"

/** Most keys that one job makes. */
#define JOB_KEYS_MAX 8

/** Which keys are needed, in this order; types as for key_generate(), borrowed. Zeroed: none. */
struct job_key_order {
	const char *types[JOB_KEYS_MAX];
	size_t n;
};

/** Keys that one job has made, in the order that was given. Zeroed: none. */
struct job_keys {
	struct key *items[JOB_KEYS_MAX];
	size_t n;
};
/** Release; accepts a zeroed one. */
void job_keys_fini(struct job_keys *keys);

/** One more. */
void job_key_order_add(struct job_key_order *order, const char *type);

/** The request of a JOB_KEY_GENERATE for several keys; owned. */
struct value *job_keys_request(const struct job_key_order *order);
/** The keys that it made, as job_key_take() takes one. RC_INVALID not as many as it tells of. */
MUST_USE enum rc job_keys_take(struct str secret, const struct value *answer, const struct err *job_err,
			       struct job_keys *ret, struct err *reterr);

/** The request of a JOB_KEY_GENERATE; type as for key_generate(), NULL: JOB_KEY_DEFAULT. Owned. */
struct value *job_key_request(const char *type);
/**
 * The key that a JOB_KEY_GENERATE made: job_secret(), and what done was told.
 * Where there is none *reterr is job_err.
 */
MUST_USE enum rc job_key_take(struct str secret, const struct value *answer, const struct err *job_err,
			      struct key **ret, struct err *reterr);
