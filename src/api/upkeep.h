/* SPDX-License-Identifier: Apache-2.0
 * What the manager does because time passes: token keys follow each other. */
#pragma once

#include "helper/job.h"
#include "os/loop.h"
#include "service/service.h"

struct upkeep;

/** Begin; looks once a minute. All are borrowed until upkeep_free(). */
struct upkeep *upkeep_new(struct loop *loop, struct session *session, struct job_pool *jobs);
/** End; accepts NULL. Before the job pool's end. */
void upkeep_free(struct upkeep *upkeep);
