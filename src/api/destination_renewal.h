/* SPDX-License-Identifier: Apache-2.0
 * The manager's clock for generated certificates: looks what is due, lets jobs make the keys, renews. */
#pragma once

#include "helper/job.h"
#include "os/loop.h"
#include "service/service.h"

struct destination_renewal;

/** Look now, and from then on every period_ms [ms]. What fails is logged and tried again the next time. */
struct destination_renewal *destination_renewal_new(struct session *session, struct loop *loop,
						    struct job_pool *jobs, int64_t period_ms);
/** End it; accepts NULL. */
void destination_renewal_free(struct destination_renewal *renewal);
