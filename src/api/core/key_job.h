/* SPDX-License-Identifier: Apache-2.0
 * Private keys are made by a helper; what a handler needs for that. */
#pragma once

#include "api/core/call.h"
#include "helper/job_key.h"

/**
 * Need a key, then go on with use, which answers; as the last thing that a handler does.
 *
 * type  as key_generate() takes it; NULL: none is needed, and use is called at once
 * use   key is borrowed; NULL where none was needed. Where none could be made the call is answered, in the
 *       shape of its route.
 */
void key_job(struct call *call, const char *type, call_key_fn use);
/** The same for several keys, all of one helper; borrowed, in the order that was given. */
void key_job_several(struct call *call, const struct job_key_order *order, call_keys_fn use);
