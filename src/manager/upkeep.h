/* SPDX-License-Identifier: Apache-2.0
 * What the manager does because time passes: token keys follow each other. */
#pragma once

#include "service/work/work.h"

struct upkeep;

/** Begin; looks once a minute. All are borrowed until upkeep_free(). */
struct upkeep *upkeep_new(struct loop *loop, struct works *works);
/** End, once the clerks have stopped; accepts NULL. */
void upkeep_free(struct upkeep *upkeep);
