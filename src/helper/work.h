/* SPDX-License-Identifier: Apache-2.0
 * What each kind of job does, in its process; requests and answers are those of enum job_kind in job.h. */
#pragma once

#include "json/value.h"

/** An answer being made. */
struct work_answer {
	struct value *value;
	struct buf secret; /* private keys that belong to it */
};

/** Open an outsider's key store, or certificates in whatever form. */
MUST_USE enum rc work_container_open(const struct value *request, struct work_answer *ret,
				     struct err *reterr);
/** Write one anew as PKCS#12 under a password; its keys never leave the job otherwise. */
MUST_USE enum rc work_container_convert(const struct value *request, struct work_answer *ret,
					struct err *reterr);
/** Read a bundle: its plan. */
MUST_USE enum rc work_bundle_open(const struct value *request, struct work_answer *ret, struct err *reterr);
/** Change one part of a bundle, or only look into it. */
MUST_USE enum rc work_bundle_edit(const struct value *request, struct work_answer *ret, struct err *reterr);
/** One file of a bundle. */
MUST_USE enum rc work_bundle_extract(const struct value *request, struct work_answer *ret,
				     struct err *reterr);
